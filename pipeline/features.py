"""Stage features: choose the rows to train on.

It shapes the training data only. What a model needs at prediction time (selection, encoding) lives inside the
saved model, so that the test rows stay as ingest wrote them.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from flights import FEATURES, LABEL, TRAIN, read_params


@dataclass(frozen=True, slots=True)
class Params:
    """Section ``features`` of params.yaml: codes of carriers whose flights are left out of training."""

    skip_carriers: list[str]


def chosen(rows: pa.Table, params: Params) -> pa.Table:
    """The rows to train on: flights that landed, of every carrier that is not skipped."""
    skipped = pc.is_in(rows["carrier"], value_set=pa.array(params.skip_carriers, pa.string()))
    return rows.filter(pc.and_(pc.is_valid(rows[LABEL]), pc.invert(skipped)))


def main() -> None:
    """Write data/features.parquet."""
    rows = pq.read_table(TRAIN)
    kept = chosen(rows, Params(**read_params("features")))
    pq.write_table(kept, FEATURES)
    print(f"{kept.num_rows} of {rows.num_rows} rows")


if __name__ == "__main__":
    main()
