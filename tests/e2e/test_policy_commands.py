"""`modelbot lint` and `modelbot explain`, as their author types them."""

# ruff: noqa: E501 -- tables of exact messages

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

TOP = "version: 1\nmodel: tiny\nartifact: model\n"
POLICY = f"""{TOP}metrics:
  auc: {{better: higher, min: 0.7, max_regression: 0.01}}
  loss: {{better: lower, max: 1}}
"""
DVC_YAML = """\
stages:
  train:
    cmd: sh train.sh
    deps: [train.sh]
    outs: [model]
    metrics: [{metrics.json: {cache: false}}]
"""


@dataclass(frozen=True)
class Checkout:
    root: Path

    def write(self, name: str, data: str | bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=mona", "-c", "user.email=mona@localhost")
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.root, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def measure(self, auc: float) -> None:
        """What a run of the pipeline leaves: the metrics and the lock that names them."""
        metrics = json.dumps({"auc": auc, "loss": 0.5})
        self.write("metrics.json", metrics)
        locked = [("metrics.json", metrics), ("model", f"model {auc}")]
        self.write("train.sh", f"echo {auc}\n")
        outs = "".join(
            f"    - {{path: {path}, hash: md5, md5: {md5(text)}, size: 3}}\n" for path, text in locked
        )
        deps = f"    - {{path: train.sh, hash: md5, md5: {md5(f'echo {auc}{chr(10)}')}, size: 9}}\n"
        self.write(
            "dvc.lock",
            f"schema: '2.0'\nstages:\n  train:\n    cmd: sh train.sh\n    deps:\n{deps}    outs:\n{outs}",
        )

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")
        return self.git("rev-parse", "HEAD")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command; it leaves every file as it was."""
        before = self.git("status", "--porcelain")
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.root,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.root.parent),
                "NO_COLOR": "1",
                "LANG": "C.UTF-8",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert self.git("status", "--porcelain") == before
        return done


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A repository whose main measured an AUC of 0.80, and a work tree in which a run found 0.75."""
    made = Checkout(tmp_path / "work")
    made.root.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    made.write(".dvc/config", "")
    made.write("dvc.yaml", DVC_YAML)
    made.write("policies/tiny.yaml", POLICY)
    made.measure(0.80)
    made.commit()
    made.measure(0.75)
    return made


def in_days(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days)).isoformat()


def waiver(rule: str = "metrics.auc.min", days: int = 30) -> str:
    return f'waivers: [{{rule: {rule}, reason: r, by: "@ana", until: {in_days(days)}}}]\n'


class TestLint:
    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ("", "policies/tiny.yaml: the file is empty"),
            (POLICY + "#" * 1_000_000, f"policies/tiny.yaml: the file has {len(POLICY) + 1_000_000:,} bytes, and at most 262,144 are read; make it smaller"),
            (b"\xff\xfe" + POLICY.encode("utf-16-le"), "policies/tiny.yaml:1:1: the file is not UTF-8 text: byte 0xff cannot be read; save it as UTF-8"),
            (POLICY.replace("tiny", "tïny").encode("latin-1"), "policies/tiny.yaml:2:9: the file is not UTF-8 text: byte 0xef cannot be read; save it as UTF-8"),
            (POLICY.replace("  loss", "\tloss"), "policies/tiny.yaml:6:1: broken YAML: a tab stands where YAML wants spaces; indent with spaces"),
            (POLICY + "---\n" + POLICY, "policies/tiny.yaml:7:1: a second document starts here; one file holds one document"),
            (POLICY + "compare: &c {confidence: 95%}\n", "policies/tiny.yaml:7:10: compare: anchors (&c) are not read here; write the value out"),
            (POLICY + "compare: *c\n", "policies/tiny.yaml:7:10: compare: aliases (*c) are not read here; write the value out"),
            (POLICY + waiver("metrics.auc.mim"), "policies/tiny.yaml:7:12: waivers[0].rule: no rule of this policy is called metrics.auc.mim; did you mean metrics.auc.min?"),
        ],
        ids=["empty", "a megabyte", "UTF-16", "Latin-1", "tab", "two documents", "anchor", "alias", "waiver of no rule"],
    )  # fmt: skip
    def test_one_thing_that_is_wrong_is_one_sentence_with_its_place_and_the_remedy(
        self, checkout: Checkout, data: str | bytes, said: str
    ) -> None:
        checkout.write("policies/tiny.yaml", data)
        answer = checkout.run("lint")
        assert (answer.returncode, answer.stdout) == (2, "")
        told = [line for line in answer.stderr.splitlines() if not line.startswith("    ")]
        assert told == [f"modelbot: {said}"]

    def test_a_waiver_that_ends_too_late_is_told_the_last_day_that_would_do(self, checkout: Checkout) -> None:
        checkout.write("policies/tiny.yaml", POLICY + waiver(days=400))
        days = {in_days(180)}
        answer = checkout.run("lint")
        days.add(in_days(180))
        assert answer.returncode == 2
        said = "policies/tiny.yaml:7:58: waivers[0].until: a waiver ends at most 180 days ahead: "
        assert any(f"{said}{day} at the latest" in answer.stderr for day in days)

    @pytest.mark.parametrize("name", ["policies/tiny.yml", "policies/TINY.YAML"])
    def test_a_file_that_is_meant_as_a_policy_is_not_passed_over(self, checkout: Checkout, name: str) -> None:
        checkout.git("rm", "--quiet", "policies/tiny.yaml")
        checkout.write(name, POLICY)
        answer = checkout.run("lint")
        assert answer.returncode == 2
        assert f"{name}: a policy file ends in .yaml; rename it to" in answer.stderr

    def test_what_is_no_policy_is_left_alone(self, checkout: Checkout) -> None:
        checkout.write("policies/README.md", "words")
        checkout.write("policies/old.yaml/tiny.yaml", "broken: [")
        answer = checkout.run("lint")
        assert (answer.returncode, answer.stdout) == (0, "policies/tiny.yaml: ok\n")

    def test_a_waiver_that_is_over_is_no_error_of_the_file(self, checkout: Checkout) -> None:
        checkout.write("policies/tiny.yaml", POLICY + waiver(days=-1))
        assert checkout.run("lint").returncode == 0


