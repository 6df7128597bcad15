"""Versions in bulk, straight into the SQLite database of a server: thousands in a second, not in minutes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

VERSION = """
INSERT INTO model_versions
    (name, version, creation_time, last_updated_time, current_stage, source, status, workspace)
SELECT :model, :version, 1, 1, 'None', :source, 'READY', workspace FROM registered_models WHERE name = :model
"""
TAG = """
INSERT INTO model_version_tags (key, value, name, version, workspace)
SELECT 'modelbot.key', :key, :model, :version, workspace FROM registered_models WHERE name = :model
"""


def fill(database: Path, model: str, until: int) -> None:
    """Versions of a model that is there, up to number `until`, each with a key of its own."""
    with sqlite3.connect(database) as connection:
        asked = connection.execute("SELECT max(version) FROM model_versions WHERE name = ?", (model,))
        (last,) = asked.fetchone()
        rows = [
            {"model": model, "version": number, "source": f"models:/m-{number:032}", "key": f"{number:064}"}
            for number in range(last + 1, until + 1)
        ]
        connection.executemany(VERSION, rows)
        connection.executemany(TAG, rows)
