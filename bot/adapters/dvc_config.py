"""Where DVC finds its cache and its remote in a fresh clone: written to `.dvc/config.local`.

A clone has neither the cache nor the `config.local` of the checkout it came from, and DVC resolves a
relative remote against the clone. So both are written down, with absolute paths.
"""

from __future__ import annotations

from pathlib import Path

from bot.errors import InvalidInputError

Section = dict[str, str]
Config = dict[str, Section]
OWN = "modelbot"


def default_remote(root: Path) -> tuple[str, str] | None:
    """Name and address of the default remote of the DVC repository at `root`; relative addresses resolved.

    Raises:
        InvalidInputError: the configuration cannot be read.
    """
    merged = _merged(root)
    remote = merged.get("core", {}).get("remote", "")
    url = merged.get(_section(remote), {}).get("url")
    return (remote, _absolute(url, root)) if url else None


def cache_directory(root: Path) -> Path:
    """Where the DVC repository at `root` keeps its cache: `cache.dir`, else `.dvc/cache`."""
    given = _merged(root).get("cache", {}).get("dir")
    return Path(_absolute(given, root)) if given else root / ".dvc" / "cache"


def chosen_remote(root: Path, url: str | None) -> tuple[str, str] | None:
    """The remote to use: the default one, at `url` when that is given.

    Its other settings (an endpoint, a profile) hold for `url` too, unless it is of another kind: DVC refuses
    settings that do not belong to the scheme.
    """
    own = default_remote(root)
    if url is None:
        return own
    same = own is not None and _scheme(own[1]) == _scheme(url)
    return (own[0], url) if own and same else (OWN, url)


def localise(clone: Path, origin: Path, remote_url: str | None) -> None:
    """Let the clone use the cache of `origin`, and `remote_url` (else origin's own remote) as its remote.

    What `origin` has in its own `config.local`, credentials above all, holds for the clone too.

    Raises:
        InvalidInputError: `clone` is not a DVC repository, or a configuration cannot be read.
    """
    if not (clone / ".dvc").is_dir():
        raise InvalidInputError("This is not a DVC repository.", "Run `dvc init` and commit `.dvc/config`.")
    local = _read(origin / ".dvc" / "config.local")
    for name, values in (*_read(clone / ".dvc" / "config").items(), *local.items()):
        if "url" in values:
            local.setdefault(name, {})["url"] = _absolute(values["url"], origin)
    local.setdefault("cache", {})["dir"] = str(cache_directory(origin))
    local.setdefault("core", {}).update({"autostage": "false", "analytics": "false"})
    if remote := chosen_remote(origin, remote_url):
        local["core"]["remote"] = remote[0]
        local.setdefault(_section(remote[0]), {}).update({"url": remote[1], "verify": "true"})
    _write(clone / ".dvc" / "config.local", local)


def _section(remote: str) -> str:
    return f'remote "{remote}"'


def _scheme(url: str) -> str:
    return url.partition("://")[0] if "://" in url else ""


def _absolute(url: str, root: Path) -> str:
    if "://" in url:
        return url
    return str((root / ".dvc" / Path(url).expanduser()).resolve())


def _merged(root: Path) -> Config:
    merged: Config = {}
    for name in ("config", "config.local"):
        for section, values in _read(root / ".dvc" / name).items():
            merged.setdefault(section, {}).update(values)
    return merged


def _read(path: Path) -> Config:
    from configobj import ConfigObj, ConfigObjError

    if not path.is_file():
        return {}
    try:
        found = ConfigObj(str(path), encoding="utf-8", interpolation=False).dict()
    except (ConfigObjError, OSError, ValueError) as error:
        raise InvalidInputError(
            f"{path} cannot be read: {error}", "Repair it, or restore it from Git."
        ) from error
    sections = {str(key): value for key, value in found.items() if isinstance(value, dict)}
    return {
        key: {str(name): str(value) for name, value in values.items()} for key, values in sections.items()
    }


def _write(path: Path, config: Config) -> None:
    from configobj import ConfigObj

    written = ConfigObj(encoding="utf-8", interpolation=False)
    written.update(config)
    with path.open("wb") as stream:
        written.write(stream)
