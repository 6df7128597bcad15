"""Running stages with the real DVC in real fresh checkouts."""

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.adapters.dvc_config import cache_directory, chosen_remote, default_remote, localise
from bot.adapters.dvc_runner import DvcRunner
from bot.adapters.git import GitRepository
from bot.errors import InvalidInputError, NotEvaluatedError, UnavailableError
from bot.usecases.reproduce import inputs_of


@pytest.fixture
def home(tmp_path) -> Path:
    """Where the runner keeps environments."""
    return tmp_path / "environments"


def forget_outputs(project) -> None:
    """As on another machine: no cache, no outputs in the work tree."""
    for path in (".dvc/cache", "one.txt", "two"):
        target = project.root / path
        shutil.rmtree(target) if target.is_dir() else target.unlink()


def reproduce(project, home, stages, *, inputs=None, inspect=lambda _checkout: None, **options):
    runner = DvcRunner(project.root, home, **options)
    repository = GitRepository(project.root)
    with repository.fresh(repository.resolve("HEAD")) as checkout:
        assert runner.prepare(checkout.path, None) is None
        inputs = inputs_of(repository.tree("HEAD"), stages) if inputs is None else inputs
        done = runner.reproduce(checkout.path, stages, inputs)
        inspect(checkout)
    return done


def objects(project) -> set[str]:
    return {path.name for path in (project.root / ".dvc" / "cache").rglob("*") if path.is_file()}


def test_a_failing_stage_says_which_with_its_last_lines_and_code_and_earlier_ones_ran(project, home):
    yaml = (project.root / "dvc.yaml").read_text()
    failing = "for i in $(seq 100); do echo line $i; done; echo ERROR: own words; exit 3"
    project.write("fail.sh", failing)
    project.commit(in__txt="changed\n", dvc__yaml=yaml.replace("mkdir -p two", "sh fail.sh && mkdir -p two"))
    heard = []
    done = reproduce(project, home, ("one", "two", "three"), echo=heard.append)
    assert [run.stage for run in done.ran] == ["one"]
    assert (done.failed, done.exit_code) == ("two", 3)
    assert len(done.log_tail) == 30
    assert "ERROR: own words" in done.log_tail
    assert "line 1" in heard
    assert "line 1" not in done.log_tail


def test_a_command_of_several_lines_fails_with_its_own_code(project, home):
    yaml = (project.root / "dvc.yaml").read_text()
    several = "cmd: |\n      echo before\n      exit 7\n      mkdir -p two"
    project.commit(dvc__yaml=yaml.replace("cmd: mkdir -p two", several))
    done = reproduce(project, home, ("two",))
    assert (done.failed, done.exit_code, done.ran) == ("two", 7, ())


def test_missing_data_is_not_the_stage_s_failure_but_that_we_cannot_tell(project, home, tmp_path):
    forget_outputs(project)
    shutil.rmtree(tmp_path / "remote")
    project.commit(dvc__yaml=(project.root / "dvc.yaml").read_text().replace("wc -c", "wc -m"))
    with pytest.raises(NotEvaluatedError, match="DVC could not run the stages"):
        reproduce(project, home, ("three",))


def test_a_failing_setup_command_names_its_code_and_last_lines(project, home):
    runner = DvcRunner(project.root, home)
    with GitRepository(project.root).fresh("HEAD") as checkout:
        done = runner.prepare(checkout.path, "echo no such package; exit 9")
    assert done is not None
    assert (done.failed, done.exit_code, done.log_tail) == ("setup", 9, ("no such package",))


def test_what_is_not_a_dvc_repository_is_our_input_error(project, home, tmp_path):
    (tmp_path / "plain").mkdir()
    with pytest.raises(InvalidInputError, match="not a DVC repository"):
        DvcRunner(project.root, home).prepare(tmp_path / "plain", None)


@pytest.mark.parametrize("remote", ["directory", "http"])
def test_only_the_named_stages_run_in_order_and_only_what_they_read_is_pulled(
    project, home, remote, http_remote, tmp_path
):
    forget_outputs(project)
    project.commit(dvc__yaml=(project.root / "dvc.yaml").read_text().replace("echo extra", "echo other"))
    remote_url = http_remote if remote == "http" else None
    kept = {}

    def inspect(checkout):
        kept.update(
            {path: checkout.files.read(path) for path in ("metrics.json", "one.txt", "two/extra.txt")}
        )

    done = reproduce(project, home, ("two", "three"), remote_url=remote_url, inspect=inspect)
    assert [run.stage for run in done.ran] == ["two", "three"]
    assert (done.restored, done.failed, done.exit_code) == ((), None, 0)
    assert all(run.seconds >= 0 for run in done.ran)
    assert kept == {"metrics.json": b'{"n": 6}\n', "one.txt": b"12345\n", "two/extra.txt": b"other\n"}
    pushed = {path.name for path in (tmp_path / "remote").rglob("*") if path.is_file()}
    assert len(objects(project) & pushed) == 1, "only one.txt, which serves as two/copy.txt too"


