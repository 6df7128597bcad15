"""What a predictions file may hold, and what each wrong one is told."""

# ruff: noqa: E501 -- tables of exact messages

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from bot.errors import InvalidFileError
from bot.evidence.predictions import AskedColumns, Predictions, read_predictions

ASKED = AskedColumns("p.csv", "row", "y", "s", slices=("country",))


def csv(*lines: str, header: str = "row,y,s,country") -> bytes:
    return "\n".join((header, *lines, "")).encode()


def as_parquet(**columns: object) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.table(columns), sink)
    return sink.getvalue()


def problems(data: bytes, asked: AskedColumns = ASKED) -> list[str]:
    with pytest.raises(InvalidFileError) as caught:
        read_predictions(data, asked)
    return [str(problem) for problem in caught.value.problems]


def asked_of(**changes: object) -> AskedColumns:
    plain = {"file": "p.parquet", "id": "row", "label": "y", "score": "s"}
    return AskedColumns(**{**plain, **changes})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (csv("1,0,0.5", header="row,y,s"), "p.csv: column country: `slices.by` names this column, and it is not there; the file has row, y, s"),
        (csv("1,0,0.5,DE", header="row,y,s,contry"), "p.csv: column country: `slices.by` names this column, and it is not there; did you mean `contry`?"),
        (csv("0,0.5,DE", header="y,s,country"), "p.csv: column row: `predictions.id` names this column, and it is not there; the file has y, s, country"),
        (csv("0.5,DE", header="s,country"), "p.csv: columns row, y: the policy names these columns, and they are not there; the file has s, country"),
        (csv("1;0;0.5;DE", header="row;y;s;country"), "p.csv: the header 'row;y;s;country' is separated by semicolons, and a CSV file is read by commas"),
        (csv("1,0,0.5,DE,2", header="row,y,s,country,y"), "p.csv: column y: this column is there twice"),
        (csv("1\t0\t0.5\tDE", header="row\ty\ts\tcountry"), r"p.csv: the header 'row\ty\ts\tcountry' is separated by tabs, and a CSV file is read by commas"),
        (csv(), "p.csv: the file has no rows"),
        (csv("1.5,0,0.5,DE"), "p.csv: column row: ids are whole numbers or text, and this is double"),
        (csv(",0,0.5,DE", "2,0,0.5,DE"), "p.csv: column row: 1 row has no id"),
        (csv("1,,0.5,DE", "2,,0.5,DE", "3,1,0.5,DE"), "p.csv: column y: 2 rows have no label"),
        (csv("1,2026-01-01,0.5,DE"), "p.csv: column y: labels are numbers, booleans or text, and this is date32[day]"),
        (csv("1,0,2026-01-01,DE"), "p.csv: column s: this column must hold numbers, and this is date32[day]"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_what_is_wrong(data, said):
    assert problems(data) == [said]


def test_an_empty_file_is_refused():
    assert problems(b"") == ["p.csv: the file is empty"]
    assert problems(b"", asked_of()) == ["p.parquet: the file is empty"]


def test_a_row_that_is_cut_off_or_too_long_is_named_by_its_line():
    lines = [f"{number},0,0.5,DE" for number in range(60)]
    assert problems(csv(*lines, "60,0,0.")) == [
        "p.csv:62:1: this row has 3 values, and the header has 4: 60,0,0."
    ]
    lines[7] = "7,0,0.5,DE,FR"
    assert problems(csv(*lines)) == ["p.csv:9:1: this row has 5 values, and the header has 4: 7,0,0.5,DE,FR"]


@pytest.mark.parametrize("column", range(4))
def test_a_csv_that_is_no_utf_8_is_refused_at_its_line_and_told_what_to_do(column):
    lines = [f"{number},no,0.5,DE".encode() for number in range(20)]
    values = lines[11].split(b",")
    values[column] = b"K\xf6ln"
    lines[11] = b",".join(values)
    data = b"\n".join((b"row,y,s,country", *lines))
    at = lines[11].index(b"\xf6") + 1
    assert problems(data) == [
        f"p.csv:13:{at}: the file is not UTF-8 text: byte 0xf6 cannot be read; save it as UTF-8"
    ]


def test_a_csv_in_utf_16_is_refused_in_the_same_words_and_a_byte_order_mark_is_read():
    text = csv("1,0,0.5,DE", "2,1,0.5,FR").decode()
    assert problems(text.encode("utf-16-le").join((b"\xff\xfe", b""))) == [
        "p.csv:1:1: the file is not UTF-8 text: byte 0xff cannot be read; save it as UTF-8"
    ]
    assert read_predictions(text.encode("utf-8-sig"), ASKED).rows == 2


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data[:-200], lambda data: data[:40], lambda _: b"row,y,s\n1,0,0.5\n", pickle.dumps],
    ids=["cut off", "hardly begun", "a CSV", "a pickle"],
)
def test_a_parquet_file_that_is_cut_off_or_another_kind_of_file_is_refused(spoil):
    whole = as_parquet(row=range(500), y=[0, 1] * 250, s=[0.5] * 500)
    assert problems(spoil(whole), asked_of()) == [
        "p.parquet: this is no whole Parquet file: it was cut off, or is another kind of file; write it anew"
    ]


