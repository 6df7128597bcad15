"""The grammar of `${{ }}`: text to a tree, with every name checked against where it may stand.

Precedence and literals follow https://docs.github.com/en/actions/reference/workflows-and-actions/expressions.
Performs no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

CONTEXTS: Final = frozenset({"github", "env", "vars", "secrets", "inputs", "needs", "steps", "job", "runner"})
MOST_TOKENS: Final = 300
"""The longest expression in words, so that walking its tree cannot exhaust the stack."""
STATUS_FUNCTIONS: Final = frozenset({"success", "failure", "always", "cancelled"})
_ARITY: Final = {
    "contains": (2, 2),
    "startswith": (2, 2),
    "endswith": (2, 2),
    "format": (1, 99),
    "join": (1, 2),
    "tojson": (1, 1),
    "fromjson": (1, 1),
    "success": (0, 0),
    "failure": (0, 0),
    "always": (0, 0),
    "cancelled": (0, 0),
}
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>-?(?:0x[0-9a-fA-F]+|0o[0-7]+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?))"
    r"|(?P<text>'(?:[^']|'')*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<mark>\|\||&&|==|!=|<=|>=|[!<>()\[\].,]))"
)
_LEVELS: Final = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="))


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written in the expression."""

    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Context:
    """One of the named contexts, such as `github`."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """`target.name` or `target[index]`."""

    target: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; the name is in lower case."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`!operand`."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`."""

    operator: str
    left: Expression
    right: Expression


Expression = Literal | Context | Index | Call | Not | Binary


class ExpressionError(Exception):
    """The text is not an expression of the supported subset; the message says which part."""


def parse_expression(text: str) -> Expression:
    """Read one expression (without its `${{ }}`). Raises ExpressionError."""
    tokens = tuple(islice(_tokens(text), MOST_TOKENS + 1))
    if len(tokens) > MOST_TOKENS:
        raise ExpressionError(f"the expression has more than {MOST_TOKENS} words: {text.strip()[:40]!r} …")
    parser = _Parser(tokens, text)
    try:
        tree = parser.level(0)
    except RecursionError as error:
        raise ExpressionError(f"the expression is nested too deeply: {text.strip()[:40]!r} …") from error
    if parser.kind:
        raise ExpressionError(f"{parser.word!r} is not expected in {text.strip()!r}")
    return tree


def walk(tree: Expression) -> Iterator[Expression]:
    """Every node of the tree, the root first."""
    yield tree
    match tree:
        case Index(target, index):
            yield from walk(target)
            yield from walk(index)
        case Call(_, arguments):
            for argument in arguments:
                yield from walk(argument)
        case Not(operand):
            yield from walk(operand)
        case Binary(_, left, right):
            yield from walk(left)
            yield from walk(right)
        case _:
            return


def asks_status(tree: Expression) -> bool:
    """Whether a status function stands in it; without one GitHub puts `success() &&` in front."""
    return any(isinstance(node, Call) and node.name in STATUS_FUNCTIONS for node in walk(tree))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"{text[position:].strip()[:20]!r} cannot be read in {text.strip()!r}")
        position = match.end()
        kind = match.lastgroup or ""
        yield kind, match.group(kind)


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, tokens: tuple[tuple[str, str], ...], text: str) -> None:
        self._tokens = tokens
        self._at = 0
        self._text = text.strip()

    @property
    def kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    @property
    def word(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def level(self, depth: int) -> Expression:
        if depth == len(_LEVELS):
            return self.unary()
        left = self.level(depth + 1)
        while self.kind == "mark" and self.word in _LEVELS[depth]:
            operator = self._next()
            left = Binary(operator, left, self.level(depth + 1))
        return left

    def unary(self) -> Expression:
        if self._accept("!"):
            return Not(self.unary())
        return self.postfix(self.atom())

    def postfix(self, target: Expression) -> Expression:
        while True:
            if self._accept("."):
                if self.kind != "name":
                    raise ExpressionError(f"a name must follow '.' in {self._text!r}")
                target = Index(target, Literal(self._next()))
            elif self._accept("["):
                target = Index(target, self.level(0))
                self._expect("]")
            else:
                return target

    def atom(self) -> Expression:
        kind = self.kind
        if self._accept("("):
            tree = self.level(0)
            self._expect(")")
            return tree
        if kind == "number":
            return Literal(read_number(self._next()))
        if kind == "text":
            return Literal(self._next()[1:-1].replace("''", "'"))
        if kind == "name":
            return self._named(self._next())
        raise ExpressionError(f"{self.word or 'the end'!r} is not expected in {self._text!r}")

    def _named(self, name: str) -> Expression:
        if self._accept("("):
            return self._call(name)
        words: dict[str, bool | None] = {"true": True, "false": False, "null": None}
        if name in words:
            return Literal(words[name])
        if name.lower() not in CONTEXTS:
            raise ExpressionError(f"unknown name {name!r}; known contexts: {', '.join(sorted(CONTEXTS))}")
        return Context(name.lower())

    def _call(self, name: str) -> Call:
        bounds = _ARITY.get(name.lower())
        if bounds is None:
            raise ExpressionError(f"unknown function {name!r}; known: {', '.join(sorted(_ARITY))}")
        arguments: list[Expression] = []
        if not self._accept(")"):
            arguments.append(self.level(0))
            while self._accept(","):
                arguments.append(self.level(0))
            self._expect(")")
        if not bounds[0] <= len(arguments) <= bounds[1]:
            raise ExpressionError(f"{name} does not take {len(arguments)} arguments")
        return Call(name.lower(), tuple(arguments))

    def _next(self) -> str:
        word = self.word
        self._at += 1
        return word

    def _accept(self, mark: str) -> bool:
        if self.kind != "mark" or self.word != mark:
            return False
        self._at += 1
        return True

    def _expect(self, mark: str) -> None:
        if not self._accept(mark):
            raise ExpressionError(f"{mark!r} is missing in {self._text!r}")


def read_number(text: str) -> float:
    """A number as GitHub reads it: decimal, exponent, hexadecimal or octal. Raises ValueError."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    if digits[:2].lower() in {"0x", "0o"}:
        return sign * int(digits, 0)
    return float(text)
