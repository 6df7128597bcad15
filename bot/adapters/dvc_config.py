"""Where DVC finds its cache and its remote in a fresh clone: written to `.dvc/config.local`.

A clone has neither the cache nor the `config.local` of the checkout it came from, and DVC resolves a
relative remote against the clone. So both are written down as absolute paths.
"""

from __future__ import annotations

from pathlib import Path

from bot.errors import InvalidInputError


def default_remote(root: Path) -> tuple[str, str] | None:
    """Name and address of the default remote of the DVC repository at `root`; relative addresses resolved."""
    merged: dict[str, dict[str, str]] = {}
    for name in ("config", "config.local"):
        for section, values in _read(root / ".dvc" / name).items():
            merged.setdefault(section, {}).update(values)
    remote = merged.get("core", {}).get("remote", "")
    found = merged.get(f"'remote \"{remote}\"'", {})
    return (remote, _absolute(found["url"], root / ".dvc")) if "url" in found else None


def localise(clone: Path, origin: Path, remote_url: str | None) -> None:
    """Let the clone use the cache of `origin`, and `remote_url` (else origin's own remote) as its remote.

    Raises:
        InvalidInputError: `clone` is not a DVC repository.
    """
    if not (clone / ".dvc").is_dir():
        raise InvalidInputError("This is not a DVC repository.", "Run `dvc init` and commit `.dvc/config`.")
    remote = default_remote(origin)
    lines = ["[cache]", f"dir = {origin / '.dvc' / 'cache'}"]
    url = remote_url or (remote[1] if remote else None)
    if url is not None:
        name = remote[0] if remote else "storage"
        lines += ["[core]", f"remote = {name}", f"['remote \"{name}\"']", f"url = {url}"]
    (clone / ".dvc" / "config.local").write_text("\n".join(lines) + "\n")


def _absolute(url: str, folder: Path) -> str:
    if "://" in url or Path(url).is_absolute():
        return url
    return str((folder / url).resolve())


def _read(path: Path) -> dict[str, dict[str, str]]:
    from configobj import ConfigObj, ConfigObjError

    try:
        return {str(key): dict(value) for key, value in ConfigObj(str(path)).items()} if path.exists() else {}
    except (ConfigObjError, ValueError, TypeError) as error:
        raise InvalidInputError(
            f"{path} cannot be read: {error}", "Repair it, or restore it from Git."
        ) from error
