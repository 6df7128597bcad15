"""From a policy and the evidence to a verdict. Performs no I/O.

Order: files present → comparable → finite → thresholds → change → slices → resources → data → files → people
→ multiplicity → waivers → verdict.
"""

from __future__ import annotations

from bot.evidence.facts import Evidence, Unreadable
from bot.evidence.phrase import Phrase, Quoted
from bot.policy.approvals import approved_by
from bot.policy.definition import Approvals, Policy
from bot.policy.load import LoadedPolicy
from bot.policy.measurement import Measurement
from bot.policy.multiplicity import corrected
from bot.policy.notes import notes_on
from bot.policy.resources import capped_until_known
from bot.policy.rules.build import rules_of
from bot.policy.verdict import PolicyRef, RuleResult, Severity, Status, Verdict
from bot.policy.waivers import waive, waiver_notes


def evaluate(loaded: LoadedPolicy, revision: str, evidence: Evidence) -> Verdict:
    """What the policy, read at `revision`, says of the evidence.

    Metrics of the head that cannot be read are an error whatever the rules are; those of the base make its
    change rules errors, because which side is broken is not for the pull request to answer.
    """
    policy = loaded.policy
    results = waive(_results(policy, evidence), policy.waivers, evidence.day)
    asked = policy.approvals or Approvals(count=1)
    people = approved_by(asked, evidence.approvals)
    return Verdict(
        model=policy.model,
        policy=PolicyRef(loaded.file, revision, loaded.digest),
        results=results,
        inconclusive=policy.compare.inconclusive,
        approvals=policy.approvals.count if policy.approvals else 0,
        approved=len(people) >= asked.count,
        approvers=people,
        may_approve=asked.from_ or ("write",),
        notes=(*notes_on(policy, evidence, results), *waiver_notes(results, policy.waivers)),
    )


def _results(policy: Policy, evidence: Evidence) -> tuple[RuleResult, ...]:
    head = evidence.head.measured
    if isinstance(head, Unreadable):
        reason: Phrase = ("the metrics of ", Quoted(evidence.head.name), " cannot be read: ")
        said = (Quoted(head.file), ": ", Quoted(head.what), *((". ", Quoted(head.todo)) if head.todo else ()))
        return (_of_the_policy(policy, Status.ERROR, (*reason, *said)),)
    asked = Measurement(policy, evidence)
    results = tuple(result for rule in rules_of(policy) for result in rule.results(asked))
    results = corrected(capped_until_known(results, evidence), policy.compare.confidence)
    if evidence.returning and all(result.status is Status.SKIPPED for result in results):
        version = Quoted(f"v{evidence.returning.version}")
        words: Phrase = ("return to ", version, ": nothing is compared, and the policy sets no threshold")
        return (*results, _of_the_policy(policy, Status.INCONCLUSIVE, words))
    return results


def _of_the_policy(policy: Policy, status: Status, reason: Phrase) -> RuleResult:
    """A result that no single rule gives; nothing lowers its severity."""
    return RuleResult("metrics", "files", "", status, Severity.BLOCK, reason, policy.at("metrics"))
