"""Writes what documents say of the grammar, from the grammar. `make docs`; a test holds the files to it."""

from __future__ import annotations

from pathlib import Path

from bot.policy.schema import schema_text

HERE = Path(__file__).parent


def written() -> dict[Path, str]:
    """Each generated file with its text."""
    return {HERE / "policy.schema.json": schema_text()}


if __name__ == "__main__":
    for path, text in written().items():
        path.write_text(text, encoding="utf-8")
