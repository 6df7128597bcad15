"""A person of the demo: a clone, an editor, and GitHub's buttons, all through Git and the API."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git import token_header
from bot.adapters.process import git_environment
from bot.errors import UnavailableError


@dataclass(frozen=True, slots=True)
class Refusal:
    """GitHub did not do it: its status and words."""

    status: int
    words: str


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with an account. `home` is where their clone is."""

    login: str
    token: str
    email: str
    url: str
    api_url: str
    home: Path

    def clone(self, repository: str) -> Path:
        """Their clone, at main as it is on GitHub now."""
        if not self.home.exists():
            self.home.parent.mkdir(parents=True, exist_ok=True)
            self.git(self.home.parent, "clone", "--quiet", f"{self.url}/{repository}.git", str(self.home))
        self.git(self.home, "fetch", "--quiet", "origin")
        if self.git(self.home, "branch", "--remotes", "--list", "origin/main"):
            self.git(self.home, "checkout", "--quiet", "-B", "main", "origin/main")
        return self.home

    def push(self, repository: str, branch: str, message: str, edit: Callable[[Path], None]) -> str:
        """Branch off main, edit, commit and push; answers the sha."""
        clone = self.clone(repository)
        self.git(clone, "checkout", "--quiet", "-B", branch)
        edit(clone)
        return self.publish(branch, message)

    def publish(self, branch: str, message: str) -> str:
        """Commit everything in the clone and push it; answers the sha."""
        self.git(self.home, "add", "--all")
        self.git(self.home, "commit", "--quiet", "--message", message)
        self.git(self.home, "push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        return self.git(self.home, "rev-parse", "HEAD")

    def open_pull_request(self, repository: str, branch: str, title: str, body: str) -> int:
        """Open a pull request to main; answers its number."""
        from github import Auth, Github

        with Github(auth=Auth.Token(self.token), base_url=self.api_url) as hub:
            return (
                hub.get_repo(repository).create_pull(base="main", head=branch, title=title, body=body).number
            )

    def approve(self, repository: str, number: int, words: str) -> None:
        """Approve a pull request."""
        from github import Auth, Github

        with Github(auth=Auth.Token(self.token), base_url=self.api_url) as hub:
            hub.get_repo(repository).get_pull(number).create_review(body=words, event="APPROVE")

    def merge(self, repository: str, number: int) -> str | Refusal:
        """Press the merge button; answers the merge's sha, or GitHub's refusal."""
        from github import Auth, Github, GithubException

        with Github(auth=Auth.Token(self.token), base_url=self.api_url) as hub:
            try:
                return hub.get_repo(repository).get_pull(number).merge().sha
            except GithubException as error:
                return Refusal(error.status, str(error.message))

    def git(self, folder: Path, *arguments: str) -> str:
        """Run Git as this person; raises UnavailableError with its words when it fails."""
        who = {"GIT_AUTHOR_NAME": self.login, "GIT_AUTHOR_EMAIL": self.email}
        who |= {"GIT_COMMITTER_NAME": self.login, "GIT_COMMITTER_EMAIL": self.email}
        outcome = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=git_environment(token_header(self.token)) | who | {"HOME": os.devnull},
            capture_output=True,
            text=True,
            check=False,
        )
        if outcome.returncode:
            raise UnavailableError(f"git {arguments[0]} as {self.login}: {outcome.stderr.strip()}")
        return outcome.stdout.strip()
