"""Our values are those of DVC's own reader, on what YAML 1.1 and 1.2 disagree about."""

import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import InvalidFileError
from bot.lineage.document import parse_document
from bot.lineage.scalars import Timestamp

# fmt: off
SCALARS = (
    "5e-3", "5E3", "1e5", "1.5e+3", ".5", "-.5", ".5e+1", ".5e1", "1.", "1_000", "1__0", "0o17", "017",
    "010", "08", "0x1F", "0xg", "0b101", "+5", "-7", "-0", "-", "+", "1-2", "1:30", "190:20:30", "yes",
    "no", "on", "off", "y", "n", "Yes", "NO", "true", "True", "TRUE", "tRUE", "false", "FALSE", "null",
    "Null", "NULL", "~", "nULL", ".inf", "-.Inf", "+.INF", ".nan", ".NaN", ".Nan", "inf", "nan",
    "'no'", '"1e5"', "'0.1'", "2020-01-01", "2020-1-1", "1e400", "1.2.3", "12e03", "0.1_5", "=", "a:b",
    "0x", "0b",
)
# fmt: on


def same(ours: object, theirs: object) -> bool:
    if isinstance(theirs, float) and math.isnan(theirs):
        return isinstance(ours, float) and math.isnan(ours)
    if isinstance(theirs, dt.date):
        return isinstance(ours, Timestamp)
    return type(ours) is type(theirs) and ours == theirs


def read_both(text: str) -> tuple[object, object]:
    from dvc.utils.serialize import loads_yaml

    source = f"key: {text}\n"
    try:
        theirs = loads_yaml(source)["key"]
    except Exception:  # noqa: BLE001 - whatever makes DVC give up, we must give up too or keep the text
        theirs = None
        with pytest.raises(InvalidFileError):
            parse_document(source.encode(), "params.yaml")
        return None, None
    root = parse_document(source.encode(), "params.yaml").root
    assert isinstance(root, dict)
    return root["key"], theirs


@pytest.mark.parametrize("text", SCALARS)
def test_a_scalar_means_what_it_means_to_dvc(text: str) -> None:
    ours, theirs = read_both(text)
    assert same(ours, theirs), f"{text}: {ours!r} and {theirs!r}"


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet="0123456789+-._eExXobBinfaNtrueTRUElsFy:", min_size=1, max_size=7))
def test_any_word_of_digits_signs_and_keywords_means_what_it_means_to_dvc(text: str) -> None:
    if text[-1] == ":" or text[0] in "-:":
        return
    ours, theirs = read_both(text)
    assert same(ours, theirs), f"{text}: {ours!r} and {theirs!r}"
