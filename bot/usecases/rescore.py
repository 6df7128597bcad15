"""`modelbot rescore`: score the models of a pull request by main's evaluator, on main's test rows.

It runs a stranger's model, and so in a job that has nothing worth taking. What it leaves are predictions,
which the job that reports reads as bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial

from bot.evidence.runs import known_runs
from bot.evidence.scores import Score
from bot.ports.git import RecordReader, Revisions
from bot.ports.github import GitHubReader, WorkflowRun
from bot.ports.scorer import Scorer
from bot.usecases.fetched import BroughtFirst, Objects
from bot.usecases.judge import RUNS
from bot.usecases.report import Brought
from bot.usecases.scoring import Scoring, scored
from bot.usecases.subject import Subject, is_review, reviewed_by, scope_of_pull, subject_of
from bot.usecases.to_score import to_score, to_score_of_main


@dataclass(frozen=True, slots=True)
class RescoreWorld:
    """What scoring needs from the world; `seed` gives numbers that nobody can know beforehand.

    `objects` opens the DVC remote when it is needed; it raises InvalidInputError when none is configured.
    """

    revisions: Revisions
    records: RecordReader
    objects: Callable[[], Objects]
    scorer: Scorer
    seed: Callable[[], int]


def rescore(
    world: RescoreWorld, github: GitHubReader, run_id: int, brought: Callable[[int], Brought]
) -> tuple[Score, ...]:
    """Every score that the report of this run needs and nobody made before: candidate, main's, champion.

    By main's evaluator as it is now. Nothing for a pull request that is closed or has moved on, and for a
    policy that does not say how (`scoring_of`). What cannot be scored has a score that says why.

    Raises:
        ModelbotError: it cannot be told what the pull request holds; the report finds the same, and says it.
    """
    subject = _subject(github, github.workflow_run(run_id))
    scope = scope_of_pull(world.revisions, subject) if subject else None
    if subject is None or scope is None:
        return ()
    carried = cache(partial(brought, subject.run.id))
    objects = BroughtFirst(lambda: carried().objects, world.objects)
    wanted = to_score(world.revisions, world.records, scope, lambda: carried().bundle)
    return _scored(world, wanted, objects)


def rescore_main(world: RescoreWorld, head: str) -> tuple[Score, ...]:
    """Every score that promoting main's `head` needs and nobody made before; usually a report made them.

    Raises:
        ModelbotError: it cannot be told what main asks for; promotion finds the same, and says it.
    """
    return _scored(world, to_score_of_main(world.revisions, world.records, head), world.objects())


def _scored(
    world: RescoreWorld, wanted: Iterable[tuple[Scoring, str]], objects: Objects
) -> tuple[Score, ...]:
    known = known_runs(entry.data for entry in world.records.entries(RUNS))
    return tuple(
        scored(scoring, name, objects, world.scorer, world.seed())
        for scoring, name in wanted
        if scoring.key(name) not in known.first
    )


def _subject(github: GitHubReader, run: WorkflowRun) -> Subject | None:
    if is_review(run):
        reviewed = reviewed_by(github, run)
        return Subject(reviewed.run, reviewed.pull) if reviewed else None
    found = subject_of(github, run)
    return found if isinstance(found, Subject) else None
