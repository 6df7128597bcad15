"""What bad input gets from the command line: a sentence that names what and where, the right exit code,
and a work tree, branches and a champion that are as they were.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

DVC_YAML = """\
stages:
  train:
    cmd: sh train.sh
    deps: [train.sh]
    params: [auc]
    outs: [model]
    metrics:
      - metrics.json: {cache: false}
artifacts:
  tiny: {path: model, type: model}
"""
TRAIN = """\
set -e
auc=$(sed -n 's/^auc: //p' params.yaml)
mkdir -p model
echo "weights $auc" > model/weights
echo "{\\"auc\\": $auc}" > metrics.json
"""
POLICY = """\
version: 1
model: tiny
artifact: model
metrics:
  auc: {better: higher, min: 0.7}
"""
# Every program that the bot starts and every package it imports, written down by the interpreter itself.
TRIPWIRE = """\
import os, sys
def heard(event, arguments):
    if event == "subprocess.Popen":
        line = " ".join(map(os.fsdecode, arguments[1]))
    elif event == "import" and "." not in arguments[0]:
        line = "import " + arguments[0]
    else:
        return
    log = os.open(os.environ["TRIPWIRE"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(log, (line + "\\n").encode())
    os.close(log)
sys.addaudithook(heard)
"""


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything that was printed, on one line: the terminal's line breaks are not ours."""
        return " ".join(f"{self.out}\n{self.err}".split())


@dataclass(frozen=True)
class Tiny:
    """A checkout with a pipeline of shell commands, its origin and its DVC remote."""

    root: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        return self.root / "work"

    def given(self, **settings: str) -> Tiny:
        return replace(self, settings=self.settings | settings)

    def write(self, name: str, text: str) -> None:
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def git(self, *arguments: str) -> str:
        return git(self.work, *arguments)

    def publish(self) -> None:
        """Everything becomes main, here and at origin."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")
        self.git("push", "--quiet", "origin", "HEAD:main")
        self.git("fetch", "--quiet", "origin")

    def run(self, *arguments: str) -> Answer:
        """Run the command; whatever it answers, it left the person's files and every branch alone."""
        before = self.state()
        outcome = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.work,
            env=clean_environment(self.root) | self.settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert self.state() == before
        return Answer(outcome.returncode, outcome.stdout, outcome.stderr)

    def state(self) -> tuple[object, ...]:
        """Every file of the work tree (without what tools keep for themselves), every ref, every branch of
        origin.
        """
        own = {".git", ".modelbot", "bundle", "objects"}
        files = tuple(
            (path.relative_to(self.work).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
            for path in sorted(self.work.rglob("*"))
            if path.is_file() and not own & set(path.relative_to(self.work).parts) and not kept_by_dvc(path)
        )
        return files, self.refs(self.work), self.refs(self.root / "origin.git")

    @staticmethod
    def refs(where: Path) -> str:
        if not where.exists():
            return ""
        listed = subprocess.run(
            ["git", "for-each-ref"], cwd=where, capture_output=True, text=True, check=False
        )
        return listed.stdout


def kept_by_dvc(path: Path) -> bool:
    return ".dvc" in path.parts and path.name not in {"config", "config.local", ".gitignore"}


def clean_environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "NO_COLOR": "1", "LANG": "C.UTF-8"}


def git(where: Path, *arguments: str) -> str:
    who = {
        f"GIT_{role}_{part}": "mona@localhost"
        for role in ("AUTHOR", "COMMITTER")
        for part in ("NAME", "EMAIL")
    }
    outcome = subprocess.run(
        ["git", *arguments],
        cwd=where,
        env=clean_environment(where) | who,
        capture_output=True,
        text=True,
        check=True,
    )
    return outcome.stdout.strip()


def dvc(where: Path, *arguments: str) -> None:
    settings = clean_environment(where.parent) | {"DVC_NO_ANALYTICS": "1"}
    subprocess.run([sys.executable, "-m", "dvc", *arguments, "--quiet"], cwd=where, env=settings, check=True)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    made = Tiny(tmp_path_factory.mktemp("tiny"))
    git(made.root, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(made.root, "init", "--quiet", "--initial-branch=main", "work")
    dvc(made.work, "init")
    dvc(made.work, "remote", "add", "--default", "storage", "../storage")
    for name, text in {
        "dvc.yaml": DVC_YAML,
        "params.yaml": "auc: 0.8\n",
        "train.sh": TRAIN,
        "policies/tiny.yaml": POLICY,
        "README.md": "Tiny.\n",
        ".git/info/exclude": ".modelbot/\nbundle/\nobjects/\n",
    }.items():
        made.write(name, text)
    dvc(made.work, "repro")
    dvc(made.work, "push")
    made.git("remote", "add", "origin", str(made.root / "origin.git"))
    made.publish()
    return made


@pytest.fixture
def tiny(template: Tiny, tmp_path: Path) -> Tiny:
    """A copy of the template, for this test alone."""
    root = tmp_path / "tiny"
    shutil.copytree(template.root, root, symlinks=True)
    git(root / "work", "remote", "set-url", "origin", str(root / "origin.git"))
    return Tiny(root)


@pytest.fixture
def changed(tiny: Tiny) -> Tiny:
    """A work tree whose only change is a parameter."""
    tiny.write("params.yaml", "auc: 0.9\n")
    return tiny


class TestPolicy:
    @pytest.mark.parametrize(
        ("addition", "where", "what"),
        [
            ("colour: red\n", "policies/tiny.yaml:6:1", "colour: unknown key"),
            ("promotion: [\n", "policies/tiny.yaml:7:1", "broken YAML"),
            ("approvals: {required: many}\n", "policies/tiny.yaml:6:", "approvals"),
            ("metrics: {}\n", "policies/tiny.yaml:6:1", "metrics"),
        ],
    )
    @pytest.mark.parametrize("command", ["lint", "check"])
    def test_a_wrong_policy_is_exit_2_with_file_line_and_column(
        self, changed: Tiny, command: str, addition: str, where: str, what: str
    ) -> None:
        changed.write("policies/tiny.yaml", POLICY + addition)
        changed.git("stash", "push", "--quiet", "params.yaml")
        changed.publish()
        changed.git("stash", "pop", "--quiet")
        answer = changed.run(command)
        assert answer.code == 2
        assert where in answer.said
        assert what in answer.said
        assert "Running stage" not in answer.said

    def test_without_a_policy_on_base_the_report_is_a_difference_and_no_verdict(self, tiny: Tiny) -> None:
        shutil.rmtree(tiny.work / "policies")
        tiny.publish()
        tiny.write("params.yaml", "auc: 0.9\n")
        answer = tiny.run("check")
        assert answer.code == 0
        assert "0.8000" in answer.said
        assert "0.9000" in answer.said
        assert "+0.1000" in answer.said
        assert "rule" not in answer.out.splitlines()[1]
        assert "ready to merge" not in answer.said

    def test_a_policy_of_a_model_that_no_stage_writes_names_policy_and_model(self, tiny: Tiny) -> None:
        tiny.write("policies/tiny.yaml", POLICY.replace("artifact: model", "artifact: models/nowhere"))
        tiny.publish()
        tiny.write("params.yaml", "auc: 0.9\n")
        answer = tiny.run("check")
        assert answer.code == 5
        assert "policies/tiny.yaml names the model 'models/nowhere', and no stage" in answer.said


class TestRepository:
    @pytest.mark.parametrize(
        "command",
        [
            ("check",),
            ("impact",),
            ("reproduce", "--bundle", "bundle"),
            ("promote",),
            ("promote", "--dry-run"),
        ],
    )
    def test_what_is_no_dvc_repository_is_exit_2_with_the_remedy(
        self, tmp_path: Path, command: tuple[str, ...]
    ) -> None:
        plain = Tiny(tmp_path)
        git(plain.root, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
        git(plain.root, "init", "--quiet", "--initial-branch=main", "work")
        plain.git("remote", "add", "origin", str(plain.root / "origin.git"))
        plain.write("README.md", "No pipeline here.\n")
        plain.publish()
        plain.write("README.md", "Nor here.\n")
        answer = plain.run(*command)
        assert answer.code == 2
        assert "This is not a DVC repository" in answer.err
        assert "dvc init" in answer.err

    @pytest.mark.parametrize("command", ["check", "impact", "status", "history", "lint"])
    def test_what_is_no_git_repository_is_exit_2(self, tmp_path: Path, command: str) -> None:
        (tmp_path / "work").mkdir()
        answer = Tiny(tmp_path).run(command)
        assert answer.code == 2
        assert f"{tmp_path / 'work'} is not inside a Git work tree" in answer.err
        assert "Run modelbot in your checkout" in answer.err

    @pytest.mark.parametrize("command", [("check",), ("impact",), ("reproduce", "--bundle", "bundle")])
    def test_a_base_that_does_not_exist_is_exit_2_and_named(
        self, tiny: Tiny, command: tuple[str, ...]
    ) -> None:
        answer = tiny.run(*command, "--base", "relese")
        assert answer.code == 2
        assert "There is no revision 'relese'" in answer.err
        assert "git fetch origin" in answer.err
        assert not (tiny.work / "bundle").exists()

    @pytest.mark.parametrize("command", [("check",), ("impact",), ("reproduce", "--bundle", "bundle")])
    def test_a_broken_dvc_yaml_is_exit_2_with_file_and_line(
        self, tiny: Tiny, command: tuple[str, ...]
    ) -> None:
        tiny.write("dvc.yaml", DVC_YAML + "plots: [\n")
        tiny.git("commit", "--quiet", "--all", "--message", "oops")
        answer = tiny.run(*command)
        assert answer.code == 2
        assert "dvc.yaml:11" in answer.said or "dvc.yaml:12" in answer.said


class TestStages:
    def test_a_stage_that_fails_is_exit_1_with_its_last_lines(self, tiny: Tiny) -> None:
        tiny.write("train.sh", TRAIN + "echo CUDA out of memory\nexit 7\n")
        answer = tiny.run("check")
        assert answer.code == 1
        assert "the pipeline fails in stage train" in answer.said
        assert "exit code 7" in answer.said
        assert "CUDA out of memory" in answer.out

    def test_the_bundle_of_a_stage_that_fails_says_so_and_brings_no_file(self, tiny: Tiny) -> None:
        tiny.write("train.sh", TRAIN + "echo CUDA out of memory\nexit 7\n")
        tiny.git("commit", "--quiet", "--all", "--message", "oops")
        answer = tiny.run("reproduce", "--bundle", "bundle", "--objects", "objects")
        assert answer.code == 1
        statement = json.loads((tiny.work / "bundle" / "bundle.json").read_text())
        assert statement["outcome"] == "failed"
        assert statement["failure"]["exit_code"] == 7
        assert "CUDA out of memory" in statement["failure"]["log_tail"]
        assert [path.name for path in (tiny.work / "bundle").iterdir()] == ["bundle.json"]
        assert not (tiny.work / "objects").exists()

    def test_a_setup_command_that_fails_is_exit_1_with_its_last_lines(self, tiny: Tiny) -> None:
        setup = "pipeline: {setup: uv pip install --offline --no-index torhc}\n"
        tiny.write("policies/tiny.yaml", POLICY + setup)
        tiny.publish()
        tiny.write("params.yaml", "auc: 0.9\n")
        answer = tiny.run("check")
        assert answer.code == 1
        assert "torhc was not found" in answer.said
        assert "Running stage" not in answer.said

    def test_without_any_remote_a_person_can_check_again_and_again(self, changed: Tiny) -> None:
        dvc(changed.work, "remote", "remove", "storage")
        changed.git("commit", "--quiet", "--message", "No remote", ".dvc/config")
        for _ in range(2):
            answer = changed.run("check")
            assert answer.code == 0
            assert "ready to merge, the only rule passes" in answer.said

    def test_an_object_that_nobody_pushed_is_exit_5_and_named(self, tiny: Tiny) -> None:
        extra = DVC_YAML.replace(
            "artifacts:",
            "  last:\n    cmd: cp model/weights last\n    deps: [model]\n    outs: [last]\nartifacts:",
        )
        tiny.write("dvc.yaml", extra)
        shutil.rmtree(tiny.root / "storage")
        shutil.rmtree(tiny.work / ".dvc" / "cache")
        answer = tiny.run("check")
        assert answer.code == 5
        assert "could not evaluate" in answer.said
        assert "model" in answer.said
        assert "dvc push" in answer.said


class TestMetrics:
    @pytest.mark.parametrize(
        ("end", "code", "what"),
        [
            ("rm metrics.json", 5, "'metrics.json' does not exist"),
            ("ln -sf nowhere metrics.json", 5, "'metrics.json' is a symbolic link to 'nowhere'"),
            (": > metrics.json", 5, "metrics.json: the file is empty"),
            ("echo '{\"auc\": 0.9' > metrics.json", 5, "metrics.json: line"),
            ('echo \'{"auc": 0.9, "auc": 0.1}\' > metrics.json', 5, "auc: this key is here twice"),
            ("echo '{\"auc\": NaN}' > metrics.json", 1, "auc is NaN"),
            ("echo '{\"f1\": 0.9}' > metrics.json", 1, "auc is missing in the metrics files"),
            ('echo \'{"auc": "0.9"}\' > metrics.json', 5, "auc"),
            ("echo '[0.9]' > metrics.json", 5, "metrics.json"),
        ],
        ids=["missing", "dangling link", "empty", "cut off", "twice", "NaN", "key missing", "text", "list"],
    )
    def test_metrics_that_cannot_be_judged_are_never_a_pass(
        self, tiny: Tiny, end: str, code: int, what: str
    ) -> None:
        tiny.write("train.sh", TRAIN + end + "\n")
        answer = tiny.run("check")
        assert what in answer.said
        assert answer.code == code
        assert "ready to merge" not in answer.said


ODD = {
    "a file beside it": ("ln -s weights model/words", "'model/words' is a symbolic link to 'weights'"),
    "a file of the machine": (
        "ln -s /etc/passwd model/words",
        "'model/words' is a symbolic link to '/etc/passwd'",
    ),
    "a file above the checkout": (
        "echo hunter2 > ../secret; ln -s ../../secret model/words",
        "'model/words' is a symbolic link to '../../secret'",
    ),
    "a directory": ("ln -s ../policies model/rules", "'model/rules' is a symbolic link to '../policies'"),
    "deep inside": ("mkdir model/a; ln -s / model/a/b", "'model/a/b' is a symbolic link to '/'"),
    "the model itself": ("mv model real; ln -s real model", "'model' is a symbolic link to 'real'"),
    "a pipe": ("mkfifo model/pipe", "'model/pipe' is neither a file nor a directory"),
}


class TestModel:
    """DVC takes what is behind a link to a file and leaves out a link to a directory, and says neither."""

    @pytest.mark.parametrize(("end", "says"), ODD.values(), ids=ODD)
    def test_a_model_that_is_not_all_plain_files_is_exit_5_and_named(
        self, tiny: Tiny, end: str, says: str
    ) -> None:
        tiny.write("train.sh", f"{TRAIN}{end}\n")
        answer = tiny.run("check")
        assert f"Stage train wrote more than plain files: {says}." in answer.said
        assert "Let the stage write a copy of the file in its place." in answer.said
        assert answer.code == 5
        assert "ready to merge" not in answer.said

    def test_what_is_behind_a_link_is_in_neither_bundle_nor_objects_nor_cache(self, tiny: Tiny) -> None:
        (tiny.root / "secret").write_text("hunter2\n")
        tiny.write("train.sh", TRAIN + f"ln -s {tiny.root / 'secret'} model/words\n")
        tiny.git("commit", "--quiet", "--all", "--message", "oops")
        answer = tiny.run("reproduce", "--bundle", "bundle", "--objects", "objects")
        assert answer.code == 5
        statement = json.loads((tiny.work / "bundle" / "bundle.json").read_text())
        assert statement["outcome"] == "errored"
        assert "'model/words' is a symbolic link" in statement["error"]["what"]
        assert not (tiny.work / "objects").exists()
        kept = [path for path in (tiny.work / ".dvc").rglob("*") if path.is_file()]
        assert [path for path in kept if b"hunter2" in path.read_bytes()] == []

    def test_a_model_in_git_with_a_symbolic_link_is_exit_5_and_named(self, tiny: Tiny) -> None:
        tiny.write("dvc.yaml", DVC_YAML.replace("outs: [model]", "outs: [{model: {cache: false}}]"))
        tiny.write("train.sh", TRAIN + "ln -s /etc/passwd model/vocabulary\n")
        answer = tiny.run("check")
        assert answer.code == 5
        assert "'model/vocabulary' is a symbolic link to '/etc/passwd'" in answer.said
        assert "root:" not in answer.said

    def test_a_copy_in_its_place_is_judged(self, tiny: Tiny) -> None:
        tiny.write("train.sh", TRAIN + "cp /etc/passwd model/words\n")
        assert tiny.run("check").code == 0


class TestServers:
    def test_mlflow_that_does_not_answer_is_exit_4_without_its_credentials(self, tiny: Tiny) -> None:
        asked = tiny.given(MLFLOW_TRACKING_URI="http://mona:hunter2@127.0.0.1:1")
        answer = asked.run("promote")
        assert answer.code == 4
        assert "MLflow at http://127.0.0.1:1 did not" in answer.err
        assert "MLFLOW_TRACKING_URI" in answer.err
        assert "hunter2" not in answer.out + answer.err

    def test_github_that_does_not_answer_is_exit_4(self, reported: Tiny) -> None:
        answer = reported.given(GITHUB_API_URL="http://127.0.0.1:1", GITHUB_TOKEN="ghs_hunter2").run("report")
        assert answer.code == 4
        assert "GitHub" in answer.err
        assert "ghs_hunter2" not in answer.out + answer.err

    def test_an_origin_that_does_not_answer_is_exit_4_or_2_and_says_which_branch(self, tiny: Tiny) -> None:
        shutil.rmtree(tiny.root / "origin.git")
        answer = tiny.run("history")
        assert answer.code in {2, 4}
        assert "origin" in answer.err


@pytest.fixture
def reported(tiny: Tiny) -> Tiny:
    """The settings of a trusted job that reports, but for its token."""
    event = tiny.root / "event.json"
    event.write_text(json.dumps({"action": "completed", "workflow_run": {"id": 7}}))
    return tiny.given(
        CI="true",
        GITHUB_ACTIONS="true",
        GITHUB_REPOSITORY="acme/tiny",
        GITHUB_EVENT_NAME="workflow_run",
        GITHUB_EVENT_PATH=str(event),
        GITHUB_RUN_ID="8",
        GITHUB_RUN_ATTEMPT="1",
        GITHUB_API_URL="http://127.0.0.1:1",
        MODELBOT_DVC_REMOTE=str(tiny.root / "storage"),
    )


class TestSettings:
    def test_a_missing_token_is_exit_2_and_says_how_to_give_one(self, reported: Tiny) -> None:
        answer = reported.run("report")
        assert answer.code == 2
        assert "GITHUB_TOKEN is not set" in answer.err

    def test_a_missing_repository_is_exit_2(self, reported: Tiny) -> None:
        answer = reported.given(GITHUB_TOKEN="t", GITHUB_REPOSITORY="").run("report")
        assert answer.code == 2
        assert "GITHUB_REPOSITORY is not set" in answer.err

    def test_in_ci_a_missing_registry_is_exit_2_and_no_green_promotion(self, tiny: Tiny) -> None:
        answer = tiny.given(CI="true", MODELBOT_DVC_REMOTE=str(tiny.root / "storage")).run("promote")
        assert answer.code == 2
        assert "MLFLOW_TRACKING_URI is not set" in answer.err
        assert not (tiny.work / ".modelbot").exists()

    def test_in_ci_a_missing_remote_is_exit_2(self, reported: Tiny) -> None:
        settings = {"MODELBOT_DVC_REMOTE": "", "GITHUB_TOKEN": "t", "MLFLOW_TRACKING_URI": "sqlite:///m.db"}
        answer = reported.given(**settings).run("promote")
        assert answer.code == 2
        assert "MODELBOT_DVC_REMOTE is not set" in answer.err
        assert not (reported.work / "m.db").exists()

    def test_an_event_that_is_none_is_exit_2(self, reported: Tiny) -> None:
        (reported.root / "event.json").write_text('{"action": "completed"}')
        answer = reported.given(GITHUB_TOKEN="t").run("report")
        assert answer.code == 2
        assert "workflow_run" in answer.err

    def test_a_bug_of_ours_is_not_what_any_of_this_ends_in(self, tiny: Tiny) -> None:
        answer = tiny.given(GITHUB_RUN_ID="seven").run("reproduce", "--bundle", "bundle")
        assert answer.code == 2
        assert "GITHUB_RUN_ID is 'seven'" in answer.err


class TestDocsOnly:
    """A pull request that changes no stage starts Git and nothing else."""

    @pytest.fixture
    def documented(self, tiny: Tiny) -> Tiny:
        tiny.write("README.md", "Tiny, explained.\n")
        tiny.git("commit", "--quiet", "--all", "--message", "Explain")
        site = tiny.root / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(TRIPWIRE)
        return tiny.given(PYTHONPATH=str(site), TRIPWIRE=str(tiny.root / "heard"))

    @pytest.mark.parametrize(
        ("command", "says"),
        [
            (("impact",), "Nothing is out of date: no stage is affected."),
            (("reproduce", "--bundle", "bundle"), "Nothing is out of date: no stage was run."),
        ],
    )
    def test_neither_dvc_nor_mlflow_is_started(
        self, documented: Tiny, command: tuple[str, ...], says: str
    ) -> None:
        started = time.monotonic()
        answer = documented.run(*command)
        took = time.monotonic() - started
        assert (answer.code, answer.out.strip()) == (0, says)
        heard = (documented.root / "heard").read_text().splitlines()
        programs = {Path(line.split()[0]).name for line in heard if not line.startswith("import ")}
        packages = {line.removeprefix("import ") for line in heard if line.startswith("import ")}
        assert programs == {"git"}
        assert "bot" in packages
        assert not packages & {"dvc", "mlflow", "sklearn", "pandas", "pyarrow", "github"}
        assert took < 10, "under a second on a quiet machine, see `make bench`"

    def test_the_tripwire_hears_dvc_where_a_stage_runs(self, documented: Tiny) -> None:
        documented.write("params.yaml", "auc: 0.9\n")
        assert documented.run("check").code == 0
        heard = (documented.root / "heard").read_text().splitlines()
        assert any(".dvc_command repro " in f"{line} " for line in heard)
