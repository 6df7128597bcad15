"""The entries of `dvc.lock` as values: what each stage last read, ran and wrote. Performs no I/O."""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from bot.lineage.datafile import LEGACY_HASH


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A dependency or output as the lock recorded it; `path` as DVC writes it, relative to the stage's wdir.

    `hash` is "md5"; "md5-dos2unix" for an entry of DVC 2 (text files hashed with CRLF folded, another
    layout of the remote); "etag" or "checksum" for external storage. `md5` is that hash's value; a
    directory's ends in ".dir". Size in bytes.
    """

    path: str
    hash: str
    md5: str | None
    size: int | None = field(default=None, compare=False)
    nfiles: int | None = field(default=None, compare=False)
    isexec: bool = False


@dataclass(frozen=True, slots=True)
class LockedStage:
    """One stage of the lock. `params` are (file, key, value as JSON text); `cmd` as in `Stage`.

    `file` is the lock's path, `wdir` the directory its paths are relative to.
    """

    name: str
    file: str
    wdir: str
    cmd: str
    cmd_list: tuple[str, ...] | None
    deps: tuple[LockedFile, ...]
    params: tuple[tuple[str, str, str], ...]
    outs: tuple[LockedFile, ...]
    line: int = field(default=0, compare=False)

    @property
    def legacy(self) -> bool:
        """Whether DVC 2 wrote an entry of it (no `hash: md5`): running it once with DVC 3 converts it."""
        return any(item.hash == LEGACY_HASH for item in (*self.deps, *self.outs))

    def from_root(self, path: str) -> str:
        """A path of this stage, relative to the root of the repository; a URL stays as it is."""
        return path if "://" in path else posixpath.normpath(posixpath.join(self.wdir, path))


@dataclass(frozen=True)
class Lock:
    """Every entry of every `dvc.lock` of a tree."""

    stages: tuple[LockedStage, ...]

    def stage(self, name: str) -> LockedStage | None:
        """The entry of the stage with this address, None when the lock has none."""
        return self._by_name.get(name)

    def out(self, path: str) -> LockedFile | None:
        """The recorded output at exactly this path from the root, None when no entry writes it."""
        return self._by_out.get(path)

    @cached_property
    def _by_name(self) -> dict[str, LockedStage]:
        return {stage.name: stage for stage in self.stages}

    @cached_property
    def _by_out(self) -> dict[str, LockedFile]:
        return {stage.from_root(out.path): out for stage in self.stages for out in stage.outs}


def run_key(stage: LockedStage) -> str:
    """The sha256 that names this work: command, inputs and the paths it writes, without sizes.

    Equal to the key of DVC's own run cache (`dvc/stage/cache.py`, DVC 3.67).
    """
    entry: dict[str, object] = {"cmd": stage.cmd if stage.cmd_list is None else list(stage.cmd_list)}
    if stage.deps:
        entry["deps"] = [_dep_entry(dep) for dep in stage.deps]
    if stage.params:
        entry["params"] = _param_entry(stage.params)
    entry["outs"] = [out.path for out in stage.outs]
    return sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()


def _dep_entry(dep: LockedFile) -> dict[str, object]:
    entry: dict[str, object] = {"path": dep.path}
    if dep.hash == "md5":
        entry["hash"] = "md5"
    if dep.md5 is not None:
        entry["md5" if dep.hash == LEGACY_HASH else dep.hash] = dep.md5
    if dep.isexec:
        entry["isexec"] = True
    return entry


def _param_entry(params: tuple[tuple[str, str, str], ...]) -> dict[str, dict[str, object]]:
    files: dict[str, dict[str, object]] = {}
    for file, key, value in params:
        files.setdefault(file, {})[key] = json.loads(value)
    return files
