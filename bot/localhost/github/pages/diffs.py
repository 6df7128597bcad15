"""A patch as rows for a table. Performs no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
MAX_ROWS = 400


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a patch; numbers are None where a side has no such line."""

    kind: Literal["hunk", "add", "delete", "context"]
    old: int | None
    new: int | None
    text: str


def rows(patch: str) -> tuple[Row, ...]:
    """At most `MAX_ROWS` rows of a patch that starts at its first hunk."""
    found: list[Row] = []
    old = new = 0
    for line in patch.splitlines()[:MAX_ROWS]:
        hunk = _HUNK.match(line)
        if hunk:
            old, new = int(hunk[1]), int(hunk[2])
            found.append(Row("hunk", None, None, line))
        elif line.startswith("+"):
            found.append(Row("add", None, new, line[1:]))
            new += 1
        elif line.startswith("-"):
            found.append(Row("delete", old, None, line[1:]))
            old += 1
        elif not line.startswith("\\"):
            found.append(Row("context", old, new, line[1:]))
            old, new = old + 1, new + 1
    return tuple(found)
