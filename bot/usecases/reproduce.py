"""`modelbot reproduce`: run what a change makes out of date, in a fresh checkout, and write the bundle.

This is the untrusted job: it runs the pull request's own code, and nothing it writes is believed unread.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.errors import ModelbotError, NotEvaluatedError
from bot.evidence.bundle import (
    Bundle,
    BundleError,
    BundleFailure,
    BundleStage,
    Statement,
    encode_bundle,
)
from bot.evidence.manifest import members_of
from bot.evidence.overlay import OverlayTree
from bot.evidence.reproduced import cached_outputs
from bot.lineage.parse import parse_pipeline
from bot.lineage.read_lock import read_lock
from bot.lineage.stages import Stage
from bot.lineage.tree import Tree
from bot.policy.load import load_policies
from bot.ports.dvc import ObjectReader, Reproduction, Runner
from bot.ports.files import FileSink
from bot.ports.git import Checkout, Checkouts, Revisions
from bot.usecases.scope import Scope, impact_in


@dataclass(frozen=True, slots=True)
class ReproduceWorld:
    """What reproducing needs from the world. `cache` is where DVC put the outputs of the stages.

    `remote` opens the DVC remote when it is asked; it raises InvalidInputError when none is configured.
    """

    revisions: Revisions
    checkouts: Checkouts
    runner: Runner
    cache: ObjectReader
    remote: Callable[[], ObjectReader]


def reproduce(world: ReproduceWorld, scope: Scope, bot_version: str) -> Bundle:
    """Run the stages that the change makes out of date, and only those.

    An empty impact starts neither Git's checkout nor DVC. An expected failure of ours after that is in the
    bundle.

    Raises:
        ModelbotError: the impact cannot be told. Who judges the bundle works it out too, and finds the same.
    """
    impact = impact_in(world.revisions, scope)
    statement = Statement(bot=bot_version, head=scope.head, outcome="nothing")
    if not impact.to_run:
        return Bundle(statement=statement, files={})
    try:
        setup = setup_of(world.revisions.tree(scope.base))
        with world.checkouts.fresh(scope.head) as checkout:
            inputs = inputs_of(world.revisions.tree(scope.head), impact.to_run)
            done = world.runner.prepare(checkout.path, setup) or world.runner.reproduce(
                checkout.path, impact.to_run, inputs
            )
            return _bundle(statement, done, _written(world, scope, checkout, done))
    except ModelbotError as error:
        told = BundleError(what=error.what, todo=error.todo)
        return Bundle(statement=statement.model_copy(update={"outcome": "errored", "error": told}), files={})


def inputs_of(tree: Tree, stages: tuple[str, ...]) -> tuple[str, ...]:
    """What these stages read of the data that DVC keeps and that none of them writes: paths from the root."""
    pipeline = parse_pipeline(tree)
    kept = {
        out.path for stage in pipeline.stages if stage.name not in stages for out in stage.outs if out.cache
    }
    kept |= {data.path for data in pipeline.data}
    read = {dep.path for stage in pipeline.stages if stage.name in stages for dep in stage.deps}
    within = {path for path in read for whole in kept if path == whole or path.startswith(f"{whole}/")}
    below = {path for path in kept for whole in read if path.startswith(f"{whole}/")}
    return tuple(sorted(within | below))


def setup_of(base: Tree) -> str | None:
    """The command that makes the repository's environment, from base's policies; None when none names one.

    Raises:
        NotEvaluatedError: two policies name different ones.
    """
    commands = {loaded.policy.pipeline.setup for loaded in load_policies(base)} - {None}
    if len(commands) > 1:
        what = f"The policies name different setup commands: {', '.join(sorted(map(repr, commands)))}."
        raise NotEvaluatedError(what, "One repository has one environment: let them name the same.")
    return next(iter(commands), None)


def _bundle(statement: Statement, done: Reproduction, files: Mapping[str, bytes]) -> Bundle:
    told: dict[str, object] = {
        "outcome": "failed" if done.failed else "reproduced",
        "ran": tuple(BundleStage(name=run.stage, seconds=run.seconds) for run in done.ran),
        "restored": done.restored,
    }
    if done.failed:
        told["failure"] = BundleFailure(stage=done.failed, exit_code=done.exit_code, log_tail=done.log_tail)
    return Bundle(statement=statement.model_copy(update=told), files=files)


def _written(
    world: ReproduceWorld, scope: Scope, checkout: Checkout, done: Reproduction
) -> Mapping[str, bytes]:
    if done.failed:
        return {}
    head = world.revisions.tree(scope.head)
    ran = {run.stage for run in done.ran} | set(done.restored)
    stages = tuple(stage for stage in parse_pipeline(head).stages if stage.name in ran)
    paths = [path for stage in stages for path in _kept(stage, checkout.files)]
    return {path: _read(checkout.files, path) for path in dict.fromkeys(paths)}


def _kept(stage: Stage, files: Tree) -> Iterator[str]:
    yield posixpath.join(posixpath.dirname(stage.file), "dvc.lock")
    for out in stage.outs:
        if not out.cache:
            yield from files.paths(out.path) or (out.path,)


def _read(files: Tree, path: str) -> bytes:
    data = files.read(path)
    if data is None:
        what = f"The pipeline did not write {path} as a regular file."
        raise NotEvaluatedError(what, "Let the stage write it, and no symbolic link in its place.")
    return data


def write_bundle(bundle: Bundle, sink: FileSink) -> None:
    """Put the bundle's files where they travel from."""
    for path, data in encode_bundle(bundle).items():
        sink.write(path, (data,))


def carry_objects(bundle: Bundle, head: Tree, cache: ObjectReader, sink: FileSink) -> tuple[str, ...]:
    """Put every cached output of the stages that ran where it travels from; answers their md5 names."""
    if bundle.statement.outcome != "reproduced":
        return ()
    ran = {stage.name for stage in bundle.statement.ran} | set(bundle.statement.restored)
    tree = OverlayTree(head, bundle.files)
    names = tuple(_all_objects(cached_outputs(parse_pipeline(tree), read_lock(tree), ran), cache))
    for name in names:
        sink.write(object_path(name), cache.chunks(name))
    return names


def object_path(md5: str) -> str:
    """Where DVC keeps the object of this name, below a cache or a remote."""
    return f"files/md5/{md5[:2]}/{md5[2:]}"


def _all_objects(names: tuple[str, ...], cache: ObjectReader) -> Iterator[str]:
    for name in names:
        yield name
        if name.endswith(".dir"):
            yield from (member.md5 for member in members_of(b"".join(cache.chunks(name)), name))
