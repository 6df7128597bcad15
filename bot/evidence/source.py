"""The text of a file somebody wrote, and the problems found in it. Performs no I/O."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from bot.errors import InvalidFileError, Problem
from bot.evidence.located import Path, Place, dotted

LONGEST_SHOWN = 160
MOST_PROBLEMS = 100
NOWHERE = Place(0, 0)


class Source:
    """One file's text; collects problems with the line they stand on."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._problems: dict[Problem, None] = {}
        self.unread: set[Path] = set()
        """Paths whose values are not known, because how they are written is refused."""

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(at + 1 for at, character in enumerate(self.text) if character == "\n")]

    def place(self, offset: int) -> Place:
        """Line and column of a character offset."""
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)

    def report(self, place: Place, path: Path, what: str) -> None:
        """Note a problem; an equal one is noted once, and after the first hundred no more are."""
        if len(self._problems) >= MOST_PROBLEMS:
            return
        problem = Problem(self.file, place.line, place.col, dotted(path), what, self.shown(place))
        self._problems[problem] = None

    def shown(self, place: Place) -> str:
        """The line of a place, for a person; empty where it is too far to the right, or nowhere."""
        if not 0 < place.line <= len(self._starts) or place.col > LONGEST_SHOWN:
            return ""
        start = self._starts[place.line - 1]
        line = self.text[start : start + LONGEST_SHOWN].split("\n", 1)[0].rstrip("\r")
        return "".join(character if character.isprintable() else " " for character in line)

    def raise_problems(self) -> None:
        """Raise InvalidFileError with every problem, in the file's order, when there is one."""
        if self._problems:
            raise InvalidFileError(tuple(sorted(self._problems, key=lambda one: (one.line, one.col))))


def read_text(data: bytes, file: str, limit: int) -> Source:
    """The file's text, from UTF-8 with or without a byte order mark.

    Raises InvalidFileError when it is empty, larger than `limit` bytes, or not UTF-8.
    """
    if len(data) > limit:
        raise InvalidFileError((Problem(file, 0, 0, "", _too_large(len(data), limit)),))
    source = Source(file, data.decode("utf-8-sig", errors="replace"))
    try:
        data.decode()
    except UnicodeDecodeError as error:
        before = Source(file, data[: error.start].decode("utf-8-sig"))
        place = before.place(len(before.text))
        what = f"the file is not UTF-8 text: byte 0x{data[error.start]:02x} cannot be read; save it as UTF-8"
        raise InvalidFileError((Problem(file, place.line, place.col, "", what),)) from error
    if not source.text.strip():
        raise InvalidFileError((Problem(file, 0, 0, "", "the file is empty"),))
    return source


def in_one_line(problems: tuple[Problem, ...]) -> str:
    """The first problem with its place, without the file's name, and how many more there are."""
    first = problems[0]
    where = f"line {first.line}, column {first.col}: " if first.line else ""
    key = f"{first.key}: " if first.key else ""
    more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
    return f"{where}{key}{first.what}{more}"


def _too_large(size: int, limit: int) -> str:
    return f"the file has {size:,} bytes, and at most {limit:,} are read; make it smaller"
