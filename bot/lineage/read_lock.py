"""Every `dvc.lock` of a tree, read strictly. Performs no I/O."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from bot.lineage.datafile import digest_of, whole
from bot.lineage.document import Document, Map, Mark, Seq, Value, parse_document
from bot.lineage.ignore import read_ignore
from bot.lineage.locked import Lock, LockedFile, LockedStage
from bot.lineage.parse import parse_pipeline
from bot.lineage.scalars import json_text
from bot.lineage.stages import Pipeline
from bot.lineage.tree import Tree

_REDO = "Take the base's {file}, then run `dvc repro` and commit the result."


def read_lock(tree: Tree, pipeline: Pipeline | None = None) -> Lock:
    """Every entry of every `dvc.lock` that stands beside a `dvc.yaml`; empty where there is none.

    `pipeline` is the tree's own when the caller has it (it says which directory each entry's paths are
    relative to). Raises InvalidFileError as `parse_lock` does.
    """
    known = pipeline or parse_pipeline(tree)
    ignore = read_ignore(tree)
    wdirs = {stage.name: stage.wdir for stage in known.stages}
    entries: list[LockedStage] = []
    for path in tree.paths():
        if posixpath.basename(path) == "dvc.yaml" and not ignore.ignored(path):
            file = path.removesuffix("yaml") + "lock"
            data = tree.read(file)
            entries += parse_lock(data, file).stages if data is not None else ()
    return Lock(tuple(replace(entry, wdir=wdirs.get(entry.name, entry.wdir)) for entry in entries))


def parse_lock(data: bytes, file: str) -> Lock:
    """The entries of one `dvc.lock`; paths are taken as relative to its directory.

    Raises InvalidFileError: merge conflict, not YAML (truncated), duplicate keys, a schema other than 2.0,
    an entry without a command, a path or a readable hash.
    """
    document = parse_document(data, file)
    root = document.root
    if root is None:
        return Lock(())
    if not isinstance(root, Map):
        document.reject((0, 0), "", "expected a mapping with schema and stages", _REDO.format(file=file))
    if root.get("schema") != "2.0":
        todo = f"Run `dvc repro` with DVC 3 to write {file} anew."
        document.reject(root.marks.get("schema", (0, 0)), "schema", "not a lock of schema '2.0'", todo)
    stages = root.get("stages")
    if stages is None:
        return Lock(())
    if not isinstance(stages, Map):
        document.reject(root.marks["stages"], "stages", "expected a mapping", _REDO.format(file=file))
    prefix = "" if file == "dvc.lock" else file.removesuffix("lock") + "yaml:"
    return Lock(
        tuple(_entry(document, prefix, str(name), stages[name], mark) for name, mark in stages.marks.items())
    )


def _entry(document: Document, prefix: str, name: str, entry: Value, mark: Mark) -> LockedStage:
    where = f"stages.{name}"
    if not isinstance(entry, Map) or not isinstance(entry.get("cmd"), str | list):
        document.reject(mark, where, "has no cmd", _REDO.format(file=document.file))
    command = entry["cmd"]
    listed = tuple(str(item) for item in command) if isinstance(command, list) else None
    return LockedStage(
        name=prefix + name,
        file=document.file,
        wdir=posixpath.dirname(document.file),
        cmd=str(command) if listed is None else "\n".join(listed),
        cmd_list=listed,
        deps=tuple(_files(document, entry, "deps", where)),
        params=tuple(_params(document, entry, where)),
        outs=tuple(_files(document, entry, "outs", where)),
        line=mark[0],
    )


def _files(document: Document, entry: Map, key: str, where: str) -> Iterator[LockedFile]:
    listed = entry.get(key)
    if listed is None:
        return
    todo = _REDO.format(file=document.file)
    if not isinstance(listed, Seq):
        document.reject(entry.marks[key], f"{where}.{key}", "expected a list", todo)
    for item, mark in zip(listed, listed.marks, strict=True):
        if not isinstance(item, dict) or not isinstance(item.get("path"), str):
            document.reject(mark, f"{where}.{key}", "expected a mapping with a path", todo)
        name, digest = digest_of(item)
        yield LockedFile(
            path=str(item["path"]),
            hash=name,
            md5=digest,
            size=whole(item.get("size")),
            nfiles=whole(item.get("nfiles")),
            isexec=item.get("isexec") is True,
        )


def _params(document: Document, entry: Map, where: str) -> Iterator[tuple[str, str, str]]:
    files = entry.get("params")
    if files is None:
        return
    todo = _REDO.format(file=document.file)
    if not isinstance(files, Map):
        document.reject(entry.marks["params"], f"{where}.params", "expected a mapping of files", todo)
    for file, values in files.items():
        if not isinstance(values, dict):
            document.reject(files.marks[file], f"{where}.params", "expected names and values", todo)
        for key, value in values.items():
            yield str(file), str(key), json_text(value)
