"""What numbers were measured with, read from `dvc.lock`: test data and evaluation code. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from bot.evidence.facts import Comparability, Ingredient
from bot.lineage.locked import Lock, LockedStage
from bot.lineage.stages import Pipeline


@dataclass(frozen=True, slots=True)
class Judging:
    """Which stage measures a model, and on what: what a policy says, None where it does not.

    `artifact` is the model's path; `measures` are the files that hold what was measured.
    """

    artifact: str | None
    measures: tuple[str, ...]
    evaluator: str | None = None
    test_set: str | None = None


def comparability_of(pipeline: Pipeline, lock: Lock, asked: Judging) -> Comparability:
    """Command, parameters and every input but the model of the stages that measure; empty where none says.

    A stage that is not named by the policy counts only when it reads the model: one that trains and
    measures in one go changes with every change of the model, and that says nothing about the measure. What
    the policy names and the lock does not have is there without a digest.
    """
    found = [part for stage in _evaluators(pipeline, lock, asked) for part in _ingredients(stage, asked)]
    found += _test_set(pipeline, lock, asked)
    if asked.evaluator and lock.stage(asked.evaluator) is None:
        found.append(Ingredient(f"the stage {asked.evaluator}", ""))
    unique = {one.name: one for one in found}
    return Comparability(tuple(unique[name] for name in sorted(unique)))


def evaluators_of(pipeline: Pipeline, lock: Lock, asked: Judging) -> tuple[str, ...]:
    """The names of the stages that measure, those that `comparability_of` looks at."""
    named = (asked.evaluator,) if asked.evaluator else ()
    return tuple(dict.fromkeys((*named, *(stage.name for stage in _evaluators(pipeline, lock, asked)))))


def name_of_data(found: Comparability, test_set: str | None) -> str | None:
    """A name of the test data, the same for the same bytes under any path; None where the lock has none.

    Where no `test_set` is said, it is everything that the numbers are measured with that names it: then other
    evaluation code counts as other data.
    """
    if test_set is not None:
        return next((one.digest for one in found.ingredients if one.name == test_set), "") or None
    if found.unknown or not found.ingredients:
        return None
    return _digest("\n".join(f"{one.name} {one.digest}" for one in found.ingredients))


def _evaluators(pipeline: Pipeline, lock: Lock, asked: Judging) -> Iterator[LockedStage]:
    names = [asked.evaluator] if asked.evaluator else _producers(pipeline, asked.measures)
    for name in dict.fromkeys(names):
        stage = lock.stage(name)
        if stage and (asked.evaluator or _reads(stage, asked.artifact)):
            yield stage


def _producers(pipeline: Pipeline, paths: Iterable[str]) -> list[str]:
    return [stage.name for path in paths if (stage := pipeline.producer(path))]


def _reads(stage: LockedStage, artifact: str | None) -> bool:
    return any(_is_model(stage.from_root(dep.path), artifact) for dep in stage.deps)


def _is_model(path: str, artifact: str | None) -> bool:
    return artifact is not None and (path == artifact or path.startswith(f"{artifact}/"))


def _ingredients(stage: LockedStage, asked: Judging) -> Iterator[Ingredient]:
    yield Ingredient(f"the command of {stage.name}", _digest(stage.cmd))
    for file, key, value in stage.params:
        yield Ingredient(f"{file}:{key}", _digest(value))
    for dep in stage.deps:
        path = stage.from_root(dep.path)
        if not _is_model(path, asked.artifact):
            yield Ingredient(path, dep.md5 or "")


def _test_set(pipeline: Pipeline, lock: Lock, asked: Judging) -> Iterator[Ingredient]:
    path = asked.test_set
    if path is None:
        return
    locked = lock.out(path)
    known = [locked.md5] if locked else [data.md5 for data in pipeline.data if data.path == path]
    known += [dep.md5 for stage in lock.stages for dep in stage.deps if stage.from_root(dep.path) == path]
    yield Ingredient(path, next((md5 for md5 in known if md5), ""))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
