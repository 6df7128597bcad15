"""Load the MLflow model beside this file and have it answer its input example.

Runs in the model's environment (`python smoke_worker.py MODEL OUT`), in a confined process; imports MLflow
and what the model brings, nothing of ours.
"""

import json
import os
import sys
import time
from typing import Any


def plain(value: Any) -> Any:
    """An answer as JSON has it: a table as `columns` and `data`, an array as lists."""
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return {"columns": list(map(str, value.columns)), "data": plain(value.to_numpy().tolist())}
    if hasattr(value, "toarray"):
        return plain(value.toarray())
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def rows(example: object) -> "int | None":
    """How many rows a table or an array has; None of anything else."""
    shape = getattr(example, "shape", None)
    return int(shape[0]) if shape else None


def main(model: str, out: str) -> None:
    """Write what it answered, and how long it took."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import pyfunc

    begun = time.perf_counter()
    loaded = pyfunc.load_model(model)
    found: dict[str, Any] = {"load_seconds": time.perf_counter() - begun, "example": False}
    example = loaded.metadata.load_input_example(model)
    if example is not None:
        begun = time.perf_counter()
        answer = loaded.predict(example)
        found["answer_seconds"] = time.perf_counter() - begun
        found.update(example=True, rows=rows(example), answer=plain(answer))
    with open(out, "w", encoding="utf-8") as stream:  # noqa: PTH123
        json.dump(found, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
