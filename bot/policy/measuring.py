"""Where a rule's number comes from, and what is known of its noise, in sentences. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from bot.evidence.phrase import Phrase, Quoted
from bot.policy.definition import Policy
from bot.policy.noise import ENOUGH, EXACT
from bot.policy.recomputed import Measured
from bot.policy.rules.each_slice import Single
from bot.policy.rules.max_regression import MaxRegression
from bot.policy.rules.max_regression_from_best import MaxRegressionFromBest
from bot.policy.rules.must_improve import MustImprove
from bot.policy.rules.numbers import shown
from bot.policy.rules.subject import Subject

OWN = {
    "model_size_mb": "It is the size of the model's bytes, as dvc.lock states it, in millions of bytes.",
    "model_files": "It is the number of the model's files, as dvc.lock states it.",
    "training_seconds": "It is the time that the model's stage took in the run that is judged.",
}


def how_it_is_measured(rule: Single, policy: Policy) -> Iterator[Phrase]:
    """Where the number comes from; for a change rule also how it is told from noise."""
    yield _source(rule.subject, policy)
    if isinstance(rule, MaxRegressionFromBest):
        yield ("The best begins anew when the test data or the evaluator change.",)
    elif isinstance(rule, MaxRegression | MustImprove):
        yield ("Where main's model is not the champion, both are compared, and the worse answer counts.",)
    if isinstance(rule, MaxRegression | MustImprove | MaxRegressionFromBest):
        yield from _noise(rule, policy)


def _source(subject: Subject, policy: Policy) -> Phrase:
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


def _noise(rule: MaxRegression | MustImprove | MaxRegressionFromBest, policy: Policy) -> Iterator[Phrase]:
    known = _known(rule)
    if known is None:
        yield ("Single values are compared, and how noisy they are is unknown: the limit must leave room.",)
        return
    yield known
    yield _three_answers(rule, policy)
    yield _when_it_cannot_tell(policy)


def _known(rule: MaxRegression | MustImprove | MaxRegressionFromBest) -> Phrase | None:
    subject = rule.subject
    if isinstance(rule, MaxRegressionFromBest) and subject.how is not None:
        return None
    if subject.how is not None:
        return ("Both models are compared on the same test rows.",)
    if subject.slice is None and subject.stderr is not None:
        return ("Its noise is the standard error reported as ", Quoted(subject.stderr), ".")
    if subject.slice is None and subject.repeats is not None:
        return ("Its noise is taken from the runs reported as ", Quoted(subject.repeats), ".")
    if subject.scope == "resources" and subject.metric not in EXACT:
        return (f"It warns only, until {ENOUGH} promotions tell how noisy it is.",)
    return None


def _three_answers(rule: MaxRegression | MustImprove | MaxRegressionFromBest, policy: Policy) -> Phrase:
    sure = f"{100 * policy.compare.confidence:g}%"
    if isinstance(rule, MustImprove):
        gain = f" and the gain is {shown(rule.gain)} or more" if rule.gain else ""
        return (f"It passes when the change is above zero with {sure} confidence{gain}.",)
    return (
        f"It passes when the change keeps the limit with {sure} confidence,",
        f" fails when it breaks it with {sure} confidence, and is inconclusive between the two.",
    )


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
