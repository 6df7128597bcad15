"""The small mistakes that are made on purpose, one at a time.

They are cosmic-ray's, of which it has 213; left out are those that only repeat another (eleven signs in place
of one `+`) and those that need arguments. None is made where it could not change an answer: in annotations,
decorators, signs of a signature and patterns, in what only type checkers read, in arguments that change
nothing but the cost.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.provider import OperatorProvider

COMPARISONS = ("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt")
EQUALITIES = ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")
ARITHMETIC = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "Pow_Mul")
BITS = ("BitAnd_BitOr", "BitOr_BitAnd")
OPERATORS = (
    *(f"ReplaceComparisonOperator_{one}" for one in (*COMPARISONS, *EQUALITIES)),
    *(f"ReplaceBinaryOperator_{one}" for one in (*ARITHMETIC, *BITS)),
    *(f"ReplaceUnaryOperator_Delete_{one}" for one in ("Not", "USub", "Invert")),
    *("AddNot", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
    *("NumberReplacer", "ZeroIterationForLoop", "ExceptionReplacer"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
)
NO_ANSWER = frozenset({"copy", "repr", "compare", "minlength", "check_valid", "shuffle", "frozen"})
"""Keyword arguments that change what something costs, how it looks in a debugger, or who may write to it."""

Position = tuple[int, int]


@dataclass(frozen=True)
class Mutant:
    """One mistake: in which file, which one of an operator's, and the lines of the statement it is in."""

    file: Path
    operator: str
    occurrence: int
    line: int
    lines: range
    at_import: bool

    def source(self) -> str:
        """The file's text with the mistake in it."""
        found = mutate_code(self.file.read_text(), OperatorProvider()[self.operator](), self.occurrence)
        assert found is not None
        return found

    def what(self) -> str:
        """The line that is different, before and after."""
        both = zip(self.file.read_text().splitlines(), self.source().splitlines(), strict=False)
        before, after = next((old, new) for old, new in both if old != new)
        return f"{before.strip()}  ->  {after.strip()}"


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Every mistake that can be made in a file, in an order that the text of the file decides."""
    scopes = _Scopes.of(file)
    nodes = list(ast_nodes(get_ast(file.read_text())))
    for name in OPERATORS:
        operator = OperatorProvider()[name]()
        places = ((node, start) for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, (node, start) in enumerate(places):
            if scopes.count(start) and not _is_made_otherwise(name, node):
                yield Mutant(file, name, occurrence, start[0], *scopes.around(start))


def _is_made_otherwise(name: str, node) -> bool:
    """Whether other operators turn a whole condition around; or a star only says how arguments are given."""
    if name == "AddNot":
        condition = node.children[2 if node.type == "test" else 1]
        return condition.type in {"comparison", "not_test"}
    return node.type == "operator" and node.parent.type == "parameters"


@dataclass(frozen=True)
class _Scopes:
    """Where a file's statements are, and where mistakes would mean nothing."""

    lines: tuple[str, ...]
    statements: tuple[ast.stmt, ...]
    functions: tuple[ast.AST, ...]
    meaningless: tuple[ast.AST, ...]

    @staticmethod
    @cache
    def of(file: Path) -> _Scopes:
        tree = ast.parse(file.read_text())
        every = list(ast.walk(tree))
        return _Scopes(
            tuple(file.read_text().splitlines()),
            tuple(node for node in every if isinstance(node, ast.stmt)),
            tuple(line for node in every if isinstance(node, ast.FunctionDef) for line in node.body),
            tuple(part for node in every for part in _meaningless(node)),
        )

    def count(self, position: Position) -> bool:
        """Whether a mistake there could change an answer."""
        return not any(self._holds(node, position) for node in self.meaningless)

    def around(self, position: Position) -> tuple[range, bool]:
        """The lines of the innermost statement there, and whether it runs when the file is imported."""
        holding = [node for node in self.statements if self._holds(node, position)]
        inner = max(holding, key=lambda node: (node.lineno, node.col_offset))
        body = getattr(inner, "body", None)
        end = body[0].lineno - 1 if body else inner.end_lineno or inner.lineno
        in_function = any(self._holds(node, position) for node in self.functions)
        return range(inner.lineno, max(end, inner.lineno) + 1), not in_function

    def _holds(self, node: ast.AST, position: Position) -> bool:
        start = node.lineno, self._column(node.lineno, node.col_offset)
        return start <= position < (node.end_lineno, self._column(node.end_lineno, node.end_col_offset))

    def _column(self, line: int, offset: int) -> int:
        """ast counts bytes, parso characters."""
        return len(self.lines[line - 1].encode()[:offset].decode())


def _meaningless(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.FunctionDef(returns=returns, decorator_list=decorators):
            yield from (*decorators, *((returns,) if returns else ()))
        case ast.ClassDef(decorator_list=decorators):
            yield from decorators
        case ast.arg(annotation=ast.AST() as annotation) | ast.AnnAssign(annotation=annotation):
            yield annotation
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            yield node
        case ast.keyword(arg=name) if name in NO_ANSWER:
            yield node
        case ast.MatchOr():
            yield node
        case ast.Call(func=ast.Name(id="zip"), keywords=keywords):
            yield from keywords
        case _:
            return
