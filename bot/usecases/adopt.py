"""`modelbot adopt`: what was there before the bot is taken over: main's lock entries, and the champions.

A person's word stands for both, and bytes are compared all the same. No alias moves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.errors import ExitCode, InvalidInputError, ModelbotError
from bot.evidence.facts import Provenance
from bot.policy.load import LoadedPolicy
from bot.promotion.adoption import plan_adoption
from bot.promotion.calls import Outcome
from bot.promotion.ledger import Ledger
from bot.promotion.plan import Plan
from bot.usecases.desired import Head, read_head, wanted_of
from bot.usecases.judge import Occasion
from bot.usecases.promote_world import PromoteWorld, Where, head_of
from bot.usecases.record_runs import Recording, Word, record_runs
from bot.usecases.recorded import recorded
from bot.usecases.settle import settle
from bot.usecases.standing import actual_state


@dataclass(frozen=True, slots=True)
class Adoption:
    """What is on record now, and what became of each model; `troubles`: those that could not be adopted."""

    recording: Recording
    outcomes: tuple[Outcome, ...]
    troubles: tuple[tuple[str, ModelbotError], ...]

    @property
    def exit_code(self) -> ExitCode:
        """0 when every model was adopted, or there was nothing to adopt; else that of the first trouble."""
        return self.troubles[0][1].exit_code if self.troubles else ExitCode.OK


def adopt(world: PromoteWorld, where: Where, by: str, occasion: Occasion) -> Adoption:
    """Record main's entries as adopted, and each policy's champion where the ledger has none.

    Raises:
        InvalidInputError: nobody is named, or main has no policy.
        NotEvaluatedError: main's lock contradicts itself or the pipeline.
    """
    head = head_of(world, where)
    read = read_head(world, head, recorded(world.records).runs)
    if read is None:
        what = f"{head[:7]} has no policy, so there is no model to adopt."
        raise InvalidInputError(what, "Write one in policies/, and merge it to main.")
    word = Word(by, "adopted", Provenance.ADOPTED, occasion.time.isoformat())
    recording = record_runs(world.records, read.revision, (), word)
    outcomes: list[Outcome] = []
    troubles: list[tuple[str, ModelbotError]] = []
    for loaded in read.policies:
        try:
            outcomes.append(_adopted(world, where, read, loaded, by, occasion))
        except ModelbotError as error:
            troubles.append((loaded.policy.model, error))
    return Adoption(recording, tuple(outcomes), tuple(troubles))


def _adopted(
    world: PromoteWorld, where: Where, read: Head, loaded: LoadedPolicy, by: str, occasion: Occasion
) -> Outcome:
    def planned(ledger: Ledger) -> Plan:
        wanted = wanted_of(world, where, read, loaded, ledger, occasion)
        wanted = replace(wanted, origin=replace(wanted.origin, author=by))
        served = ledger.model(wanted.model)
        return plan_adoption(wanted, actual_state(world.registry, world.revisions, wanted, served), served)

    return settle(world, loaded.policy.model, planned).outcome
