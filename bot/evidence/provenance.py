"""Which entries of `dvc.lock` nobody can say really ran. Performs no I/O.

Two pull requests, each right, can merge into a lock that tells of a run that never happened: Git merges
lines, and DVC finds nothing to do. So an entry needs somebody who says that its run did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.evidence.facts import Provenance
from bot.evidence.phrase import Phrase, Quoted
from bot.evidence.runs import KnownRuns, upstream
from bot.lineage.locked import Lock, LockedStage
from bot.lineage.stages import Pipeline

Vouch = Callable[[LockedStage], str | None]
"""Who brought exactly this entry, having it in a lock of their own; None: it came of a merge."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """An entry whose provenance does not suffice; `known` is what there is, None: nobody ran it."""

    stage: str
    known: Provenance | None
    least: Provenance

    def reason(self) -> Phrase:
        """Why the model that it leads to is not promoted."""
        stage = Quoted(self.stage)
        if self.known is None:
            return (
                "nobody ran ",
                stage,
                " with the inputs and outputs that dvc.lock records: two changes were merged into it",
            )
        what = (
            "a person vouches for"
            if self.known is Provenance.EXTERNAL
            else "only the time before the bot knows"
        )
        return (what, " the run of ", stage, f", and the policy asks for one that was {self.least}")


def unproven(
    pipeline: Pipeline,
    lock: Lock,
    paths: Iterable[str],
    known: KnownRuns,
    least: Provenance,
    *,
    since: Lock | None,
    vouch: Vouch,
) -> tuple[Unproven, ...]:
    """The entries at and upstream of `paths` whose provenance is less than `least`, in running order.

    Where `least` is ADOPTED, an entry that stands in `since` (what the champion was made from) was accepted
    with it. `vouch` is asked only about what no record covers that is better.
    """
    found: list[Unproven] = []
    for stage in upstream(pipeline, paths):
        entry = lock.stage(stage.name)
        if entry is None or _accepted(entry, least, since):
            continue
        has = known.provenance(entry)
        if has in {None, Provenance.ADOPTED} and vouch(entry):
            has = Provenance.EXTERNAL
        if has is None or not has.suffices(least):
            found.append(Unproven(entry.name, has, least))
    return tuple(found)


def _accepted(entry: LockedStage, least: Provenance, since: Lock | None) -> bool:
    return least is Provenance.ADOPTED and since is not None and since.stage(entry.name) == entry
