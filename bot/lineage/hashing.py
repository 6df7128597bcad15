"""The hashes DVC gives to files and directories, from bytes of a tree. Performs no I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import md5

_TEXT_CHARS = bytes(range(32, 127)) + b"\n\r\t\f\b"
_BLOCK = 512
_NON_TEXT = 0.30


def directory_md5(members: Iterable[tuple[str, str]]) -> str:
    """DVC's hash of a directory from (path inside it, md5 of its bytes), ending in ".dir".

    It is the md5 of the JSON that DVC stores as the directory's object (dvc_data/hashfile/tree.py, 3.18).
    """
    listing = [{"md5": digest, "relpath": path} for path, digest in sorted(members)]
    data = json.dumps(listing, sort_keys=True).encode()
    return md5(data, usedforsecurity=False).hexdigest() + ".dir"


def folded_md5(data: bytes) -> str:
    """DVC 2's hash of a file: CRLF counts as LF where the first 512 bytes look like text."""
    block = data[:_BLOCK]
    binary = b"\0" in block or len(block.translate(None, _TEXT_CHARS)) > _NON_TEXT * len(block)
    return md5(data if binary else data.replace(b"\r\n", b"\n"), usedforsecurity=False).hexdigest()
