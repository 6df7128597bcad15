"""Where a rule's number comes from, and what is known of its noise, in sentences. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bot.evidence.phrase import Phrase, Quoted
from bot.policy.definition import Policy
from bot.policy.noise import ENOUGH, EXACT
from bot.policy.recomputed import Measured
from bot.policy.rules.subject import Subject
from bot.policy.verdict import Severity

OWN = {
    "model_size_mb": "It is the size of the model's bytes, as dvc.lock states it, in millions of bytes.",
    "model_files": "It is the number of the model's files, as dvc.lock states it.",
    "training_seconds": "It is the time that the model's stage took in the run that is judged.",
}


def compared_with() -> Phrase:
    """Which sides a change is judged against."""
    return ("Where main's model is not the champion, both are compared, and the worse answer counts.",)


def source_of(subject: Subject, policy: Policy) -> Phrase:
    """Where the number comes from."""
    if subject.how is not None:
        return _computed(subject.how, policy)
    if subject.scope == "data" and policy.data:
        return ("It is read from the data report ", Quoted(policy.data.report or ""), ".")
    if subject.scope == "resources" and subject.metric in OWN:
        return (OWN[subject.metric],)
    return ("It is the number that the metrics files state.",)


def _computed(how: Measured, policy: Policy) -> Phrase:
    file = Quoted(policy.predictions.file if policy.predictions else "")
    agrees = "; another number in the metrics files is an error."
    if how.column is not None:
        return ("It is the mean of the column ", Quoted(how.column), " of ", file, agrees)
    return (f"It is computed as {how.spec.kind.value} from the predictions in ", file, agrees)


def told_from_noise(subject: Subject, policy: Policy, passes_when: Phrase) -> Iterator[Phrase]:
    """How a change is told from noise; `passes_when` are the rule's own words for its three answers."""
    known = _known(subject)
    if known is None:
        yield single_values()
        return
    yield known
    yield passes_when
    yield _when_it_cannot_tell(policy)


def single_values() -> Phrase:
    """What to know where nothing says how noisy a number is."""
    return ("Single values are compared, and how noisy they are is unknown: the limit must leave room.",)


def _known(subject: Subject) -> Phrase | None:
    if subject.how is not None:
        return ("Both models are compared on the same test rows.",)
    if subject.slice is None and subject.stderr is not None:
        return ("Its noise is the standard error reported as ", Quoted(subject.stderr), ".")
    if subject.slice is None and subject.repeats is not None:
        return ("Its noise is taken from the runs reported as ", Quoted(subject.repeats), ".")
    if subject.scope == "resources" and subject.metric not in EXACT:
        return (f"It warns only, until {ENOUGH} promotions tell how noisy it is.",)
    return None


def _when_it_cannot_tell(policy: Policy) -> Phrase:
    match policy.compare.inconclusive:
        case "fail":
            return ("Inconclusive counts as a failure here.",)
        case "pass":
            return ("Inconclusive passes here.",)
        case "ask":
            needed = policy.approvals.count if policy.approvals else 0
            who = f"{needed} of those who may approve" if needed else "whoever merges"
            return (f"What is inconclusive is decided by a person: {who}.",)


def severity_words(severity: Severity) -> Iterator[Phrase]:
    """What a failure means, where it does not block."""
    match severity:
        case Severity.BLOCK:
            return
        case Severity.WARN:
            yield ("A failure is shown as a warning and never blocks.",)
        case Severity.INFO:
            yield ("A failure is shown as information and never blocks.",)
        case _ as never:
            assert_never(never)
