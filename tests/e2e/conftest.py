"""One run of the demo, kept alive while every test of it reads what came of it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.adapters.files import read_directory
from bot.adapters.git import token_header
from bot.adapters.mlflow import MlflowRegistry
from bot.adapters.records import GitRecords
from bot.localhost.actions.log import Conclusion, JobResult
from bot.localhost.demo import story
from bot.localhost.demo.person import Refusal
from bot.localhost.demo.story import Act
from bot.localhost.demo.town import MODEL, REPOSITORY, Town, town
from bot.localhost.github.conformance import Conformance
from bot.localhost.github.values import CheckRunView, CommentView, DeploymentView, PullView
from bot.ports.registry import RegisteredVersion
from bot.promotion.digest import digest_of
from bot.promotion.ledger import BRANCH, read_records
from bot.promotion.records import Record

SOURCE = Path(__file__).parents[2]
DESCRIPTION = SOURCE / "tests" / "contract" / "github" / "rest-openapi-subset.json"
BOT = "github-actions[bot]"


@dataclass(frozen=True)
class Moment:
    """What everybody could see after one act."""

    main: str
    champion: RegisteredVersion | None
    previous: RegisteredVersion | None
    served: str
    records: tuple[Record, ...]
    deployments: tuple[DeploymentView, ...]
    trainings: int
    jobs: tuple[JobResult, ...]

    @property
    def version(self) -> str | None:
        return self.champion.version if self.champion else None

    def since(self, earlier: Moment) -> tuple[JobResult, ...]:
        """The jobs that really ran after another moment."""
        fresh = self.jobs[len(earlier.jobs) :]
        return tuple(job for job in fresh if job.conclusion is not Conclusion.SKIPPED)


@dataclass(frozen=True)
class Seen:
    """A pull request as a reviewer saw it at the end of an act."""

    pull: PullView
    comments: tuple[CommentView, ...]
    checks: tuple[CheckRunView, ...]

    @property
    def own(self) -> tuple[str, ...]:
        return tuple(comment.body for comment in self.comments if comment.author == BOT)

    @property
    def check(self) -> CheckRunView:
        (found,) = [check for check in self.checks if check.name == "modelbot"]
        return found


@dataclass(frozen=True)
class Told:
    """The whole story: the town as it is at the end, and what was there after each act."""

    town: Town
    conformance: Conformance
    acts: tuple[Act, ...]
    first: Moment
    better: Moment
    worse: Moment
    returned: Moment
    again: Moment
    overruled: Moment
    decided: Moment
    weather: Seen
    faster: Seen
    back: Seen
    finer: Seen
    forced: Seen
    refusal: Refusal | str
    lines: tuple[str, ...]

    def predicted(self, number: int) -> float:
        """What loading `models:/flights@champion` in a process of its own predicted at the end of an act."""
        (act,) = [act for act in self.acts if act.number == number]
        return float(re.findall(r"predicts (\d\.\d{6})", act.came_of_it)[0])

    def commits(self, seen: Seen) -> tuple[str, ...]:
        """The commits of a pull request, oldest first."""
        base = self.git("merge-base", self.first.main, seen.pull.head_sha)
        return tuple(self.git("rev-list", "--reverse", f"{base}..{seen.pull.head_sha}").split())

    def changed(self, commit: str) -> set[str]:
        return set(self.git("diff", "--name-only", f"{commit}^", commit).split())

    def git(self, *arguments: str) -> str:
        return self.town.people["ana"].git(self.town.github.bare_path(REPOSITORY), *arguments)


class Stage:
    """Plays the acts and looks around after each."""

    def __init__(self, place: Town) -> None:
        self.place = place
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def look(self) -> Moment:
        registry = MlflowRegistry(self.place.places.registry)
        champion = registry.alias(MODEL, "champion")
        ana = self.place.people["ana"]
        entries = GitRecords(ana.home, token_header(ana.token)).entries(BRANCH)
        return Moment(
            self.place.head,
            champion,
            registry.alias(MODEL, "previous"),
            served_digest(registry, champion) if champion else "",
            tuple(committed.record for committed in read_records(entries)),
            self.place.github.snapshot(REPOSITORY).deployments(),
            story.trainings(self.place),
            self.place.actions.results(),
        )

    def see(self, number: int) -> Seen:
        snapshot = self.place.github.snapshot(REPOSITORY)
        pull = snapshot.pull(number)
        return Seen(pull, snapshot.comments(number), snapshot.check_runs(pull.head_sha))

    def play(self, conformance: Conformance) -> Told:
        place, say = self.place, self.say
        one = story.first_promotion(place, say)
        first = self.look()
        weather, faster = story.propose(place, story.WEATHER), story.propose(place, story.FASTER)
        story.settle(place, say)
        two = story.better_model(place, weather, say)
        better, seen_weather = self.look(), self.see(weather.number)
        three = story.worse_slice(place, faster, say)
        refusal = place.people["cam"].merge(REPOSITORY, faster.number)
        worse, seen_faster = self.look(), self.see(faster.number)
        six = story.revert(place, weather.number, say)
        returned, seen_back = self.look(), self.see(six.pull or 0)
        again = self.run_hourly()
        four = story.too_close(place, say)
        decided, seen_finer = self.look(), self.see(four.pull or 0)
        forced = story.propose(place, replace(story.FASTER, branch="faster-still"))
        story.settle(place, say)
        overruled = self.overrule(forced.number)
        return Told(
            place,
            conformance,
            (one, two, three, six, four),
            first,
            better,
            worse,
            returned,
            again,
            overruled,
            decided,
            seen_weather,
            seen_faster,
            seen_back,
            seen_finer,
            self.see(forced.number),
            refusal,
            tuple(self.lines),
        )

    def run_hourly(self) -> Moment:
        self.place.actions.run_schedule(REPOSITORY, "model-promote.yml")
        story.settle(self.place, self.say)
        return self.look()

    def overrule(self, number: int) -> Moment:
        """Ana administers the repository: the branch rule does not hold her back."""
        story.must_merge(self.place, "ana", number)
        story.promote(self.place, self.say)
        return self.look()


def served_digest(registry: MlflowRegistry, version: RegisteredVersion) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return digest_of(read_directory(registry.download(version, Path(folder))))


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    conformance = Conformance(DESCRIPTION)
    root = tmp_path_factory.mktemp("demo")
    with town(SOURCE, root / "town", SOURCE / ".modelbot" / "cache", conformance) as place:
        stage = Stage(place)
        try:
            told = stage.play(conformance)
        except BaseException:
            print("\n".join(stage.lines))  # what happened so far is all that explains a story that broke off
            raise
        yield told
