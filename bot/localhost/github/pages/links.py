"""Where links lead: the same addresses over HTTP, file names when the pages are written to a folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

from bot.localhost.github.hub import Hub
from bot.localhost.github.model import Repository

_IMAGE = re.compile(
    r"/(?P<name>[\w.-]+/[\w.-]+)/(?:blob|raw)/(?P<sha>[0-9a-f]{40})/(?P<path>.+\.(?:png|jpe?g|gif))$"
)


class Targets(Protocol):
    """Turns a path of this site into what an `href` or `src` says."""

    def page(self, path: str) -> str | None:
        """The address of a page, or None when it cannot be opened."""

    def image(self, path: str, content: bytes) -> str:
        """The address of an image of a repository."""


class LiveTargets:
    """Over HTTP every path is its own address."""

    def page(self, path: str) -> str | None:
        """The path itself."""
        return path

    def image(self, path: str, content: bytes) -> str:
        """The path of its bytes."""
        del content
        return path.replace("/blob/", "/raw/", 1)


class FileTargets:
    """File names, and a note of every page and image that was asked for."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.wanted: list[str] = []
        self.images: dict[str, bytes] = {}
        self._fixed = dict(names)

    def page(self, path: str) -> str | None:
        """The page's file name; it will be written."""
        plain, hash_mark, fragment = path.partition("#")
        if plain not in self.wanted:
            self.wanted.append(plain)
        return self.name(plain) + hash_mark + fragment

    def image(self, path: str, content: bytes) -> str:
        """The image's file name; it will be written."""
        name = f"images/{hashlib.sha256(content).hexdigest()[:16]}.{path.rsplit('.', 1)[-1]}"
        self.images[name] = content
        return name

    def name(self, path: str) -> str:
        """The file name of a page: readable, and different for different paths."""
        if path in self._fixed:
            return self._fixed[path]
        plain = re.sub(r"[0-9a-f]{40}", lambda match: match[0][:10], path.strip("/"))
        slug = re.sub(r"[^\w.-]+", "-", plain).strip("-.")[:80] or "index"
        taken = {name for other, name in self._fixed.items() if other != path}
        name = f"{slug}.html"
        if name in taken:
            name = f"{slug}-{hashlib.sha256(path.encode()).hexdigest()[:6]}.html"
        self._fixed[path] = name
        return name


class Addresses:
    """How addresses in one repository's texts become addresses of its pages."""

    def __init__(self, hub: Hub, repo: Repository, targets: Targets) -> None:
        self._hub, self._repo, self._targets = hub, repo, targets

    def link(self, address: str) -> str | None:
        """Pages of this site by their own rules; everything else as it stands."""
        local = address.removeprefix(self._hub.url) if address.startswith(self._hub.url + "/") else None
        if local is None:
            return address if not address.startswith("/") else self._targets.page(address)
        return self._targets.page(local.split("?", 1)[0])

    def image(self, address: str) -> str | None:
        """Only images kept in a repository here: a page makes no request to anybody else."""
        parts = urlsplit(address)
        match = _IMAGE.match(unquote(parts.path))
        if not match or not address.startswith(self._hub.url + "/"):
            return None
        repo = self._hub.repositories.get(match["name"])
        blob = repo.store.object_at(match["sha"], match["path"]) if repo and repo.public else None
        return self._targets.image(parts.path, repo.store.blob(blob)) if repo and blob else None

    def mention(self, login: str) -> str | None:
        """A place for accounts that exist."""
        return f"#{login}" if login in self._hub.users else None

    def reference(self, full_name: str, number: int) -> str | None:
        """The pull request of that number."""
        repo = self._hub.repositories.get(full_name) if full_name else self._repo
        issue = repo.issues.get(number) if repo else None
        return (
            self._targets.page(f"/{repo.full_name}/pull/{number}") if repo and issue and issue.pull else None
        )


def blob_path(repo: Repository, revision: str, path: str) -> str:
    """The path of a file's page."""
    return f"/{repo.full_name}/blob/{revision}/{quote(path)}"
