"""A repository at GitHub on localhost with Actions on localhost beside it, and a person who pushes."""

from __future__ import annotations

import os
import subprocess
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from bot.localhost.actions.log import JobResult
from bot.localhost.actions.runner import LocalActions
from bot.localhost.github.server import LocalGitHub


@dataclass
class World:
    github: LocalGitHub
    actions: LocalActions
    root: Path
    tokens: dict[str, str] = field(default_factory=dict)
    name: str = "acme/flights"

    def git(self, directory: Path, *arguments: str) -> str:
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "ada"),
            **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "ada@example.org"),
        }  # fmt: skip
        done = subprocess.run(
            ("git", *arguments), cwd=directory, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def push(
        self, files: Mapping[str, str], branch: str = "main", who: str = "ada", repository: str = ""
    ) -> str:
        """Commit files on top of main and push them as one person; gives the commit."""
        repository = repository or self.name
        clone = self.root / f"clone-{len(list(self.root.glob('clone-*')))}"
        address = self.github.url.replace("://", f"://{who}:{self.tokens[who]}@")
        clone.mkdir()
        self.git(clone, "init", "-q", "-b", branch)
        self.git(clone, "remote", "add", "origin", f"{address}/{repository}.git")
        if self.git(clone, "ls-remote", "origin", "main"):
            self.git(clone, "fetch", "-q", "origin", "main")
            self.git(clone, "reset", "-q", "--hard", "FETCH_HEAD")
        for path, text in files.items():
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            (clone / path).write_text(textwrap.dedent(text))
        self.git(clone, "add", "-A")
        self.git(clone, "commit", "-q", "--allow-empty", "-m", "change")
        self.git(clone, "push", "-q", "origin", f"HEAD:refs/heads/{branch}")
        return self.git(clone, "rev-parse", "HEAD")

    def call(self, method: str, path: str, who: str = "ada", **options: object) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Accept": "application/vnd.github+json"}
        return requests.request(
            method, f"{self.github.api_url}{path}", headers=headers, timeout=20, **options
        )

    def open_pull(self, head: str, who: str = "ada") -> int:
        body = {"title": "A change", "head": head, "base": "main", "body": ""}
        answer = self.call("POST", f"/repos/{self.name}/pulls", who, json=body)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["number"])

    def settle(self) -> dict[str, JobResult]:
        """Every job that ended since the last time, by `workflow/job`."""
        return {f"{result.workflow}/{result.job}": result for result in self.actions.settle(60)}

    def run_of(self, run_id: int) -> Mapping[str, object]:
        answer = self.call("GET", f"/repos/{self.name}/actions/runs/{run_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    bot = tmp_path / "bot"
    (bot / "bin").mkdir(parents=True)
    program = bot / "bin" / "modelbot"
    program.write_text('#!/bin/bash\necho "modelbot $*"\n')
    program.chmod(0o755)
    with LocalGitHub(tmp_path / "github") as github:
        tokens = {login: github.add_user(login) for login in ("ada", "grace", "mallory")}
        github.add_repository("acme/flights", admins=("ada",))
        github.grant("acme/flights", "grace", "write")
        with LocalActions(
            github, tmp_path / "actions", bot_environment=bot, host_environment={"EXTRA": "given"}
        ) as actions:
            (tmp_path / "people").mkdir()
            yield World(github, actions, tmp_path / "people", tokens)
