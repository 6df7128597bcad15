"""The acts: what people do, and what is asserted of nobody: every line printed was read back."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from bot.errors import UnavailableError
from bot.localhost.actions.log import Conclusion, JobResult
from bot.localhost.demo.main_branch import build_main
from bot.localhost.demo.person import Refusal
from bot.localhost.demo.town import CHECK, PRODUCTION, REPOSITORY, Town

PATIENCE = 300.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Act:
    """One act that was played: its number in the story, what came of it, its seconds."""

    number: int
    title: str
    came_of_it: str
    seconds: float
    pull: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An open pull request of the story and when it was opened."""

    number: int
    started: float


def first_promotion(town: Town, say: Say) -> Act:
    """Act 1: main has a model; the first promotion."""
    started = time.monotonic()
    say("act 1: building main: the pipeline runs for real (ingest, features, train, evaluate)")
    build_main(town)
    town.github.protect(REPOSITORY, "main", required_checks=(CHECK,), required_approvals=1)
    promote(town, say)
    came = f"version {champion_version(town)} is champion; it predicts {predict(town):.6f} for one row"
    return Act(1, "main has a model; the first promotion", came, time.monotonic() - started)


@dataclass(frozen=True, slots=True)
class Change:
    """What an author does to `params.yaml`, and how the pull request is called."""

    author: str
    branch: str
    title: str
    body: str
    edit: Callable[[Path], None]


def edit_parameters(changes: dict[str, dict[str, object]]) -> Callable[[Path], None]:
    """An edit of `params.yaml` that keeps everything else of the file as it is."""

    def edit(clone: Path) -> None:
        yaml, path = YAML(), clone / "params.yaml"
        document = yaml.load(path.read_text())
        for section, values in changes.items():
            for key, value in values.items():
                document[section][key] = _flow(value)
        text = io.StringIO()
        yaml.dump(document, text)
        path.write_text(text.getvalue())

    return edit


def _flow(value: object) -> object:
    if not isinstance(value, list):
        return value
    written = CommentedSeq(value)
    written.fa.set_flow_style()
    return written


WEATHER = Change(
    "ben",
    "weather",
    "Use the weather at departure",
    "Adds the eight weather columns and slower learning.",
    edit_parameters(
        {
            "train": {
                "features": ["schedule", "route", "carrier", "weather"],
                "max_iter": 100,
                "learning_rate": 0.05,
                "min_samples_leaf": 100,
                "l2": 1.0,
            }
        }
    ),
)
FASTER = Change(
    "cam",
    "faster",
    "Make training faster",
    "Leaves two regional carriers out of training: 13 % fewer rows.",
    edit_parameters({"features": {"skip_carriers": ["MQ", "9E"]}}),
)
FINER = Change(
    "cam",
    "finer",
    "Let the trees look closer",
    "Leaves of five flights instead of twenty.",
    edit_parameters({"train": {"min_samples_leaf": 5}}),
)


def propose(town: Town, change: Change) -> Proposal:
    """Push a branch that changes only `params.yaml`, and open its pull request."""
    person, started = town.people[change.author], time.monotonic()
    person.push(REPOSITORY, change.branch, change.title, change.edit)
    number = person.open_pull_request(REPOSITORY, change.branch, change.title, change.body)
    return Proposal(number, started)


def better_model(town: Town, proposal: Proposal, say: Say) -> Act:
    """Act 2: the better model is approved, merged and promoted; its author committed only parameters."""
    number, before = proposal.number, champion_version(town)
    town.people["ana"].approve(REPOSITORY, number, "Better everywhere, and the weather is known in time.")
    must_merge(town, "ben", number)
    promote(town, say)
    came = (
        f"check {conclusion(town, number)}, merged; version {champion_version(town)} replaced {before}; "
        f"it predicts {predict(town):.6f}"
    )
    return Act(2, "a better model is merged and promoted", came, time.monotonic() - proposal.started, number)


