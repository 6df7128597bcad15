"""What several commands have in common: options, and printing."""

from __future__ import annotations

from collections.abc import Iterable

import click

BASE = click.option(
    "--base", metavar="REV", help="Compare with this revision. Default: origin/main, else main."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print versioned JSON instead of text.")
MODEL = click.option("--model", default="", help="Default: the only one that the ledger knows.")


def print_lines(lines: Iterable[str]) -> None:
    """To standard output, as they are: whoever made them made them safe."""
    for line in lines:
        click.echo(line)
