"""Columns that a table can do without. Performs no I/O."""

from __future__ import annotations

from dataclasses import replace

from bot.report.model import Drop, Table


def without(table: Table, drop: Drop) -> Table:
    """The table without the columns that are left out as `drop`; the same where it has none."""
    kept = tuple(at for at, column in enumerate(table.columns) if column.drop != drop)
    if len(kept) == len(table.columns):
        return table
    rows = tuple(tuple(row[at] for at in kept) for row in table.rows)
    return replace(table, columns=tuple(table.columns[at] for at in kept), rows=rows)