def test_a_parquet_file_that_is_damaged_inside_is_refused():
    whole = as_parquet(row=range(5000), y=[0, 1] * 2500, s=np.random.default_rng(1).random(5000))
    damaged = whole[:400] + b"\x99" * 2000 + whole[2400:]
    (said,) = problems(damaged, asked_of())
    assert said.startswith("p.parquet: the file cannot be read: ")
    assert not said.endswith(".")


def test_another_ending_is_not_guessed_at():
    assert problems(b"", asked_of(file="p.pkl")) == ["p.pkl: predictions are read from .parquet and .csv"]


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("row", [b"1", b"2"], "ids are whole numbers or text, and this is binary"),
        ("row", [{"a": 1}, {"a": 2}], "ids are whole numbers or text, and this is struct<a: int64>"),
        ("y", [b"1", b"2"], "labels are numbers, booleans or text, and this is binary"),
        ("y", [[1], [2]], "labels are numbers, booleans or text, and this is list<element: int64>"),
        ("s", [b"1", b"2"], "this column must hold numbers, and this is binary"),
        ("s", [{"a": 1}, {"a": 2}], "this column must hold numbers, and this is struct<a: int64>"),
        ("s", [None, None], "this column must hold numbers, and this is null"),
        ("c", [b"1", b"\xff"], "a slice column holds text, numbers or dates, and this is binary"),
        ("c", [[1], [2]], "a slice column holds text, numbers or dates, and this is list<element: int64>"),
        ("g", [{"a": 1}, {"a": 2}], "a group column holds text, numbers or dates, and this is struct<a: int64>"),
    ],
)  # fmt: skip
def test_objects_bytes_and_nested_values_of_a_parquet_file_are_refused_by_column(column, values, said):
    columns = {"row": [1, 2], "y": [0, 1], "s": [0.1, 0.2], "c": ["a", "b"], "g": ["a", "b"]}
    data = as_parquet(**(columns | {column: values}))
    assert problems(data, asked_of(slices=("c",), group="g")) == [f"p.parquet: column {column}: {said}"]


@pytest.mark.parametrize("file", ["p.csv", "p.parquet"])
@pytest.mark.parametrize(("column", "name"), [("s", "s"), ("wer", "wer")])
def test_one_word_among_numbers_is_told_with_its_row(file, column, name):
    values = {"row": ["a", "b", "c", "d"], "y": [0, 1, 0, 1], "s": [0.1, 0.2, 0.3, 0.4], "wer": [1.0] * 4}
    values[column] = ["0.1", "n/a", "0.3", "oops"]
    table, sink = pa.table(values), io.BytesIO()
    (arrow_csv.write_csv if file == "p.csv" else parquet.write_table)(table, sink)
    assert problems(sink.getvalue(), asked_of(file=file, means=("wer",))) == [
        f"{file}: column {name}: 2 rows have text where the others have numbers; the first is 'n/a' at id b"
    ]


