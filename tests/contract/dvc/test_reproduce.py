"""From a pull request's change to checked evidence, with real Git and real DVC."""

import io
import zipfile

import pytest

from bot.adapters.dvc_remote import DvcRemote, LocalCache
from bot.adapters.dvc_runner import DvcRunner
from bot.adapters.folder import Folder
from bot.adapters.git import GitRepository
from bot.errors import NotEvaluatedError
from bot.evidence.archive import Limits, unzip
from bot.evidence.bundle import encode_bundle, parse_bundle
from bot.evidence.reproduced import verify_bundle
from bot.usecases.brought import store_objects
from bot.usecases.reproduce import ReproduceWorld, carry_objects, reproduce
from bot.usecases.scope import impact_in, scope_of


@pytest.fixture
def world(project, tmp_path):
    repository = GitRepository(project.root)
    runner = DvcRunner(project.root, tmp_path / "environments")
    cache = LocalCache(project.root / ".dvc" / "cache")
    return ReproduceWorld(repository, repository, runner, cache, lambda: cache)


def travel(bundle):
    """Through an artifact: encoded, zipped, unzipped and parsed."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in encode_bundle(bundle).items():
            archive.writestr(name, content)
    return parse_bundle(unzip(data.getvalue(), "modelbot-bundle", Limits()))


def test_a_failing_stage_is_told_in_a_bundle_that_brings_no_files(project, world):
    project.git("checkout", "--quiet", "-b", "change")
    project.commit(dvc__yaml=(project.root / "dvc.yaml").read_text().replace("mkdir -p two", "exit 4"))
    bundle = travel(reproduce(world, scope_of(world.revisions, "HEAD", "main"), "1"))
    assert (bundle.statement.outcome, bundle.files) == ("failed", {})
    assert bundle.statement.failure is not None
    assert (bundle.statement.failure.stage, bundle.statement.failure.exit_code) == ("two", 4)


def test_a_change_that_touches_no_stage_starts_nothing(project, world, tmp_path):
    project.git("checkout", "--quiet", "-b", "change")
    project.commit(docs__md="words")
    bundle = reproduce(world, scope_of(world.revisions, "HEAD", "main"), "1")
    assert (bundle.statement.outcome, bundle.statement.ran, bundle.files) == ("nothing", (), {})
    assert not (tmp_path / "environments").exists()


def test_what_was_really_reproduced_is_believed_whole_and_what_is_spoiled_is_not(project, world, tmp_path):
    project.git("checkout", "--quiet", "-b", "change")
    project.commit(in__txt="1234567\n")
    head = project.git("rev-parse", "HEAD")
    scope = scope_of(world.revisions, "HEAD", "main")
    bundle = travel(reproduce(world, scope, "1"))
    assert bundle.statement.outcome == "reproduced", bundle.statement
    assert [stage.name for stage in bundle.statement.ran] == ["one", "two", "three"]
    assert set(bundle.files) == {"dvc.lock", "metrics.json"}

    tree = world.revisions.tree(head)
    reproduced = verify_bundle(bundle, tree, impact_in(world.revisions, scope))
    assert reproduced.tree.read("metrics.json") == b'{"n": 8}\n'
    assert [run.stage for run in reproduced.runs] == ["one", "two", "three"]

    carried = carry_objects(bundle, tree, world.cache, Folder(tmp_path / "objects"))
    assert set(reproduced.objects) <= set(carried)
    brought = Folder(tmp_path / "objects").read_all()
    remote = DvcRemote(project.root)
    known = {path.parent.name + path.name for path in (tmp_path / "remote").rglob("*") if path.is_file()}
    assert store_objects(reproduced.objects, brought, remote) == len(set(carried) - known) == 2

    sha = commit(project, head, reproduced)
    again = scope_of(world.revisions, sha, "main")
    assert impact_in(world.revisions, again).to_run == ()
    project.git("checkout", "--quiet", sha)
    project.run("rm", "-rf", ".dvc/cache", "one.txt", "two")
    project.dvc("pull", "--quiet")
    assert (project.root / "two" / "copy.txt").read_text() == "1234567\n"
    assert project.dvc("status") == "Data and pipelines are up to date."

    spoiled = bundle.model_copy(update={"files": dict(bundle.files) | {"metrics.json": b'{"n": 9}\n'}})
    with pytest.raises(NotEvaluatedError):
        verify_bundle(spoiled, tree, impact_in(world.revisions, scope))


def commit(project, head, reproduced) -> str:
    project.git("checkout", "--quiet", head)
    for path, data in reproduced.tree.files.items():
        (project.root / path).write_bytes(data)
    return project.commit()


def test_a_stage_that_was_renamed_leaves_its_entry_in_the_lock_and_is_believed(project, world):
    """DVC never removes an entry: `dvc remove` does, and nobody calls it who edits dvc.yaml."""
    project.git("checkout", "--quiet", "-b", "change")
    renamed = (
        (project.root / "dvc.yaml").read_text().replace("  three:", "  count:").replace("wc -c", "wc -m")
    )
    project.commit(dvc__yaml=renamed)
    scope = scope_of(world.revisions, "HEAD", "main")
    bundle = travel(reproduce(world, scope, "1"))
    assert [stage.name for stage in bundle.statement.ran] == ["count"]
    assert b"\n  three:" in bundle.files["dvc.lock"]
    reproduced = verify_bundle(bundle, world.revisions.tree(scope.head), impact_in(world.revisions, scope))
    assert [run.stage for run in reproduced.runs] == ["count"]
