"""What loading a model, as a serving host would, gave. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class SmokeOutcome(StrEnum):
    """NOTHING: the bytes are no model that MLflow loads. ERROR: it could not be tried, which is no pass."""

    PASSED = "passed"
    FAILED = "failed"
    NOTHING = "nothing to load"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Smoke:
    """One model, by DVC's name and by our digest of the bytes that were loaded.

    `environment` is where: `own` (from the model's requirements), `repository` (they match it), or empty.
    `compared` names what its answers were held against: `recorded outputs`, `repository` (the answers in the
    environment that made it), or empty. Seconds: by its own clock. `isolated`: without network and our files.
    """

    model: str
    digest: str
    outcome: SmokeOutcome
    why: str = ""
    environment: str = ""
    compared: str = ""
    load_seconds: float = 0.0
    answer_seconds: float = 0.0
    isolated: bool = False


Smokes = Mapping[str, Smoke]
"""By DVC's name of the model."""


def smoke_words(smoke: Smoke) -> str:
    """It in a sentence, as consoles print it; holds words of strangers."""
    if smoke.outcome is SmokeOutcome.NOTHING:
        return smoke.why
    where = {"own": "its own environment", "repository": "the repository's environment"}.get(
        smoke.environment
    )
    if smoke.outcome is not SmokeOutcome.PASSED:
        could = "could not be loaded" if smoke.outcome is SmokeOutcome.ERROR else "was refused"
        return f"{could}{f' in {where}' if where else ''}: {smoke.why}"
    answers = {
        "recorded outputs": "answered its input example as recorded",
        "repository": "answered its input example as in the repository's environment",
    }.get(smoke.compared, "nothing to hold its answers against")
    took = f"loaded in {smoke.load_seconds:.1f} s in {where}, {answers} in {smoke.answer_seconds:.1f} s"
    return took if smoke.isolated else f"{took}; the kernel here cannot keep the network from it"