def test_a_stage_outside_the_root_gets_its_inputs_too(project, home):
    stages = "  make:\n    cmd: seq 5 > data.txt\n    outs: [data.txt]\n"
    stages += "  use:\n    cmd: wc -l < data.txt > out.txt\n    deps: [data.txt]\n    outs: [out.txt]\n"
    project.write("sub/dvc.yaml", f"stages:\n{stages}")
    project.dvc("repro", "--quiet", "--all-pipelines")
    project.dvc("push", "--quiet")
    project.commit()
    shutil.rmtree(project.root / ".dvc" / "cache")
    done = reproduce(project, home, ("sub/dvc.yaml:use",))
    assert [run.stage for run in done.ran] == ["sub/dvc.yaml:use"]


def test_a_stage_whose_new_output_was_never_written_is_run_and_not_taken_for_unpulled(project, home):
    yaml = (project.root / "dvc.yaml").read_text()
    project.commit(
        dvc__yaml=yaml.replace("outs: [two]", "outs: [two, new.txt]").replace(
            "mkdir", "touch new.txt && mkdir"
        )
    )
    done = reproduce(project, home, ("two",))
    assert [run.stage for run in done.ran] == ["two"]


def test_leftovers_of_another_branch_never_reach_a_stage(project, home):
    project.commit(
        dvc__yaml=(project.root / "dvc.yaml").read_text().replace("echo extra", "ls > ls.txt; echo extra")
    )
    project.write("leftover.txt", "of another branch")
    project.write("two/leftover.txt", "too")
    listing = []
    done = reproduce(project, home, ("two",), inspect=lambda made: listing.append(made.files.read("ls.txt")))
    assert [run.stage for run in done.ran] == ["two"]
    assert b"leftover" not in listing[0]
    assert listing[0].split() == [
        b"dvc.lock",
        b"dvc.yaml",
        b"in.txt",
        b"ls.txt",
        b"metrics.json",
        b"one.txt",
        b"two",
    ]


def test_the_run_cache_restores_and_says_so_only_where_it_may(project, home):
    old = (project.root / "dvc.lock").read_text()
    project.commit(in__txt="other\n")
    assert [run.stage for run in reproduce(project, home, ("one",)).ran] == ["one"]
    assert (project.root / "dvc.lock").read_text() == old
    again = reproduce(project, home, ("one",))
    assert ([run.stage for run in again.ran], again.restored) == (["one"], ())
    reproduce(project, home, ("one",), run_cache=True)
    restored = reproduce(project, home, ("one",), run_cache=True)
    assert (restored.ran, restored.restored) == ((), ("one",))


PREFIX = "python -c 'import sys; print(sys.prefix)'"
SHOW = f"env > env.txt; which python > python.txt; {PREFIX} > prefix.txt; which dvc > dvc.txt; "


def test_a_stage_sees_the_repository_s_own_python_and_no_secret(project, home, monkeypatch):
    secrets = ("GITHUB_TOKEN", "GH_TOKEN", "MODELBOT_DVC_REMOTE", "ACTIONS_RUNTIME_TOKEN", "GITHUB_ENV")
    for name in secrets:
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("PYTHONPATH", "/the/bot")
    monkeypatch.setenv("KEPT", "yes")
    project.commit(dvc__yaml=(project.root / "dvc.yaml").read_text().replace("cp in.txt", SHOW + "cp in.txt"))
    runner = DvcRunner(project.root, home)
    seen = {}
    setup = 'python -c \'import sys; open(sys.prefix + "/count", "a").write("x")\''
    for _attempt in (1, 2):
        with GitRepository(project.root).fresh("HEAD") as checkout:
            assert runner.prepare(checkout.path, setup) is None
    with GitRepository(project.root).fresh("HEAD") as checkout:
        runner.prepare(checkout.path, setup)
        done = runner.reproduce(checkout.path, ("one",), ())
        assert done.failed is None
        seen = {
            name: (checkout.path / f"{name}.txt").read_text() for name in ("env", "python", "prefix", "dvc")
        }
    environment = Path(seen["prefix"].strip())
    assert environment.parent == home / "environments"
    assert seen["python"].strip() == str(environment / "bin" / "python")
    assert "secret" not in seen["env"]
    assert "PYTHONPATH" not in seen["env"]
    assert "KEPT=yes" in seen["env"]
    assert seen["dvc"].strip() != str(Path(sys.prefix) / "bin" / "dvc")
    assert (environment / "count").read_text() == "x", "the environment was made once and found again"


