"""Column groups and parameters."""

from pathlib import Path

import flights
import pytest


def test_an_unknown_column_group_is_refused_with_the_groups_that_exist():
    with pytest.raises(ValueError, match=r"unknown column groups \['wether'\].*'weather'"):
        flights.columns_of(["schedule", "wether"])


def test_a_section_that_is_missing_is_refused(tmp_path: Path):
    file = tmp_path / "params.yaml"
    file.write_text("train: {seed: 0}\n", encoding="utf-8")
    with pytest.raises(KeyError, match="ingest"):
        flights.read_params("ingest", file)


def test_parameters_are_read_as_yaml_1_2(tmp_path: Path):
    file = tmp_path / "params.yaml"
    file.write_text("train: {rate: 5e-3, answer: no, ten: 010}\n", encoding="utf-8")
    assert flights.read_params("train", file) == {"rate": 0.005, "answer": "no", "ten": 10}


def test_the_order_of_the_groups_does_not_change_the_columns():
    assert flights.columns_of(["carrier", "schedule"]) == flights.columns_of(["schedule", "carrier"])


def test_weather_is_all_eight_measurements():
    assert len(flights.columns_of(["weather"])) == 8
