"""The workflows and the action under the linters that people use for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_zizmor_as_auditor_finds_nothing_and_one_finding_is_ignored_with_its_reason():
    done = run(str(BIN / "zizmor"), "--offline", "--persona", "auditor", ".github", "action.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout
    ignores = [
        line
        for path in (*(ROOT / ".github").rglob("*.yml"), ROOT / "action.yml")
        for line in path.read_text().splitlines()
        if "zizmor: ignore" in line
    ]
    assert len(ignores) == 1
    assert "dangerous-triggers" in ignores[0]
    assert len(ignores[0].split("]", 1)[1].split()) > 5, "an ignore says why"


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("vendor.github-workflows", ".github/workflows/*.yml"),
        ("vendor.github-actions", "action.yml"),
        ("vendor.dependabot", ".github/dependabot.yml"),
    ],
)
def test_the_published_schemas_accept_them(schema, pattern):
    files = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(pattern))
    assert files
    done = run(str(BIN / "check-jsonschema"), "--builtin-schema", schema, *files)
    assert done.returncode == 0, done.stdout + done.stderr
