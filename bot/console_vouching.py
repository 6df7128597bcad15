"""What a person gave their word for, as lines for a terminal. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.console import safe_line
from bot.console_promotion import outcome_lines

if TYPE_CHECKING:
    from bot.usecases.adopt import Adoption
    from bot.usecases.record_runs import Recording


def recording_lines(done: Recording) -> Iterator[str]:
    """Which stages are on record now, and which were before."""
    for stage in done.recorded:
        yield safe_line(
            f"{stage}: recorded; you vouch for the run that dvc.lock of {done.revision[:7]} names"
        )
    for stage, provenance in done.known:
        yield safe_line(f"{stage}: on record already ({provenance})")
    if not done.recorded and not done.known:
        yield f"dvc.lock of {done.revision[:7]} has no entry, so there is nothing to record."


def adoption_lines(done: Adoption) -> Iterator[str]:
    """What was taken over, and what could not be."""
    yield from recording_lines(done.recording)
    for outcome in done.outcomes:
        yield from outcome_lines(outcome)
    for model, error in done.troubles:
        yield from map(safe_line, f"{model}: not adopted. {error}".splitlines())
