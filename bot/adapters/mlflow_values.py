"""What MLflow answers, as values of ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.ports.registry import RegisteredVersion

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion
    from mlflow.exceptions import MlflowException

KEY = "modelbot.key"
DIGEST = "modelbot.digest"
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def registered(version: ModelVersion) -> RegisteredVersion:
    """MLflow's numbers are int over a database and str over REST."""
    tags = dict(version.tags or {})
    source = str(version.source or "")
    return RegisteredVersion(str(version.name), str(version.version), tags.get(KEY), tags.get(DIGEST), source)


def absent(error: MlflowException) -> bool:
    """Whether MLflow says that what was asked for does not exist."""
    if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"}:
        return True
    return error.error_code == "INVALID_PARAMETER_VALUE" and "not found" in str(error)


def first_line(error: Exception) -> str:
    """The first line, short, without the credentials that a URL in it may carry."""
    text = str(error).strip() or type(error).__name__
    return CREDENTIALS.sub("", text.splitlines()[0])[:300]