def test_the_environment_is_made_anew_when_what_it_installs_changes(project, home):
    runner = DvcRunner(project.root, home)
    setup = "cat $PWD/requirements/base.txt > $VIRTUAL_ENV/base.txt"
    for text in ("one\n", "two\n"):
        project.write("requirements/base.txt", text)
        project.commit()
        with GitRepository(project.root).fresh("HEAD") as checkout:
            assert runner.prepare(checkout.path, setup) is None
    made = sorted(path.read_text() for path in (home / "environments").glob("*/base.txt"))
    assert made == ["one\n", "two\n"]


def test_a_new_dvc_lock_installs_nothing_and_makes_no_new_environment(project, home):
    runner = DvcRunner(project.root, home)
    for name, text in (("dvc.lock", "# one\n"), ("dvc.lock", "# two\n"), ("uv.lock", "one\n")):
        project.write(name, text)
        project.commit()
        with GitRepository(project.root).fresh("HEAD") as checkout:
            assert runner.prepare(checkout.path, "cat *.lock > $VIRTUAL_ENV/locks") is None
    made = sorted(path.read_text() for path in (home / "environments").glob("*/locks"))
    assert made == ["# one\n", "# two\none\n"]


def test_an_environment_that_refers_to_its_checkout_is_not_used_for_another(project, home):
    runner = DvcRunner(project.root, home)
    setup = "echo $PWD > $(python -c 'import sysconfig; print(sysconfig.get_path(\"purelib\"))')/own.pth"
    texts = []
    for _attempt in (1, 2):
        with GitRepository(project.root).fresh("HEAD") as checkout:
            assert runner.prepare(checkout.path, setup) is None
            (own,) = (home / "environments").glob("*/lib/python*/site-packages/own.pth")
            texts.append((own.read_text().strip(), str(checkout.path)))
    assert [written == where for written, where in texts] == [True, True]


def test_a_relative_remote_and_the_cache_are_those_of_the_repository_the_clone_came_from(project, tmp_path):
    clone = tmp_path / "clone"
    project.run("git", "clone", "--quiet", str(project.root), str(clone))
    project.write(".dvc/config.local", "['remote \"storage\"']\njobs = 3\n[cache]\ndir = '../a, #1'\n")
    assert default_remote(project.root) == ("storage", str(tmp_path / "remote"))
    localise(clone, project.root, None)
    type(project)(clone).dvc("pull", "--quiet", "one.txt")
    assert (clone / "one.txt").read_text() == "12345\n"
    assert cache_directory(project.root) == project.root / "a, #1"
    assert list((project.root / "a, #1" / "files" / "md5").iterdir())
    assert default_remote(clone) == ("storage", str(tmp_path / "remote"))
    assert "jobs = 3" in (clone / ".dvc" / "config.local").read_text()


def test_another_address_keeps_the_remote_s_settings_only_for_the_same_kind_of_remote(project):
    assert chosen_remote(project.root, "/elsewhere") == ("storage", "/elsewhere")
    assert chosen_remote(project.root, "https://x.example/r") == ("modelbot", "https://x.example/r")
    assert chosen_remote(project.root, None) == default_remote(project.root)


def test_a_broken_configuration_names_the_file(project):
    project.write(".dvc/config", "[core\n")
    with pytest.raises(InvalidInputError, match="config cannot be read"):
        default_remote(project.root)


def test_a_broken_dvc_yaml_is_not_a_stage_that_failed(project, home):
    project.commit(dvc__yaml="stages: [\n")
    with pytest.raises(NotEvaluatedError, match=r"DVC could not run the stages: .*dvc\.yaml"):
        reproduce(project, home, ("one",), inputs=())


def test_two_invocations_that_need_the_same_environment_wait_for_each_other(project, home):
    setup = "test ! -e $VIRTUAL_ENV/busy && touch $VIRTUAL_ENV/busy && sleep 0.5 && rm $VIRTUAL_ENV/busy"

    def prepare(_number):
        with GitRepository(project.root).fresh("HEAD") as checkout:
            return DvcRunner(project.root, home).prepare(checkout.path, setup)

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(prepare, range(3))) == [None, None, None]
    assert len(list((home / "environments").glob("*/.modelbot-ready"))) == 1


def test_a_place_where_no_environment_can_be_made_is_unavailable(project, home):
    home.write_text("a file")
    with (
        GitRepository(project.root).fresh("HEAD") as checkout,
        pytest.raises(UnavailableError, match="Could not make an environment"),
    ):
        DvcRunner(project.root, home).prepare(checkout.path, "true")


def test_what_is_kept_inside_the_work_tree_is_not_seen_by_git(project):
    (project.root / ".gitignore").unlink()
    project.commit()
    runner = DvcRunner(project.root, project.root / ".modelbot" / "cache")
    with GitRepository(project.root).fresh("HEAD") as checkout:
        assert runner.prepare(checkout.path, "true") is None
    assert (project.root / ".modelbot" / "cache" / "environments").is_dir()
    assert project.git("status", "--porcelain") == ""
