"""Whatever follows the alias: a process of its own that loads `models:/flights@champion` when it is asked.

It stays up, as a server would, so that its imports are paid for once. It may load models, and has no token.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.errors import UnavailableError

PROGRAM = """
import json, os, sys, warnings
warnings.filterwarnings("ignore")
os.environ["MLFLOW_LOGGING_LEVEL"] = "ERROR"
import mlflow, mlflow.sklearn, pyarrow.parquet, sklearn.ensemble
from mlflow.exceptions import MlflowException
mlflow.set_tracking_uri(sys.argv[1])

def version():
    try:
        return str(mlflow.MlflowClient().get_model_version_by_alias("flights", "champion").version)
    except MlflowException:
        return "none"

def score(rows):
    row = pyarrow.parquet.read_table(rows).slice(0, 1).to_pandas()
    model = mlflow.pyfunc.load_model("models:/flights@champion")
    columns = [column.name for column in model.metadata.get_input_schema()]
    return float(model.predict(row[columns])[0][1])

for line in sys.stdin:
    rows = json.loads(line)
    print(json.dumps([version(), score(rows) if rows else None]), flush=True)
"""


@dataclass(slots=True)
class Serving:
    """The process, started by `with` and stopped at its end."""

    registry: str
    _process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start it; its imports run while the first pipeline does."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, self.registry],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ
            | {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "true", "MLFLOW_DISABLE_TELEMETRY": "true"},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        if self._process:
            self._process.communicate()

    def version(self) -> str:
        """The version behind the alias, "none" when there is none."""
        return self._ask(None)[0]

    def predict(self, rows: Path) -> float:
        """What the champion says of the first row of this Parquet file.

        Raises:
            UnavailableError: it could not be loaded, with the process's last words.
        """
        return float(self._ask(rows)[1])

    def _ask(self, rows: Path | None) -> tuple[str, str]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None or process.stderr is None:
            raise UnavailableError("Nothing serves the champion: the process was not started.")
        try:
            process.stdin.write(json.dumps(str(rows) if rows else None) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise UnavailableError(f"Loading the champion failed:\n{process.stderr.read()}")
        version, score = json.loads(answer)
        return str(version), str(score)
