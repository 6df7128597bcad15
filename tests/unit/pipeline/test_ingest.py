"""Joining, labelling and drawing, on tables small enough to read."""

import ingest
import pyarrow as pa
import pytest


def flights_table(**changes: list) -> pa.Table:
    columns = {
        "year": [2013.0, 2013.0],
        "month": [7.0, 7.0],
        "day": [4.0, 7.0],
        "hour": [9.0, 9.0],
        "sched_dep_time": [905.0, 930.0],
        "carrier": ["UA", "MQ"],
        "flight": [15.0, 7.0],
        "tailnum": ["N1", "N2"],
        "origin": ["EWR", "LGA"],
        "arr_delay": [15.0, 14.0],
    }
    return pa.table({**columns, **changes})


def weather_table(temp: list) -> pa.Table:
    n = len(temp)
    key = {
        "origin": ["EWR"] * n,
        "year": [2013.0] * n,
        "month": [7.0] * n,
        "day": [4.0] * n,
        "hour": [9.0] * n,
    }
    return pa.table({**key, "temp": temp})


AIRCRAFT = pa.table({"tailnum": ["N1"], "seats": [100.0]})


def test_two_flights_with_one_id_are_refused():
    table = flights_table()
    with pytest.raises(ValueError, match="one row_id"):
        ingest.joined(pa.concat_tables([table, table]), weather_table([70.0]), AIRCRAFT)


def test_a_csv_file_the_package_does_not_have_is_named_with_the_remedy():
    with pytest.raises(FileNotFoundError, match=r"no file nothing\.csv: install pipeline/requirements\.lock"):
        ingest.read_csv("nothing.csv", ["a"])


def test_a_weather_hour_given_twice_does_not_double_its_flights():
    weather = ingest.first_of_each(weather_table([70.0, 99.0]), ingest.WEATHER_KEY)
    assert ingest.joined(flights_table(), weather, AIRCRAFT)["temp"].to_pylist() == [70.0, None]


def test_the_first_of_two_rows_is_kept_whole_even_where_it_has_no_value():
    assert ingest.first_of_each(weather_table([None, 99.0]), ingest.WEATHER_KEY)["temp"].to_pylist() == [None]


def test_a_flight_without_weather_or_aircraft_is_kept():
    row = ingest.joined(flights_table(), weather_table([70.0]), AIRCRAFT).to_pylist()[1]
    assert (row["carrier"], row["temp"], row["seats"]) == ("MQ", None, None)


def test_late_is_fifteen_minutes_or_more_and_missing_for_a_flight_that_never_landed():
    table = ingest.labelled(flights_table(arr_delay=[15.0, None]))
    assert table["late"].to_pylist() == [1, None]
    assert ingest.labelled(flights_table())["late"].to_pylist() == [1, 0]


def test_what_is_known_only_after_departure_does_not_reach_the_rows():
    known_later = {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"}
    table = ingest.joined(ingest.labelled(flights_table()), weather_table([70.0]), AIRCRAFT)
    assert not known_later & set(table.column_names)
    assert not known_later & set(ingest.FLIGHT_COLUMNS) - {"arr_delay"}


def test_every_number_becomes_a_double():
    table = ingest.with_doubles(pa.table({"a": [1, 2], "b": [0.5, None], "c": ["x", "y"]}))
    assert [str(field.type) for field in table.schema] == ["double", "double", "string"]


def test_row_ids_name_the_flight_and_order_the_rows():
    ids = ingest.joined(flights_table(day=[9.0, 4.0]), weather_table([70.0]), AIRCRAFT)["row_id"].to_pylist()
    assert ids == ["2013-07-04 0930 MQ7 LGA", "2013-07-09 0905 UA15 EWR"]


def test_monday_is_zero_and_sunday_six():
    assert ingest.weekdays(flights_table(day=[8.0, 7.0])).to_pylist() == [0.0, 6.0]


def test_the_same_seed_draws_the_same_rows_and_another_seed_others():
    table = pa.table({"n": list(range(1000))})
    drawn = [ingest.draw(table, 50, (seed, 0))["n"].to_pylist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0])) == 50


def test_no_limit_draws_every_row():
    table = pa.table({"n": [3, 1, 2]})
    assert ingest.draw(table, None, (1, 0)) == table
