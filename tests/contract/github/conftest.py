"""GitHub on localhost with people, a repository and a pull request; every exchange is checked at the end."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.localhost.github.conformance import Conformance
from bot.localhost.github.server import LocalGitHub

DESCRIPTION = Path(__file__).parent / "rest-openapi-subset.json"
REPO = "acme/flights"
BEYOND = (
    "GET /repos/{owner}/{repo}/issues/comments/{comment_id}",
    "GET /repos/{owner}/{repo}/actions/runs",
    "GET /repos/{owner}/{repo}/statuses/{ref}",
)


@dataclass
class Forge:
    """The server, people's tokens, and the two clients a test needs: PyGithub and Git."""

    hub: LocalGitHub
    conformance: Conformance
    tokens: dict[str, str]
    clones: Path

    def client(self, who: str) -> Any:
        import github

        return github.Github(
            auth=github.Auth.Token(self.tokens.get(who, who)),
            base_url=self.hub.api_url,
            per_page=100,
            seconds_between_requests=0,
            seconds_between_writes=0,
            retry=None,
            lazy=True,
        )

    def repo(self, who: str, full_name: str = REPO) -> Any:
        return self.client(who).get_repo(full_name)

    def workflow(self, **permissions: str) -> str:
        """A GITHUB_TOKEN; keyword names are permissions."""
        return self.hub.mint_token(REPO, permissions)

    def remote(self, who: str, full_name: str = REPO) -> str:
        token = self.tokens.get(who, who)
        return f"{self.hub.url.replace('http://', f'http://x-access-token:{token}@')}/{full_name}.git"

    def git(self, clone: Path, *args: str) -> subprocess.CompletedProcess[str]:
        who = {"GIT_AUTHOR_NAME": "ada", "GIT_AUTHOR_EMAIL": self.hub.email("ada")}
        committer = {"GIT_COMMITTER_NAME": "ada", "GIT_COMMITTER_EMAIL": self.hub.email("ada")}
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
        env = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.clones),
            **quiet,
            **who,
            **committer,
        }
        return subprocess.run(
            ("git", *args), cwd=clone, env=env, capture_output=True, text=True, check=False, timeout=60
        )

    def ok(self, clone: Path, *args: str) -> str:
        done = self.git(clone, *args)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def clone(self, who: str, full_name: str = REPO) -> Path:
        target = self.clones / f"{who}-{len(list(self.clones.iterdir()))}"
        self.ok(self.clones, "clone", "--quiet", self.remote(who, full_name), str(target))
        return target

    def commit(self, clone: Path, message: str, **files: str) -> str:
        """Write files (`__` is a dot in their names) and commit them; gives the commit."""
        for name, content in files.items():
            (clone / name.replace("__", ".")).write_text(content)
        self.ok(clone, "add", "--all")
        self.ok(clone, "commit", "--quiet", "--message", message)
        return self.ok(clone, "rev-parse", "HEAD")

    def topic(self, who: str, branch: str, **files: str) -> Path:
        """A clone with one commit on a new branch from main, pushed."""
        clone = self.clone(who)
        self.ok(clone, "checkout", "--quiet", "-b", branch)
        self.commit(clone, f"Work on {branch}", **files)
        self.ok(clone, "push", "--quiet", "origin", branch)
        return clone


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    """Ada administers, Bob and Cy write, Rea reads, Mallory is a stranger. Main has one commit."""
    conformance = Conformance(DESCRIPTION, BEYOND)
    (tmp_path / "clones").mkdir()
    with LocalGitHub(tmp_path / "hub", observe=conformance) as hub:
        tokens = {login: hub.add_user(login) for login in ("ada", "bob", "cy", "rea", "mallory")}
        hub.add_repository(REPO, admins=("ada",))
        for login, role in (("bob", "write"), ("cy", "write"), ("rea", "read")):
            hub.grant(REPO, login, role)
        made = Forge(hub, conformance, tokens, tmp_path / "clones")
        clone = made.clone("ada")
        made.commit(clone, "First", params__yaml="rate: 1\n", dvc__lock="schema: '2.0'\n")
        made.ok(clone, "push", "--quiet", "origin", "HEAD:main")
        yield made
    assert [str(breach) for breach in conformance.breaches] == []


@pytest.fixture
def refused() -> Callable[[Callable[[], object]], tuple[int, str, dict[str, str]]]:
    """Run an act that GitHub must refuse; gives status, message and headers."""
    from github import GithubException

    def run(act: Callable[[], object]) -> tuple[int, str, dict[str, str]]:
        with pytest.raises(GithubException) as caught:
            act()
        error = caught.value
        return error.status, str((error.data or {}).get("message", "")), dict(error.headers or {})

    return run
