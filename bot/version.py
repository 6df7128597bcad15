"""Which modelbot this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


def version() -> str:
    """The installed distribution's version; "0" when modelbot runs without being installed."""
    try:
        return installed("modelbot")
    except PackageNotFoundError:
        return "0"
