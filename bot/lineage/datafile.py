"""`.dvc` files: data that `dvc add` and `dvc import` track. Performs no I/O."""

from __future__ import annotations

import posixpath

from bot.lineage.document import Document, Mark, Seq, Value, parse_document
from bot.lineage.hashing import directory_md5
from bot.lineage.scalars import Scalar
from bot.lineage.stages import DataFile

LEGACY_HASH = "md5-dos2unix"


def parse_data_file(data: bytes, file: str) -> tuple[DataFile, ...]:
    """The outputs of one `.dvc` file.

    Raises InvalidFileError for what is not a data file, such as a one-stage file of DVC 0.
    """
    document = parse_document(data, file)
    root = document.root
    if not isinstance(root, dict):
        document.reject((0, 0), "", "expected a mapping with outs", f"Run `dvc add` again to rewrite {file}.")
    if "cmd" in root:
        todo = "Move the stage into dvc.yaml (`dvc stage add`)."
        document.reject(
            (0, 0), "cmd", "a stage in a .dvc file is a form of DVC 0 that is not supported", todo
        )
    outs = root.get("outs") or Seq()
    if not isinstance(outs, Seq):
        document.reject((0, 0), "outs", "expected a list")
    wdir = root.get("wdir")
    directory = posixpath.join(posixpath.dirname(file), wdir if isinstance(wdir, str) else "")
    return tuple(_out(document, directory, out, mark) for out, mark in zip(outs, outs.marks, strict=True))


def _out(document: Document, directory: str, out: Value, mark: Mark) -> DataFile:
    if not isinstance(out, dict) or not isinstance(out.get("path"), str):
        document.reject(mark, "outs", "expected a mapping with a path")
    path = posixpath.normpath(posixpath.join(directory, str(out["path"])))
    name, digest = digest_of(out)
    return DataFile(document.file, path, name, digest, whole(out.get("size")), whole(out.get("nfiles")))


def digest_of(entry: dict[Scalar, Value]) -> tuple[str, str | None]:
    """The hash an entry of a `.dvc` file or of `dvc.lock` records: its name and its value.

    An md5 without `hash: md5` is DVC 2's. A directory listed file by file is hashed from that list.
    """
    files = entry.get("files")
    if isinstance(files, list):
        members = [(str(f.get("relpath")), str(f.get("md5"))) for f in files if isinstance(f, dict)]
        return "md5", directory_md5(members)
    for name in ("md5", "etag", "checksum"):
        value = entry.get(name)
        if value is not None and value != "":
            legacy = name == "md5" and entry.get("hash") is None
            return (LEGACY_HASH if legacy else name), str(value)
    return "md5", None


def whole(value: Value) -> int | None:
    """The value when it is a whole number, otherwise None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
