"""Bodies of files and directories."""

from __future__ import annotations

from urllib.parse import quote

from bot.localhost.github.hub import Hub
from bot.localhost.github.model import Repository
from bot.localhost.github.store import TreeEntry
from bot.localhost.github.values import JsonObject

_TYPES = {"blob": "file", "tree": "dir", "commit": "submodule"}
_GIT_KINDS = {"file": "blobs", "dir": "trees", "submodule": "trees", "symlink": "blobs"}


def directory_body(hub: Hub, repo: Repository, sha: str, path: str) -> list[JsonObject]:
    """A `content-directory`."""
    below = f"{path}/" if path else ""
    return [
        _entry(hub, repo, sha, below + entry.path, entry.sha, _kind(entry), entry.size or 0)
        for entry in repo.store.tree(sha, path=below)
    ]


def _kind(entry: TreeEntry) -> str:
    return "symlink" if entry.mode == "120000" else _TYPES[entry.type]


def file_content_body(
    hub: Hub, repo: Repository, sha: str, path: str, object_id: str, size: int, encoded: str
) -> JsonObject:
    """A `content-file`."""
    return {**_entry(hub, repo, sha, path, object_id, "file", size), "content": encoded, "encoding": "base64"}


def _entry(
    hub: Hub, repo: Repository, sha: str, path: str, object_id: str, kind: str, size: int
) -> JsonObject:
    api, page = f"{hub.api_url}/repos/{repo.full_name}", f"{hub.url}/{repo.full_name}"
    own = f"{api}/contents/{quote(path)}?ref={sha}"
    git = f"{api}/git/{_GIT_KINDS[kind]}/{object_id}"
    html = f"{page}/{'tree' if kind == 'dir' else 'blob'}/{sha}/{quote(path)}"
    return {
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": object_id,
        "size": size,
        "type": kind,
        "url": own,
        "git_url": git,
        "html_url": html,
        "download_url": f"{page}/raw/{sha}/{quote(path)}" if kind == "file" else None,
        "_links": {"self": own, "git": git, "html": html},
    }
