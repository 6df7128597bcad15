"""The choice of training rows."""

import features
import pyarrow as pa

ROWS = pa.table({"carrier": ["UA", "MQ", "9E", "UA"], "late": [1, 0, 1, None]})


def test_flights_that_never_landed_are_left_out():
    assert features.chosen(ROWS, features.Params(skip_carriers=[]))["carrier"].to_pylist() == [
        "UA",
        "MQ",
        "9E",
    ]


def test_a_skipped_carrier_is_left_out():
    assert features.chosen(ROWS, features.Params(skip_carriers=["MQ", "9E"]))["carrier"].to_pylist() == ["UA"]