def test_predicted_classes_that_look_like_numbers_beside_labels_of_text_are_classes():
    found = read_predictions(as_parquet(row=[1, 2], y=["1", "none"], s=["none", "1"]), asked_of())
    assert found.score.tolist() == ["none", "1"]


def test_a_file_that_unpacks_to_more_than_is_read_is_refused_before_it_is_unpacked(monkeypatch):
    from bot.evidence import row_file

    data = as_parquet(row=range(5000), y=[0] * 5000, s=[0.5] * 5000)
    monkeypatch.setattr(row_file, "MOST_ROWS", 4999)
    assert "it holds more than 4,999 rows" in problems(data, asked_of())[0]
    monkeypatch.setattr(row_file, "LARGEST", 10)
    assert "the file has" in problems(data, asked_of())[0]


def test_several_problems_come_at_once():
    data = csv("1,,x,DE", ",0,0.5,DE")
    assert len(problems(data)) == 3


def test_a_slice_column_of_ten_thousand_values_is_refused():
    lines = [f"{number},0,0.5,user{number}" for number in range(10_000)]
    assert problems(csv(*lines)) == [
        "p.csv: column country: this slice column has 10,000 values, and at most 1,000 are allowed; slice by a coarser column"
    ]


def test_a_label_that_no_class_has_is_refused():
    data = as_parquet(row=[1, 2, 3], y=["cat", "yak", "dog"], a=[0.5] * 3, b=[0.5] * 3)
    asked = asked_of(score=(("cat", "a"), ("dog", "b")))
    assert problems(data, asked) == [
        "p.parquet: column y: 1 row has a label that no class in `predictions.score` has: yak"
    ]


def test_a_class_that_cannot_be_a_label_is_refused():
    data = as_parquet(row=[1], y=[0], a=[0.5], b=[0.5])
    asked = asked_of(score=(("cat", "a"), ("1", "b")))
    assert "labels are numbers, and the class 'cat' of `predictions.score` is not" in problems(data, asked)[0]


def test_rows_come_sorted_by_id_with_slices_by_name():
    found = read_predictions(csv("3,1,0.7,FR", "1,0,0.2,DE", "2,1,0.4,"), ASKED)
    assert found.ids.tolist() == [1, 2, 3]
    assert found.label.tolist() == [0, 1, 1]
    assert found.score.tolist() == [0.2, 0.4, 0.7]
    (country,) = found.slices
    assert [country.values[code] for code in country.codes] == ["DE", "(missing)", "FR"]
    assert country.values == ("(missing)", "DE", "FR")
    assert (found.rows, found.duplicate_ids, found.not_finite) == (3, 0, 0)


def test_text_that_looks_like_a_number_or_nothing_stays_text_in_a_slice():
    found = read_predictions(csv("1,0,0.5,007", "2,0,0.5,NA", "3,1,0.5,null"), ASKED)
    assert found.slices[0].values == ("007", "NA", "null")


def test_what_is_missing_in_a_slice_column_is_a_slice_of_its_own():
    found = read_predictions(
        as_parquet(row=[1, 2], y=[0, 1], s=[0.1, 0.2], c=["DE", None]), asked_of(slices=("c",))
    )
    assert found.slices[0].values == ("(missing)", "DE")


def test_rows_that_share_an_id_are_counted():
    assert read_predictions(csv("1,0,0.5,a", "1,1,0.6,a", "1,1,0.6,a"), ASKED).duplicate_ids == 2


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf")])
def test_scores_that_are_no_numbers_are_counted_by_row(bad):
    one = as_parquet(row=[1, 2, 3], y=[0, 1, 0], s=[0.5, bad, 0.1])
    assert read_predictions(one, asked_of()).not_finite == 1
    two = as_parquet(row=[1, 2, 3], y=["a", "b", "a"], a=[0.5, bad, bad], b=[0.5, bad, 0.1])
    assert read_predictions(two, asked_of(score=(("a", "a"), ("b", "b")))).not_finite == 2
    mean = as_parquet(row=[1, 2, 3], y=[0, 1, 0], s=[0.5, 0.5, 0.1], wer=[0.1, bad, 0.2])
    assert read_predictions(mean, asked_of(means=("wer",))).not_finite == 1


