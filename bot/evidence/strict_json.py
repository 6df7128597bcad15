"""JSON (RFC 8259) read strictly: positions, no duplicate keys, no number that overflows.

Python's own reader keeps the last of two equal keys, turns `1e999` into infinity and knows no positions.
The words `NaN`, `Infinity` and `-Infinity` are read as values, as Python writes them: what they mean is the
gate's question, not the reader's. Performs no I/O.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder

from bot.evidence.located import Entry, Leaf, Listing, Mapping, Node, Path, Place, Scalar
from bot.evidence.source import Source

DEEPEST = 40
TEXT = JSONDecoder()
LONGEST_INTEGER = 400

SPACE = re.compile(r"[ \t\n\r]*")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
WORD = re.compile(r"-?[A-Za-z]+")
WORDS: dict[str, Scalar] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}


class _StopError(Exception):
    """The rest of the document cannot be read; the reason is among the source's problems."""


def parse_json(source: Source) -> Node:
    """The document; problems that leave it readable are noted in the source, for the caller to raise.

    Raises InvalidFileError with every problem so far where the syntax ends the search.
    """
    try:
        return _Reader(source).document()
    except _StopError:
        source.raise_problems()
        raise


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.at = 0

    def document(self) -> Node:
        node = self._node(())
        self._skip()
        if self.at < len(self.text):
            self._stop((), "text after the end of the document")
        return node

    def _node(self, path: Path) -> Node:
        self._skip()
        if len(path) > DEEPEST:
            self._stop((), f"nested deeper than {DEEPEST} levels")
        place = self._place()
        match self.text[self.at : self.at + 1]:
            case "{":
                return Mapping(place, self._entries(path))
            case "[":
                return Listing(place, self._items(path))
            case '"':
                return Leaf(place, self._string(path))
            case _:
                return Leaf(place, self._plain(path))

    def _entries(self, path: Path) -> tuple[Entry, ...]:
        entries: dict[str, Entry] = {}
        self.at += 1
        while not self._closed("}", first=not entries, path=path):
            self._skip()
            place = self._place()
            if self.text[self.at : self.at + 1] != '"':
                self._stop(path, 'a key in "double quotes" is expected here')
            key = self._string(path)
            self._colon((*path, key))
            node = self._node((*path, key))
            if key in entries:
                first = entries[key].place
                what = f"this key is here twice; the first is at {first.line}:{first.col}"
                self.source.report(place, (*path, key), what)
            entries.setdefault(key, Entry(key, place, node))
        return tuple(entries.values())

    def _items(self, path: Path) -> tuple[Node, ...]:
        items: list[Node] = []
        self.at += 1
        while not self._closed("]", first=not items, path=path):
            items.append(self._node((*path, f"[{len(items)}]")))
        return tuple(items)

    def _closed(self, end: str, *, first: bool, path: Path) -> bool:
        self._skip()
        character = self.text[self.at : self.at + 1]
        if character == end:
            self.at += 1
            return True
        if not first:
            if character != ",":
                self._stop(path, f"',' or '{end}' is expected here")
            self.at += 1
        return False

    def _colon(self, path: Path) -> None:
        self._skip()
        if self.text[self.at : self.at + 1] != ":":
            self._stop(path, "':' is expected here")
        self.at += 1

    def _string(self, path: Path) -> str:
        place = self._place()
        try:
            value, self.at = TEXT.raw_decode(self.text, self.at)
        except JSONDecodeError as error:
            self.at = min(error.pos, len(self.text))
            self._stop(path, f"broken text: {error.msg}")
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            self.source.report(place, path, "this text holds half a surrogate pair; it is no Unicode text")
        return str(value)

    def _plain(self, path: Path) -> Scalar:
        word = WORD.match(self.text, self.at)
        if word and word[0] in WORDS:
            self.at = word.end()
            return WORDS[word[0]]
        number = NUMBER.match(self.text, self.at)
        if not number:
            self._stop(path, "a value is expected here")
            return None
        place, self.at = self._place(), number.end()
        value = _number(number[0], whole=number[1] is None and number[2] is None)
        if value is None:
            self.source.report(place, path, f"{number[0][:20]} is too large for a number")
            return 0
        return value

    def _skip(self) -> None:
        found = SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _place(self) -> Place:
        return self.source.place(self.at)

    def _stop(self, path: Path, what: str) -> None:
        self.source.report(self._place(), path, f"broken JSON: {what}")
        raise _StopError


def _number(text: str, *, whole: bool) -> int | float | None:
    if whole:
        return int(text) if len(text) <= LONGEST_INTEGER else None
    value = float(text)
    return None if abs(value) == float("inf") else value
