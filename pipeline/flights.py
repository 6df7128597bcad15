"""What the four stages agree on: where files are, which columns there are, how parameters are read."""

from pathlib import Path
from typing import Any, Final, cast

from ruamel.yaml import YAML

ROOT: Final = Path(__file__).resolve().parent.parent
TRAIN: Final = ROOT / "data" / "train.parquet"
TEST: Final = ROOT / "data" / "test.parquet"
FEATURES: Final = ROOT / "data" / "features.parquet"
MODEL: Final = ROOT / "models" / "flights"
EVAL: Final = ROOT / "eval"
DATA_REPORT: Final = EVAL / "data_report.json"

ROW_ID: Final = "row_id"
LABEL: Final = "late"

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "schedule": ("sched_dep_time", "sched_arr_time"),
    "calendar": ("month", "day", "weekday"),
    "route": ("origin", "dest", "distance"),
    "carrier": ("carrier",),
    "weather": ("temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib"),
    "aircraft": ("plane_year", "engines", "seats"),
}
"""Every column known before departure that a model may use, by the name parameters give the group."""

CATEGORICAL: Final = frozenset({"origin", "dest", "carrier"})
"""The columns that hold text; every other column of a group is a float64."""

TRUSTED: Final = (
    "functools.partial",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils.validation.check_array",
)
"""What skops must be told to trust in the model, beyond what it trusts of scikit-learn and numpy."""


def read_params(section: str, path: Path = ROOT / "params.yaml") -> dict[str, Any]:
    """One section of the parameters, read as YAML 1.2 as DVC does: ``5e-3`` is a number and ``no`` is text.

    Raises:
        KeyError: the file has no such section.
    """
    return cast("dict[str, Any]", YAML(typ="safe", pure=True).load(path)[section])


def columns_of(groups: list[str]) -> list[str]:
    """The columns of the named groups, in the order of `GROUPS`, whatever order they were named in.

    Raises:
        ValueError: a group does not exist; the message lists those that do.
    """
    unknown = sorted(set(groups) - set(GROUPS))
    if unknown:
        raise ValueError(f"params.yaml names unknown column groups {unknown}; there are {sorted(GROUPS)}")
    return [column for group, columns in GROUPS.items() if group in groups for column in columns]
