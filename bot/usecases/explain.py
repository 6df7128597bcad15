"""`modelbot explain`: a rule in words, and what the numbers of the work tree are by it now. Runs no stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from bot.errors import InvalidFileError, InvalidInputError, ModelbotError
from bot.evidence.facts import Evidence, NoPredictions
from bot.policy.evaluate import evaluate
from bot.policy.explained import Explained, all_rules, explain_rule
from bot.policy.load import LoadedPolicy, parse_files
from bot.policy.verdict import RuleResult, Status
from bot.ports.git import RecordReader, Revisions
from bot.promotion.ledger import BRANCH as LEDGER
from bot.promotion.ledger import Ledger, read_ledger
from bot.usecases.fetched import Objects
from bot.usecases.gather import Sources, gathered
from bot.usecases.judge import known_with
from bot.usecases.scope import Scope, impact_in
from bot.usecases.sides import Revision, evidence_of, read_revision

WORST_FIRST = (
    Status.ERROR,
    Status.FAIL,
    Status.INCONCLUSIVE,
    Status.WAIVED,
    Status.PASS,
    Status.NEW,
    Status.SKIPPED,
)


@dataclass(frozen=True, slots=True)
class NoNumbers:
    """Why there is nothing to judge here, and what to do."""

    what: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class NumbersNow:
    """What a policy's rules answer for the work tree as it is, compared with `base` (a full sha).

    `stale` are the stages that are out of date: the numbers are then those of an earlier run. `lacking` says
    which predictions nobody has here: the numbers are then single values, as they are reported.
    """

    base: str
    results: tuple[RuleResult, ...]
    stale: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    def of(self, rule: str) -> tuple[RuleResult, ...]:
        """The results of one rule: itself, or those of its slices or of one column's, worst first."""
        below = (f"{rule}[", f"{rule.removesuffix(']')}=" if rule.endswith("]") else f"{rule}[")
        found = (one for one in self.results if one.rule == rule or one.rule.startswith(below))
        return tuple(sorted(found, key=lambda one: WORST_FIRST.index(one.status)))


Numbers = NumbersNow | NoNumbers


@dataclass(frozen=True, slots=True)
class Here:
    """What the work tree is compared with, and where its numbers come from."""

    revisions: Revisions
    records: RecordReader
    scope: Scope
    objects: Objects
    day: date


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule in words, and its numbers now; None where all rules are only listed."""

    explained: Explained
    numbers: Numbers | None = None


def explain(
    files: tuple[tuple[str, bytes], ...], rule: str, day: date, here: Callable[[], Here]
) -> tuple[Explanation, ...]:
    """The rule of this id in the given policy files; all rules, without numbers, when the id is empty.

    Raises:
        InvalidFileError: a policy is wrong.
        InvalidInputError: there is no policy, or none has such a rule.
    """
    policies = _policies(files)
    if not rule:
        return tuple(Explanation(one) for one in all_rules(policies, day))
    found = explain_rule(policies, rule, day)
    loaded = {one.policy.model: one for one in policies}
    return tuple(Explanation(one, _numbers(here, loaded[one.model])) for one in found)


def _policies(files: tuple[tuple[str, bytes], ...]) -> tuple[LoadedPolicy, ...]:
    parsed = parse_files(files)
    if parsed.problems:
        raise InvalidFileError(parsed.problems, "Correct the policy; `modelbot lint` shows the same.")
    if not parsed.policies:
        what = "There is no policy to explain: no file matches policies/*.yaml."
        raise InvalidInputError(what, "Write one; docs/policy.md begins with the smallest.")
    return parsed.policies


def _numbers(here: Callable[[], Here], loaded: LoadedPolicy) -> Numbers:
    try:
        return _judged(here(), loaded)
    except ModelbotError as error:
        return NoNumbers(error.what, error.todo)


def _judged(here: Here, loaded: LoadedPolicy) -> NumbersNow:
    tree, scope = here.revisions.tree, here.scope
    impact = impact_in(here.revisions, scope)
    head = read_revision("the work tree", scope.head, tree(scope.head))
    base = read_revision("main", scope.base, tree(scope.base))
    evidence = _evidence(here, loaded, (head, base), read_ledger(here.records.entries(LEDGER)))
    results = evaluate(loaded, scope.head, evidence).results
    return NumbersNow(scope.base, results, tuple(sorted(impact.to_run)), tuple(_lacking(evidence)))


def _evidence(here: Here, loaded: LoadedPolicy, sides: tuple[Revision, Revision], ledger: Ledger) -> Evidence:
    served = ledger.model(loaded.policy.model)
    found = evidence_of(*sides, loaded, served, known_with(here.records, None))
    sources = Sources(here.objects, here.revisions.tree, here.day, preview=True)
    return gathered(found, loaded, sides, served, sources)


def _lacking(evidence: Evidence) -> Iterator[str]:
    for side in (evidence.head, evidence.base):
        if side and isinstance(side.predictions, NoPredictions):
            yield f"{side.predictions.what} {side.predictions.todo}".strip()
