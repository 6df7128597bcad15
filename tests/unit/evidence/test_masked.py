"""Test rows without the truth in them, and the truth put back by id."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from bot.errors import InvalidFileError
from bot.evidence.masked import masked, rejoined
from bot.evidence.predictions import AskedColumns, read_predictions

ASKED = AskedColumns("eval/rows.parquet", "id", "y", "s", group="who", slices=("where",))
SEED = 5


def written(**columns: list[object]) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(pa.table(columns), stream)
    return stream.getvalue()


def table(data: bytes) -> dict[str, list[object]]:
    return parquet.read_table(pa.BufferReader(data)).to_pydict()


def rows(count: int = 200) -> bytes:
    numbers = range(count)
    return written(
        id=[f"r{n:04}" for n in numbers],
        late=[n % 3 == 0 for n in numbers],
        where=["JFK" if n % 2 else "LGA" for n in numbers],
        who=[n // 4 for n in numbers],
        x=[n * 0.5 for n in numbers],
    )


def scored(count: int = 200, **changes: list[object]) -> bytes:
    columns = {"id": [f"r{n:04}" for n in range(count)], "s": [n / count for n in range(count)]}
    return written(**(columns | changes))


class TestMasked:
    def test_labels_change_places_and_nothing_else_does(self):
        before, after = table(rows()), table(masked(rows(), "data/test.parquet", "late", SEED))
        assert {name: values for name, values in after.items() if name != "late"} == {
            name: values for name, values in before.items() if name != "late"
        }
        assert sorted(after["late"]) == sorted(before["late"])
        agree = sum(one == other for one, other in zip(before["late"], after["late"], strict=True))
        assert agree < 150

    def test_another_seed_is_another_order(self):
        one, other = (table(masked(rows(), "t.parquet", "late", seed))["late"] for seed in (1, 2))
        assert one != other

    def test_types_and_notes_of_the_file_stay(self):
        before = parquet.read_schema(pa.BufferReader(rows()))
        after = parquet.read_schema(pa.BufferReader(masked(rows(), "t.parquet", "late", SEED)))
        assert after.equals(before, check_metadata=True)

    def test_a_csv_keeps_every_cell_as_it_was_written(self):
        text = 'id,late,x\n007,1,"a,b"\nNA,0,1.50\nz,1,\n'
        lines = masked(text.encode(), "t.csv", "late", SEED).decode().splitlines()
        assert [line.replace('"', "") for line in lines[0:1]] == ["id,late,x"]
        cells = [line.replace('"', "").split(",") for line in lines[1:]]
        assert [row[0] for row in cells] == ["007", "NA", "z"]
        assert sorted(row[1] for row in cells) == ["0", "1", "1"]
        assert [row[2] for row in cells] == ["a", "1.50", ""]

    @pytest.mark.parametrize(
        ("data", "file", "told"),
        [
            (b"not parquet", "t.parquet", "cannot be read"),
            (b"", "t.parquet", "cannot be read"),
            (
                rows(),
                "t.parquet",
                "it has no column 'truth'; say under `evidence.labels`",
            ),
        ],
    )
    def test_what_cannot_be_masked_says_why(self, data, file, told):
        with pytest.raises(InvalidFileError, match=told.replace(".", r"\.")):
            masked(data, file, "truth", SEED)


class TestRejoined:
    def test_only_scores_are_taken_back(self):
        lies = {"late": [True] * 200, "y": [1] * 200, "where": ["JFK"] * 200, "who": [0] * 200}
        data = rejoined(scored(**lies), ASKED, rows(), "data/test.parquet", "late")
        found = table(data)
        truth = table(rows())
        assert found["y"] == truth["late"]
        assert (found["where"], found["who"]) == (truth["where"], truth["who"])
        assert found["s"] == table(scored())["s"]
        assert read_predictions(data, ASKED).rows == 200

    def test_the_order_of_the_scored_rows_does_not_matter(self):
        back = list(reversed(range(200)))
        turned = scored(id=[f"r{n:04}" for n in back], s=[n / 200 for n in back])
        assert rejoined(turned, ASKED, rows(), "t.parquet", "late") == rejoined(
            scored(), ASKED, rows(), "t.parquet", "late"
        )

    @pytest.mark.parametrize(
        "given",
        [
            scored(199),
            scored(201),
            scored(id=["r0000"] * 200),
            scored(id=[f"x{n}" for n in range(200)]),
            scored(id=list(range(200))),
            scored(id=[None, *(f"r{n:04}" for n in range(1, 200))]),
        ],
        ids=["one missing", "one more", "one id for all", "other ids", "numbers for text", "an id missing"],
    )
    def test_other_rows_than_the_test_rows_are_refused(self, given):
        with pytest.raises(InvalidFileError, match=r"it does not hold every row of t\.parquet once"):
            rejoined(given, ASKED, rows(), "t.parquet", "late")

    def test_test_rows_without_the_column_that_slices_are_refused(self):
        bare = written(id=["a"], late=[1], who=[0])
        with pytest.raises(InvalidFileError, match=r"t\.parquet.*where"):
            rejoined(scored(1, id=["a"], s=[0.5]), ASKED, bare, "t.parquet", "late")

    def test_two_test_rows_of_one_id_are_refused(self):
        twice = written(id=["a", "a"], late=[1, 0], where=["x", "x"], who=[0, 0])
        with pytest.raises(InvalidFileError, match="every row"):
            rejoined(scored(2, id=["a", "a"], s=[0.5, 0.6]), ASKED, twice, "t.parquet", "late")

    @given(order=st.permutations(range(30)), seed=st.integers(0, 2**128 - 1))
    @settings(max_examples=25)
    def test_masking_and_joining_gives_what_an_honest_evaluator_would(self, order, seed):
        test = rows(30)
        shown = table(masked(test, "t.parquet", "late", seed))
        given = written(
            id=[shown["id"][n] for n in order], s=[shown["x"][n] for n in order], y=[0 for _ in order]
        )
        found = table(rejoined(given, ASKED, test, "t.parquet", "late"))
        truth = table(test)
        assert found["y"] == truth["late"]
        assert found["s"] == truth["x"]
