"""The commands that change what is served, and those that read what was: ledger and registry."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot import bootstrap_ledger, bootstrap_promotion
from bot.cli_options import JSON, MODEL, print_lines


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--scores", type=click.Path(path_type=Path), help="Also use the scores here, of `rescore`.")
@click.option(
    "--read-bytes",
    is_flag=True,
    envvar="MODELBOT_READ_BYTES",
    help="Also read what MLflow serves as champion and previous.",
)
def promote(*, dry_run: bool, scores: Path | None, read_bytes: bool) -> None:
    """Make the registry agree with main: promote, return, or say why not. Running it again is safe.

    Example: modelbot promote --dry-run
    """
    from bot import console_promotion

    result = bootstrap_promotion.promote(Path.cwd(), dry_run=dry_run, scores=scores, read_bytes=read_bytes)
    print_lines(console_promotion.promotion_lines(result))
    sys.exit(result.exit_code)


@click.command()
@MODEL
@click.option(
    "--from", "serving", metavar="VERSION", required=True, help="The version that you see as champion now."
)
@click.option("--to", "wanted", metavar="VERSION", default="", help="Default: the one before it.")
@click.option("--reason", required=True, help="Why, in a sentence: it is recorded, and reports show it.")
def rollback(model: str, serving: str, wanted: str, reason: str) -> None:
    """Call a version back that was champion before, without a commit, and hold it against main.

    Nothing is trained and no statistics are asked. Until `modelbot resume` main's model waits.
    Example: modelbot rollback --from 13 --reason "double charges in Lyon since noon"
    """
    from bot import console_promotion

    done = bootstrap_promotion.rollback(Path.cwd(), bootstrap_promotion.Named(model, serving, wanted, reason))
    print_lines(console_promotion.rollback_lines(done))
    sys.exit(done.exit_code)


@click.command()
@MODEL
@click.option("--reason", required=True, help="Why, in a sentence: it is recorded.")
def resume(model: str, reason: str) -> None:
    """End the hold that a rollback set: the next promotion makes the registry agree with main again.

    Example: modelbot resume --reason "the revert is merged"
    """
    from bot import console_promotion

    print_lines(console_promotion.resumed_lines(bootstrap_promotion.resume(Path.cwd(), model, reason)))


@click.command()
@JSON
def status(*, as_json: bool) -> None:
    """Say what main wants, what the registry serves, and whether they agree.

    Example: modelbot status --json
    """
    from bot import console_promotion

    found = bootstrap_promotion.status(Path.cwd())
    print_lines(console_promotion.status_json(found) if as_json else console_promotion.status_lines(found))


@click.command()
@click.option("--model", help="Only this model.")
@click.option("--at", metavar="TIME", help="What was champion then: a time, a date, or a revision of main.")
@JSON
def history(model: str | None, at: str | None, *, as_json: bool) -> None:
    """Tell what was promoted, returned to and refused, from the ledger alone.

    A time without a zone is UTC, a date means its end. Example: modelbot history --at 2026-03-01T12:00
    """
    from bot import console_moment, console_promotion

    if at is not None:
        then = bootstrap_ledger.moment(Path.cwd(), at, model)
        print_lines(console_moment.moment_json(then) if as_json else console_moment.moment_lines(then))
        return
    lines = bootstrap_promotion.history(Path.cwd(), model)
    print_lines(console_promotion.history_json(lines) if as_json else console_promotion.history_lines(lines))


@click.command()
@click.option("--all", "every", is_flag=True, help="Hash every version ever promoted, not only two.")
@click.option("--ledger-only", is_flag=True, help="Check the ledger alone; MLflow is not asked.")
@click.option("--contains", default="", metavar="COMMIT", help="The ledger must still have this commit.")
@click.option("--issue", is_flag=True, help="Keep one issue at GitHub that says what is wrong.")
@JSON
def verify(*, every: bool, ledger_only: bool, contains: str, issue: bool, as_json: bool) -> None:
    """Say whether the ledger is sound, and whether the registry serves what it says. Changes nothing.

    Exit code 0 sound, 1 not, 4 where origin or MLflow did not answer. Example: modelbot verify --all
    """
    from bot import console_ledger

    asked = bootstrap_ledger.Asked(every, ledger_only, contains, issue)
    done, url = bootstrap_ledger.verify(Path.cwd(), asked)
    told = console_ledger.verified_json(done) if as_json else console_ledger.verified_lines(done, url)
    print_lines(told)
    sys.exit(done.exit_code)


@click.command()
@click.argument("wanted", metavar="VERSION")
@MODEL
@JSON
def evidence(wanted: str, model: str, *, as_json: bool) -> None:
    """Tell what is on record of a version: bytes, origin, people, policy, rules, numbers, what came later.

    VERSION is its number, or 12 digits of its digest. From the ledger alone, also years later.
    Example: modelbot evidence 12
    """
    from bot import console_dossier

    found = bootstrap_ledger.evidence(Path.cwd(), model, wanted)
    print_lines(console_dossier.dossier_json(found) if as_json else console_dossier.dossier_lines(found))


@click.command()
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@click.option("--where", required=True, help="Where they ran: a job's number, a link. It is recorded.")
def record(stages: tuple[str, ...], where: str) -> None:
    """Give your word that stages ran elsewhere, as dvc.lock of HEAD says: on a cluster, in a service.

    Without STAGE every entry is meant. Example: modelbot record train --where "Slurm job 4711"
    """
    from bot import bootstrap_vouching, console_vouching

    print_lines(console_vouching.recording_lines(bootstrap_vouching.record(Path.cwd(), stages, where)))


@click.command()
def adopt() -> None:
    """Take over what was there before the bot: main's lock entries, and the champion that MLflow serves.

    The champion must have the bytes that main's dvc.lock names; no alias moves. Example: modelbot adopt
    """
    from bot import bootstrap_vouching, console_vouching

    done = bootstrap_vouching.adopt(Path.cwd())
    print_lines(console_vouching.adoption_lines(done))
    sys.exit(done.exit_code)


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what is missing; change nothing.")
def rebuild(*, dry_run: bool) -> None:
    """Build a lost MLflow registry anew, from ledger and DVC remote alone. Running it again is safe.

    It never touches a registry that has other versions of ours. Example: modelbot rebuild --dry-run
    """
    from bot import console_ledger

    done = bootstrap_ledger.rebuild(Path.cwd(), dry_run=dry_run)
    print_lines(console_ledger.rebuilding_lines(done))
    sys.exit(done.exit_code)


COMMANDS = (promote, rollback, resume, status, history, verify, evidence, record, adopt, rebuild)