def worse_slice(town: Town, proposal: Proposal, say: Say) -> Act:
    """Act 3: a slice gets clearly worse; the gate fails, GitHub refuses the merge, nothing is promoted."""
    number, before = proposal.number, champion_version(town)
    town.people["ana"].approve(REPOSITORY, number, "Faster is good, if the check agrees.")
    answer = town.people["cam"].merge(REPOSITORY, number)
    settle(town, say)
    refused = f"merge refused ({answer.status})" if isinstance(answer, Refusal) else "MERGED"
    kept = (
        f"version {champion_version(town)} stays" if champion_version(town) == before else "champion CHANGED"
    )
    came = f"check {conclusion(town, number)}, {refused}; {kept}"
    return Act(
        3, "a slice gets worse; nothing is promoted", came, time.monotonic() - proposal.started, number
    )


def too_close(town: Town, say: Say) -> Act:
    """Act 4: one slice is too close to call; the check waits until ana approves, and promotion honours it."""
    before, proposal = champion_version(town), propose(town, FINER)
    settle(town, say)
    number = proposal.number
    asked = conclusion(town, number)
    town.people["ana"].approve(REPOSITORY, number, "Seen what the test rows cannot tell. I take it.")
    settle(town, say)
    answered = conclusion(town, number)
    must_merge(town, "cam", number)
    promote(town, say)
    came = (
        f"check {asked}, and {answered} when ana approves; merged, version {champion_version(town)} "
        f"replaced {before}; it predicts {predict(town):.6f}"
    )
    return Act(4, "too close to call; a person decides", came, time.monotonic() - proposal.started, number)


def revert(town: Town, merged: int, say: Say) -> Act:
    """Act 6: the pull request that undoes act 2 is green, and merged the former bytes are champion again."""
    started, trained = time.monotonic(), trainings(town)
    number = town.github.revert(REPOSITORY, merged, "ana")
    settle(town, say)
    town.people["ben"].approve(REPOSITORY, number, "Back to what we know.")
    must_merge(town, "ana", number)
    promote(town, say)
    came = (
        f"check {conclusion(town, number)}, merged; version {champion_version(town)} is champion again, "
        f"{trainings(town) - trained} trainings; it predicts {predict(town):.6f}"
    )
    return Act(6, "the first is reverted", came, time.monotonic() - started, number)


def promote(town: Town, say: Say) -> None:
    """Wait for the plan, approve the reviewed environment as ana, wait for the apply."""
    settle(town, say)
    for run in town.actions.runs():
        if PRODUCTION in run.waiting_for:
            say(f"    ana approves the environment {PRODUCTION}")
            town.actions.approve(REPOSITORY, run.run_id, PRODUCTION, "ana")
    settle(town, say)


def settle(town: Town, say: Say) -> tuple[JobResult, ...]:
    """Wait until Actions has nothing left to do, telling each job as it ends."""
    told, end = len(town.actions.results()), time.monotonic() + PATIENCE
    while not town.actions.quiet(0.5) and time.monotonic() < end:
        told = _tell(town, told, say)
    done = town.actions.settle(1.0)
    _tell(town, told, say)
    return done


def _tell(town: Town, told: int, say: Say) -> int:
    ended = town.actions.results()
    for job in ended[told:]:
        if job.conclusion is not Conclusion.SKIPPED:
            say(f"    {job.workflow} / {job.job}: {job.conclusion} ({job.seconds:.1f} s)")
        if job.conclusion is Conclusion.FAILURE:
            say(job.log.text())
    return len(ended)


def must_merge(town: Town, login: str, number: int) -> None:
    """Press merge; raises UnavailableError with GitHub's words when it is refused."""
    answer = town.people[login].merge(REPOSITORY, number)
    if isinstance(answer, Refusal):
        raise UnavailableError(f"GitHub refused to merge #{number}: {answer.words}")


def conclusion(town: Town, number: int) -> str:
    """The bot's check on the pull request's head, as GitHub has it."""
    snapshot = town.github.snapshot(REPOSITORY)
    checks = snapshot.check_runs(snapshot.pull(number).head_sha)
    return next((str(check.conclusion) for check in checks if check.name == CHECK), "missing")


def trainings(town: Town) -> int:
    """How often a stage called train ran in any job so far."""
    logs = (job.log.text() for job in town.actions.results())
    return sum(log.count("Running stage 'train'") for log in logs)


def champion_version(town: Town) -> str:
    """The version behind the alias, asked of the registry."""
    return town.serving.version()


def predict(town: Town) -> float:
    """What `models:/flights@champion` says of the first test row, loaded in a process of its own."""
    return town.serving.predict(town.people["ana"].home / "data" / "test.parquet")
