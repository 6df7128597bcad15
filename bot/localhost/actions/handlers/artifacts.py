"""actions/upload-artifact and actions/download-artifact: real zip files, kept by GitHub on localhost."""

from __future__ import annotations

import glob
import hashlib
import io
import zipfile
from collections.abc import Iterator
from os.path import commonpath
from pathlib import Path
from typing import Final

from bot.localhost.actions.handlers.call import Call, Done
from bot.localhost.actions.log import StepFailedError

_FORBIDDEN: Final = frozenset('":<>|*?\r\n\\/')


def upload_artifact(call: Call) -> Done:
    """Zip the files that `path` names and keep them with the run.

    As the action does: hidden files stay out unless asked for, one directory becomes the root of the zip,
    several paths keep what they have in common as the root. Raises StepFailedError when nothing was found and
    `if-no-files-found` is `error`, or the name is taken.
    """
    name = call.given("name", "artifact")
    if _FORBIDDEN & set(name):
        raise StepFailedError(f"{name!r} cannot be the name of an artifact")
    files = _search(call)
    if not files:
        return _nothing(call)
    run, github = call.assignment.run_id, call.machine.github
    if github.artifact(call.full_name, run, name) is not None:
        raise StepFailedError(f"this run already has an artifact {name!r}")
    content = _zip(files, call.whole("compression-level", 6))
    number = github.add_artifact(call.full_name, run, name, content)
    digest = hashlib.sha256(content).hexdigest()
    outputs = (("artifact-id", str(number)), ("artifact-digest", digest))
    return Done(f"{name}: {len(files)} files, {len(content)} bytes zipped, sha256 {digest}", outputs)


def _nothing(call: Call) -> Done:
    what = f"no files were found at {', '.join(call.given('path').split())}"
    match call.given("if-no-files-found", "warn"):
        case "error":
            raise StepFailedError(what)
        case "warn":
            return Done(f"Warning: {what}; nothing is uploaded")
        case "ignore":
            return Done(f"{what}; nothing is uploaded")
        case other:
            raise StepFailedError(f"if-no-files-found must be warn, error or ignore, not {other!r}")


def _search(call: Call) -> tuple[tuple[str, Path], ...]:
    """Name in the zip and file on disk, in name order."""
    lines = [line.strip() for line in call.given("path").splitlines() if line.strip()]
    if not lines or any(line.startswith("!") for line in lines):
        raise StepFailedError("path must name files, and patterns with '!' are not supported on localhost")
    hidden = call.flag("include-hidden-files", default=False)
    found = [Path(hit) for line in lines for hit in glob.glob(str(call.workspace / line), recursive=True)]  # noqa: PTH207
    files = sorted({file for hit in found for file in _files(hit)})
    root = _root(call.workspace, lines, found, files)
    named = tuple((file.relative_to(root).as_posix(), file) for file in files)
    return tuple((name, file) for name, file in named if hidden or not _is_hidden(name))


def _files(hit: Path) -> Iterator[Path]:
    if hit.is_dir():
        yield from (path for path in hit.rglob("*") if path.is_file())
    elif hit.is_file():
        yield hit


def _root(workspace: Path, lines: list[str], found: list[Path], files: list[Path]) -> Path:
    if len(lines) == 1 and not glob.has_magic(lines[0]) and found:
        return found[0] if found[0].is_dir() else found[0].parent
    bases = [str(path if path.is_dir() else path.parent) for path in found]
    return Path(commonpath(bases)) if bases and files else workspace


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _zip(files: tuple[tuple[str, Path], ...], level: int) -> bytes:
    buffer = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if level else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", kind, compresslevel=level or None) as archive:
        for name, file in files:
            archive.write(file, name)
    return buffer.getvalue()


def download_artifact(call: Call) -> Done:
    """Unpack one artifact of this run, or of another run through the REST API with the given token."""
    name = call.given("name")
    if not name:
        raise StepFailedError("Actions on localhost downloads one artifact by its name")
    target = call.workspace / call.given("path", ".")
    run = call.given("run-id")
    content = (
        _fetch(call, name, run)
        if run
        else call.machine.github.artifact(call.full_name, call.assignment.run_id, name)
    )
    if content is None:
        raise StepFailedError(f"there is no artifact {name!r} in run {run or call.assignment.run_id}")
    target.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(target)
            count = len(archive.namelist())
    except zipfile.BadZipFile as error:
        raise StepFailedError(f"artifact {name!r} is not a zip file: {error}") from error
    return Done(f"{name}: {count} files", (("download-path", str(target)),))


def _fetch(call: Call, name: str, run: str) -> bytes | None:
    import requests

    token = call.given("github-token")
    if not token:
        raise StepFailedError("run-id needs github-token")
    call.mask.add(token)
    repository = call.given("repository", call.full_name)
    with requests.Session() as session:
        session.trust_env = False
        session.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"})
        try:
            listing = f"{call.machine.github.api_url}/repos/{repository}/actions/runs/{int(run)}/artifacts"
            answer = session.get(listing, params={"name": name}, timeout=30)
            answer.raise_for_status()
            found = answer.json()["artifacts"]
            if not found:
                return None
            archive = session.get(found[0]["archive_download_url"], timeout=60)
            archive.raise_for_status()
        except (requests.RequestException, ValueError, KeyError) as error:
            raise StepFailedError(f"artifact {name!r} of run {run}: {error}") from error
        return archive.content
