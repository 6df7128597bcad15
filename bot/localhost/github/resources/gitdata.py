"""Git objects and references, and files written through the API."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from bot.localhost.github.bodies.commits import git_commit_body, ref_body, signature_of
from bot.localhost.github.bodies.contents import file_content_body
from bot.localhost.github.merging import may_bypass
from bot.localhost.github.movement import HEADS, Move, forge, move_ref, refused_push
from bot.localhost.github.store import ZERO, GitError, Signature
from bot.localhost.github.values import Json, JsonObject
from bot.localhost.github.wire import (
    Call,
    Refusal,
    Reply,
    Routes,
    flag_or,
    list_or,
    not_found,
    object_or,
    text,
    text_or,
)

routes = Routes()
GIT = "/repos/<owner>/<repo>/git"
CONTENTS_READ, CONTENTS_WRITE = "contents:read", "contents:write"


def guard(call: Call, move: Move) -> None:
    """Refuse a move that the branch's rule forbids, in the words of a protected branch."""
    rule = (
        call.hub.branch_rule(call.repo, move.ref.removeprefix(HEADS)) if move.ref.startswith(HEADS) else None
    )
    if rule is None or move.old == ZERO:
        return
    if move.new == ZERO:
        raise Refusal(422, "Cannot delete this protected branch")
    if not call.repo.store.is_ancestor(move.old, move.new):
        raise Refusal(422, "Cannot force-push to this protected branch")
    words = refused_push(call.hub, call.repo, rule, move.new)
    if words and not may_bypass(call.repo, rule, call.caller.user):
        raise Refusal(409, "Could not update file: " + " ".join(words))


@routes.on("GET", f"{GIT}/ref/<path:ref>", needs=CONTENTS_READ)
def get_ref(call: Call) -> Reply:
    """One reference; the path is its name without `refs/`."""
    name = f"refs/{call.args['ref']}"
    found = call.repo.store.refs(name).get(name)
    if found is None:
        raise not_found()
    return Reply(200, ref_body(call.hub, call.repo, name, *found))


@routes.on("GET", f"{GIT}/matching-refs/<path:ref>", needs=CONTENTS_READ)
def matching_refs(call: Call) -> Reply:
    """References whose name starts so; empty rather than 404."""
    rows = call.repo.store.refs(f"refs/{call.args['ref']}").items()
    return call.page(tuple(rows), lambda row: ref_body(call.hub, call.repo, row[0], *row[1]))


@routes.on("POST", f"{GIT}/refs", needs=CONTENTS_WRITE)
def create_ref(call: Call) -> Reply:
    """Make a reference; 422 without `refs/` and two slashes, or when it exists."""
    name, sha = text(call.body, "ref"), text(call.body, "sha")
    if (
        not name.startswith("refs/")
        or len(name.split("/", 2)) != len(("refs", "heads", "name"))
        or name.startswith("refs/pull/")
    ):
        raise Refusal(
            422,
            "Reference does not exist" if name.startswith("refs/") else f"{name} is not a valid ref name.",
        )
    kind = _object_kind(call, sha)
    if call.repo.store.ref(name):
        raise Refusal(422, "Reference already exists")
    _move(call, Move(name, ZERO, sha))
    return Reply(201, ref_body(call.hub, call.repo, name, sha, kind))


@routes.on("PATCH", f"{GIT}/refs/<path:ref>", needs=CONTENTS_WRITE)
def update_ref(call: Call) -> Reply:
    """Move a reference; 422 when it is missing or the move is no fast-forward and not forced."""
    name, sha = f"refs/{call.args['ref']}", text(call.body, "sha")
    old = call.repo.store.ref(name)
    if old is None:
        raise Refusal(422, "Reference does not exist")
    kind = _object_kind(call, sha)
    if not flag_or(call.body, "force", default=False) and not call.repo.store.is_ancestor(old, sha):
        raise Refusal(422, "Update is not a fast forward")
    _move(call, Move(name, old, sha))
    return Reply(200, ref_body(call.hub, call.repo, name, sha, kind))


@routes.on("DELETE", f"{GIT}/refs/<path:ref>", needs=CONTENTS_WRITE)
def delete_ref(call: Call) -> Reply:
    """Remove a reference; 422 when it is missing."""
    name = f"refs/{call.args['ref']}"
    old = call.repo.store.ref(name)
    if old is None:
        raise Refusal(422, "Reference does not exist")
    _move(call, Move(name, old, ZERO))
    return Reply(204)


def _move(call: Call, move: Move) -> None:
    guard(call, move)
    move_ref(call.hub, call.repo, move, call.caller)


def _object_kind(call: Call, sha: str) -> str:
    try:
        return call.repo.store.git("cat-file", "-t", sha).strip()
    except GitError as problem:
        raise Refusal(422, "Object does not exist") from problem


@routes.on("GET", f"{GIT}/commits/<sha>", needs=CONTENTS_READ)
def get_commit(call: Call) -> Reply:
    """One commit object."""
    try:
        return Reply(200, git_commit_body(call.hub, call.repo, call.repo.store.commit(call.args["sha"])))
    except GitError as problem:
        raise not_found() from problem


