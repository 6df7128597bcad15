"""What a reader of a verdict should know beside the results. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from bot.evidence.facts import Evidence, MetricTable, NoPredictions, Side, Unreadable
from bot.evidence.phrase import Phrase, Quoted, listed
from bot.policy.definition import Policy
from bot.policy.verdict import RuleResult, Status

MOST_NAMED = 10


def notes_on(policy: Policy, evidence: Evidence, results: tuple[RuleResult, ...]) -> tuple[Phrase, ...]:
    """In a fixed order: the model, what cannot be read or had, metrics that are gone, how values compare."""
    return (
        *_of_the_model(evidence),
        *_unreadable(evidence),
        *_unpredicted(evidence),
        *_disappeared(policy, evidence),
        *_of_the_results(results, returning=evidence.returning is not None),
    )


def _of_the_model(evidence: Evidence) -> Iterator[Phrase]:
    if evidence.model_unchanged:
        yield ("model unchanged, nothing to promote",)
    if evidence.returning:
        yield (
            "return to ",
            Quoted(f"v{evidence.returning.version}"),
            ": change rules are skipped, thresholds hold",
        )


def _unreadable(evidence: Evidence) -> Iterator[Phrase]:
    for side in (evidence.head, evidence.base, evidence.champion):
        if side and isinstance(side.measured, Unreadable):
            said = side.measured
            what = (Quoted(said.file), " of ", Quoted(side.name), ": ", Quoted(said.what))
            yield (*what, ". ", Quoted(said.todo)) if said.todo else what


def _unpredicted(evidence: Evidence) -> Iterator[Phrase]:
    """Why values of another side are single ones, where a policy names predictions."""
    for side in (evidence.base, evidence.champion):
        if side and isinstance(side.predictions, NoPredictions):
            said = side.predictions
            yield (
                "no interval against ",
                Quoted(side.name),
                ": ",
                Quoted(f"{said.what} {said.todo}".strip()),
            )


def _disappeared(policy: Policy, evidence: Evidence) -> Iterator[Phrase]:
    before, after = _table(evidence.base), _table(evidence.head)
    if before is None or after is None:
        return
    kept = {*_named(policy), *_names(after)}
    gone = [name for name in _names(before) if name not in kept]
    if not gone:
        return
    side = evidence.base.name if evidence.base else ""
    words = listed(gone, MOST_NAMED)
    yield ("disappeared: ", *words, " measured on ", Quoted(side), ", named by no rule")


def _names(table: MetricTable) -> tuple[str, ...]:
    return (*(one.name for one in table.metrics), *(one.name for one in table.repeats))


def _named(policy: Policy) -> tuple[str, ...]:
    """Every key of the metrics files that a rule stands on."""
    own = policy.metrics.values()
    noise = (key for limits in own for key in (limits.stderr, limits.repeats) if key is not None)
    return (*policy.metrics, *noise, *policy.resources)


def _of_the_results(results: tuple[RuleResult, ...], *, returning: bool) -> Iterator[Phrase]:
    yield from _single_values(results)
    small = sum(result.status is Status.SKIPPED and result.slice is not None for result in results)
    if small and not returning:
        yield (f"{small} slice results not judged",)
    statuses = {result.status for result in results}
    if statuses == {Status.SKIPPED} or not statuses:
        yield ("no rule was evaluated, and that is never a pass",)
    elif statuses <= {Status.NEW, Status.SKIPPED}:
        yield ("nothing to compare with and no threshold set",)


def _single_values(results: tuple[RuleResult, ...]) -> Iterator[Phrase]:
    compared = [result for result in results if result.improvement is not None]
    single = [result.rule for result in compared if result.low is None]
    if single and len(single) == len(compared):
        yield ("changes are single values: how noisy they are is unknown",)
    elif single:
        yield ("single values, whose noise is unknown: ", *listed(single, MOST_NAMED))


def _table(side: Side | None) -> MetricTable | None:
    return side.measured if side and isinstance(side.measured, MetricTable) else None
