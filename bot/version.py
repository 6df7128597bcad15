"""Which modelbot this is."""

from __future__ import annotations


def version() -> str:
    """The installed distribution's version; "0" when modelbot runs without being installed."""
    # Slow to import, and most commands do not ask.
    from importlib.metadata import PackageNotFoundError  # noqa: PLC0415
    from importlib.metadata import version as installed  # noqa: PLC0415

    try:
        return installed("modelbot")
    except PackageNotFoundError:
        return "0"