@routes.on("POST", f"{GIT}/commits", needs=CONTENTS_WRITE)
def create_commit(call: Call) -> Reply:
    """Write a commit object; no reference moves."""
    tree, parents = text(call.body, "tree"), [str(parent) for parent in list_or(call.body, "parents")]
    author = signature(call, object_or(call.body, "author"))
    committer = signature(call, object_or(call.body, "committer")) if call.body.get("committer") else author
    try:
        sha = call.repo.store.write_commit(tree, parents, text(call.body, "message"), author, committer)
    except GitError as problem:
        raise Refusal(
            422,
            "Tree SHA does not exist"
            if "tree" in str(problem)
            else "Parent SHA does not exist or is not a commit object",
        ) from problem
    return Reply(201, git_commit_body(call.hub, call.repo, call.repo.store.commit(sha)))


def signature(call: Call, given: JsonObject) -> Signature:
    """Who signs: what was given, completed from the caller."""
    own = signature_of(call.hub, call.caller.signed_in)
    return Signature(
        text_or(given, "name", own.name), text_or(given, "email", own.email), text_or(given, "date", own.date)
    )


@routes.on("POST", f"{GIT}/blobs", needs=CONTENTS_WRITE)
def create_blob(call: Call) -> Reply:
    """Store bytes given as `utf-8` or `base64`."""
    content = text(call.body, "content")
    encoding = text_or(call.body, "encoding", "utf-8")
    sha = call.repo.store.write_blob(decoded(content) if encoding == "base64" else content.encode())
    return Reply(201, {"sha": sha, "url": f"{call.hub.api_url}/repos/{call.repo.full_name}/git/blobs/{sha}"})


def decoded(content: str) -> bytes:
    """Bytes of base64 with line breaks; 422 when it is not."""
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except binascii.Error as problem:
        raise Refusal(422, "content is not valid Base64") from problem


@routes.on("GET", f"{GIT}/trees/<path:sha>", needs=CONTENTS_READ)
def get_tree(call: Call) -> Reply:
    """The entries of a tree, with `recursive` those of every directory below."""
    sha = call.repo.store.resolve(call.args["sha"], "tree")
    if sha is None:
        raise not_found()
    return Reply(200, _tree_body(call, sha, recursive="recursive" in call.query))


@routes.on("POST", f"{GIT}/trees", needs=CONTENTS_WRITE)
def create_tree(call: Call) -> Reply:
    """A tree from entries, over `base_tree` when given; `sha: null` removes a path."""
    rows = [_row(call, item) for item in list_or(call.body, "tree")]
    base = text_or(call.body, "base_tree") or None
    try:
        sha = call.repo.store.write_tree(rows, base)
    except GitError as problem:
        raise Refusal(422, "tree.sha or base_tree is not a valid tree") from problem
    return Reply(201, _tree_body(call, sha, recursive=False))


def _row(call: Call, item: Json) -> tuple[str, str, str | None]:
    if not isinstance(item, Mapping):
        raise Refusal(422, "Invalid tree info")
    path, mode = text(item, "path"), text_or(item, "mode", "100644")
    if item.get("content") is not None:
        return mode, path, call.repo.store.write_blob(text(item, "content").encode())
    return mode, path, text(item, "sha") if item.get("sha") is not None else None


def _tree_body(call: Call, sha: str, *, recursive: bool) -> JsonObject:
    api = f"{call.hub.api_url}/repos/{call.repo.full_name}/git"
    kinds = {"blob": "blobs", "tree": "trees", "commit": "commits"}
    entries: list[JsonObject] = [
        {
            "path": entry.path, "mode": entry.mode, "type": entry.type, "sha": entry.sha,
            "url": f"{api}/{kinds[entry.type]}/{entry.sha}",
            **({"size": entry.size} if entry.size is not None else {}),
        }
        for entry in call.repo.store.tree(sha, recursive=recursive)
    ]  # fmt: skip
    return {"sha": sha, "url": f"{api}/trees/{sha}", "tree": entries, "truncated": False}


@routes.on("PUT", "/repos/<owner>/<repo>/contents/<path:path>", needs=CONTENTS_WRITE)
def put_contents(call: Call) -> Reply:
    """Write one file as one commit; 409 when `sha` is not the blob being replaced, 422 when it is not
    given.
    """
    store, path = call.repo.store, call.args["path"]
    branch = text_or(call.body, "branch", call.repo.default_branch)
    tip = store.branch(branch)
    if tip is None:
        raise Refusal(404, f"Branch {branch} not found")
    present, given = store.object_at(tip, path), text_or(call.body, "sha")
    if present and not given:
        raise Refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if present and given != present:
        raise Refusal(409, f"{path} does not match {given}")
    content = decoded(text(call.body, "content"))
    blob = store.write_blob(content)
    tree = store.write_tree((("100644", path, blob),), tip)
    author = signature(call, object_or(call.body, "author"))
    sha = store.write_commit(tree, (tip,), text(call.body, "message"), author, forge(call.hub))
    _move(call, Move(HEADS + branch, tip, sha))
    encoded = base64.encodebytes(content).decode()
    body = {
        "content": file_content_body(call.hub, call.repo, sha, path, blob, len(content), encoded),
        "commit": git_commit_body(call.hub, call.repo, store.commit(sha)),
    }
    return Reply(200 if present else 201, body)