RULE = "metrics.auc.max_regression"


def waiver_ends() -> str:
    return f"    until: {in_days(30)}  # {in_days(180)} at the latest"


def section(lines: list[str], title: str) -> list[str]:
    """The indented lines below a title."""
    below = lines[lines.index(title) + 1 :]
    end = next((at for at, line in enumerate(below) if not line.startswith(" ")), len(below))
    return [line.strip() for line in below[:end]]


class TestExplain:
    def test_a_rule_is_told_with_its_place_its_numbers_now_and_its_waiver(self, checkout: Checkout) -> None:
        base, ends = checkout.git("rev-parse", "main"), {waiver_ends()}
        answer = checkout.run("explain", RULE)
        ends.add(waiver_ends())
        assert (answer.returncode, answer.stderr) == (0, "")
        lines = answer.stdout.splitlines()
        assert lines[0] == f"{RULE} of tiny, written at policies/tiny.yaml:5"
        assert lines[1] == "    auc may be lower than main's by at most 0.01."
        assert section(lines, f"Now, the work tree compared with {base[:7]}:") == [
            "fail: auc is 0.05 lower (limit 0.01)",
            "main 0.8, here 0.75, better by -0.05, limit 0.01",
        ]
        assert f"  - rule: {RULE}" in lines
        assert ends & set(lines)

    def test_the_waiver_that_it_prints_can_be_pasted_and_lint_takes_it(self, checkout: Checkout) -> None:
        lines = checkout.run("explain", RULE).stdout.splitlines()
        start = lines.index("waivers:")
        checkout.write("policies/tiny.yaml", POLICY + "\n".join(lines[start : start + 5]) + "\n")
        assert checkout.run("lint").stdout == "policies/tiny.yaml: ok\n"
        assert "Waived until" in checkout.run("explain", RULE).stdout

    def test_another_base_is_compared_with_when_it_is_named(self, checkout: Checkout) -> None:
        first = checkout.git("rev-parse", "HEAD")
        checkout.commit()
        assert "    pass: auc is unchanged (limit 0.01)" in checkout.run("explain", RULE).stdout.splitlines()
        answer = checkout.run("explain", RULE, "--base", "HEAD~1")
        assert f"Now, the work tree compared with {first[:7]}:" in answer.stdout.splitlines()
        assert "    fail: auc is 0.05 lower (limit 0.01)" in answer.stdout.splitlines()

    def test_a_base_that_is_not_there_is_exit_2_and_named(self, checkout: Checkout) -> None:
        answer = checkout.run("explain", RULE, "--base", "relese")
        assert (answer.returncode, answer.stdout) == (2, "")
        assert "There is no revision 'relese'" in answer.stderr

    @pytest.mark.parametrize("flags", [(), ("--json",)])
    def test_a_rule_that_there_is_not_is_exit_2_with_the_nearest_and_all(
        self, checkout: Checkout, flags: tuple[str, ...]
    ) -> None:
        answer = checkout.run("explain", "metrics.auc.max_regresion", *flags)
        assert (answer.returncode, answer.stdout) == (2, "")
        assert answer.stderr.splitlines() == [
            f"modelbot: No rule is called metrics.auc.max_regresion. Did you mean {RULE}?",
            "These rules are there:",
            "    metrics.auc.min",
            "    metrics.loss.max",
            f"    {RULE}",
        ]

    def test_a_program_gets_the_same_as_json(self, checkout: Checkout) -> None:
        base = checkout.git("rev-parse", "main")
        answer = checkout.run("explain", RULE, "--json")
        assert (answer.returncode, answer.stderr) == (0, "")
        found = json.loads(answer.stdout)
        (rule,) = found["rules"]
        assert (rule["rule"], rule["model"], rule["file"], rule["line"]) == (
            RULE,
            "tiny",
            "policies/tiny.yaml",
            5,
        )
        assert rule["now"]["base"] == base
        (result,) = rule["now"]["results"]
        assert (result["status"], result["base"], result["candidate"]) == ("fail", 0.8, 0.75)

    def test_without_a_rule_all_are_listed_and_a_program_gets_the_same_list(self, checkout: Checkout) -> None:
        listed = checkout.run("explain").stdout.splitlines()
        assert listed[0] == "metrics.auc.min  (policies/tiny.yaml:5)"
        assert listed[-1] == "`modelbot explain RULE` says more about one of them."
        rules = [line.split("  (")[0] for line in listed if line.endswith(")")]
        told = json.loads(checkout.run("explain", "--json").stdout)["rules"]
        assert [one["rule"] for one in told] == rules == ["metrics.auc.min", "metrics.loss.max", RULE]

    def test_a_wrong_policy_is_exit_2_at_its_place(self, checkout: Checkout) -> None:
        checkout.write("policies/tiny.yaml", POLICY + "colour: red\n")
        answer = checkout.run("explain", RULE)
        assert (answer.returncode, answer.stdout) == (2, "")
        assert "policies/tiny.yaml:7:1: colour: unknown key" in answer.stderr