def test_predicted_classes_that_are_missing_are_counted():
    assert read_predictions(as_parquet(row=[1, 2], y=["a", "b"], s=["a", None]), asked_of()).not_finite == 1
    assert read_predictions(csv("1,a,a,DE", "2,b,,DE"), ASKED).not_finite == 1


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("a,yes,yes,DE", "b,,no,DE"), "p.csv: column y: 1 row has no label"),
        (("a,yes,yes,DE", ",no,no,DE"), "p.csv: column row: 1 row has no id"),
    ],
)
def test_empty_text_of_a_csv_is_neither_a_label_nor_an_id(lines, said):
    assert problems(csv(*lines)) == [said]


def test_a_label_that_is_nan_is_refused():
    data = as_parquet(row=[1, 2], y=[0.5, float("nan")], s=[0.1, 0.2])
    assert problems(data, asked_of()) == ["p.parquet: column y: 1 row has a label that is NaN or infinite"]


def test_categories_decimals_booleans_and_texts_are_read():
    data = as_parquet(
        row=["b", "a"],
        y=[True, False],
        s=[Decimal("0.25"), Decimal("0.75")],
        c=pa.array(["x", "y"]).dictionary_encode(),
        g=[7, 7],
    )
    found = read_predictions(data, asked_of(slices=("c",), group="g"))
    assert found.ids.tolist() == ["a", "b"]
    assert found.label.tolist() == [False, True]
    assert found.score.tolist() == [0.75, 0.25]
    assert found.group is not None
    assert found.group.tolist() == [0, 0]


def test_class_probabilities_are_columns_in_the_order_of_the_classes():
    data = as_parquet(row=[1, 2], y=[2, 1], one=[0.2, 0.7], two=[0.8, 0.3])
    found = read_predictions(data, asked_of(score=(("1", "one"), ("2", "two"))))
    assert found.classes == (1, 2)
    assert found.score.tolist() == [[0.2, 0.8], [0.7, 0.3]]


def same(a: Predictions, b: Predictions) -> bool:
    return a.digest == b.digest and np.array_equal(a.score, b.score)


def test_parquet_and_csv_of_the_same_rows_in_any_order_are_the_same():
    from_csv = read_predictions(csv("3,1,0.7,FR", "1,0,0.2,DE", "2,1,0.4,DE"), ASKED)
    data = as_parquet(row=[1, 2, 3], y=[0, 1, 1], s=[0.2, 0.4, 0.7], country=["DE", "DE", "FR"])
    assert same(from_csv, read_predictions(data, asked_of(slices=("country",))))
    other = as_parquet(row=[1, 2, 3], y=[0, 1, 1], s=[0.2, 0.4, 0.71])
    assert read_predictions(other, asked_of()).digest != from_csv.digest


def test_a_pickled_type_in_a_parquet_file_is_never_loaded():
    code = (
        "import io, pyarrow as pa; from pyarrow import parquet\n"
        "from bot.evidence.predictions import AskedColumns, read_predictions\n"
        "field = pa.field('s', pa.float64(), metadata={'ARROW:extension:name': 'arrow.py_extension_type',"
        " 'ARROW:extension:metadata': b'\\x80\\x04cbuiltins\\nprint\\n(X\\x05\\x00\\x00\\x00OWNEDtR.'})\n"
        "schema = pa.schema([('row', pa.int64()), ('y', pa.int64()), field])\n"
        "table = pa.table({'row': [1], 'y': [0], 's': [0.5]}, schema)\n"
        "sink = io.BytesIO(); parquet.write_table(table, sink)\n"
        "print(read_predictions(sink.getvalue(), AskedColumns('p.parquet', 'row', 'y', 's')).rows)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False
    )
    assert "OWNED" not in done.stdout + done.stderr
