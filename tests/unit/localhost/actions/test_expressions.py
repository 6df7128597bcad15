"""The expression subset: values as GitHub gives them, and errors for everything else."""

from __future__ import annotations

import math
import re

import pytest

from bot.localhost.actions.evaluate import Scope, Status, evaluate, text, truth
from bot.localhost.actions.expressions import ExpressionError, asks_status, parse_expression

CONTEXTS = {
    "github": {
        "event": {"action": "opened", "number": 7, "labels": ["a", "B"], "draft": False},
        "ref": "refs/heads/main",
    },
    "env": {"NAME": "value", "EMPTY": ""},
    "needs": {"plan": {"result": "success", "outputs": {"changes": "true"}}},
}


FINE = Status()


def value(expression: str, status: Status = FINE):
    return evaluate(parse_expression(expression), Scope(CONTEXTS, status))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("true", True),
        ("null", None),
        ("'it''s'", "it's"),
        ("0x1F", 31),
        ("-2.5e1", -25.0),
        ("github.event.action", "opened"),
        ("GitHub.EVENT.Action", "opened"),
        ("github['event']['action']", "opened"),
        ("github.event.labels[1]", "B"),
        ("github.event.labels[9]", None),
        ("github.event.nothing.here", None),
        ("github.event.action.deeper", None),
        ("github.event.action == 'OPENED'", True),
        ("github.event.action != 'opened'", False),
        ("github.event.number == '7'", True),
        ("github.event.nothing == ''", True),
        ("github.event.nothing == 0", True),
        ("github.event.nothing == null", True),
        ("'a' == 0", False),
        ("'' == 0", True),
        ("'abc' < 'ABD'", True),
        ("github.event.number >= 7", True),
        ("'x' < 1", False),
        ("1 == 1 && 2 == 3 || true", True),
        ("true || false && false", True),
        ("!(true && false)", True),
        ("!true == false", True),
        ("env.EMPTY || 'default'", "default"),
        ("env.NAME && 'yes'", "yes"),
        ("contains('Hello', 'ELL')", True),
        ("contains(github.event.labels, 'b')", True),
        ("contains(github.event.labels, 'c')", False),
        ("startsWith(github.ref, 'refs/heads/')", True),
        ("endsWith(github.ref, 'MAIN')", True),
        ("format('{0}-{1} {{x}}', 'a', 2)", "a-2 {x}"),
        ("join(github.event.labels, '+')", "a+B"),
        ("fromJSON('[1, 2]')[1]", 2),
        ("fromJSON(needs.plan.outputs.changes) == true", True),
        ("needs.plan.outputs.changes == 'true'", True),
        ("toJSON(github.event.labels)", '[\n  "a",\n  "B"\n]'),
    ],
)
def test_an_expression_has_the_value_it_has_at_github(expression, expected):
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        ("", "the end"),
        ("github.", "a name must follow"),
        ("(true", "')' is missing"),
        ("github['event'", "']' is missing"),
        ("true true", "'true' is not expected"),
        ("1 +", "cannot be read"),
        ('"double"', "cannot be read"),
        ("github.event.labels.*", "cannot be read"),
        ("a & b", "cannot be read"),
        ("matrix.os", "unknown name 'matrix'"),
        ("hashFiles('x')", "unknown function 'hashFiles'"),
        ("contains('a')", "does not take 1 arguments"),
        ("success(1)", "does not take 1 arguments"),
        ("format('{1}', 'a')", "no value for '{1}'"),
        ("format('{x}')", "no value for '{'"),
        ("fromJSON('{')", "cannot read"),
        ("steps.a.outputs.b", "not available here"),
        ("(" * 200 + "true" + ")" * 99, "nested too deeply"),
        ("true" + " && true" * 200, "more than 300 words"),
    ],
)
def test_what_is_not_in_the_subset_is_an_error_that_says_what(expression, word):
    with pytest.raises(ExpressionError, match=re.escape(word)):
        value(expression)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status(), (True, False, False, True)),
        (Status(success=False, failure=True), (False, True, False, True)),
        (Status(success=False), (False, False, False, True)),
        (Status(cancelled=True), (False, False, True, True)),
    ],
)
def test_status_functions_say_how_it_went_so_far(status, expected):
    names = ("success", "failure", "cancelled", "always")
    assert tuple(value(f"{name}()", status) for name in names) == expected


def test_only_a_status_function_lifts_the_implicit_success():
    assert asks_status(parse_expression("github.ref == 'x' && !Cancelled()"))
    assert not asks_status(parse_expression("github.ref == 'success()'"))


@pytest.mark.parametrize("false", [None, False, 0, 0.0, math.nan, ""])
def test_these_are_false(false):
    assert not truth(false)


@pytest.mark.parametrize("true", [True, 1, -1, "0", "false", [], {}])
def test_these_are_true(true):
    assert truth(true)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, ""),
        (True, "true"),
        (3.0, "3"),
        (0.5, "0.5"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        ([1], "Array"),
        ({}, "Object"),
    ],
)
def test_a_value_inside_a_text_is_written_as_github_writes_it(given, shown):
    assert text(given) == shown
