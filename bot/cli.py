"""The command line: arguments and environment in, exit code out. The only place that prints or exits."""

from __future__ import annotations

import gc
import json
import platform
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

import click

from bot import bootstrap, bootstrap_ledger, bootstrap_policy, console
from bot.errors import ExitCode, InvalidFileError, ModelbotError
from bot.version import version

BASE = click.option(
    "--base", metavar="REV", help="Compare with this revision. Default: origin/main, else main."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print versioned JSON instead of text.")


MODEL = click.option("--model", default="", help="Default: the only one that the ledger knows.")


def _say_version(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(f"modelbot, version {version()}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_say_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Merge-to-deploy for machine-learning models.

    Judges what a pull request does to a DVC pipeline's model, and promotes merged bytes in MLflow.
    Exit codes: 0 passed or nothing to do, 1 the policy said no, 2 a file or flag is wrong, 3 stale,
    4 GitHub, DVC, MLflow or a remote did not answer, 5 could not evaluate, 70 a bug of ours.
    """


@cli.command()
@BASE
@JSON
def impact(base: str | None, *, as_json: bool) -> None:
    """Say which stages the change makes out of date, and why. Needs no data and starts no DVC.

    Example: modelbot impact --base main
    """
    found = bootstrap.impact(Path.cwd(), base)
    _print(console.impact_json(found) if as_json else console.impact_lines(found))


@cli.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def lint(files: tuple[Path, ...]) -> None:
    """Check policy files: every problem at once, with file, line and column.

    Example: modelbot lint policies/flights.yaml
    """
    checked, problems = bootstrap_policy.lint(Path.cwd(), files)
    if problems:
        raise InvalidFileError(problems)
    _print(console.lint_lines(checked))


@cli.command()
@click.argument("what", type=click.Choice(["policy", "report"]), default="policy")
def schema(what: str) -> None:
    """Print a JSON Schema: of a policy file, for editors that complete and check, or of the report's JSON.

    Example: modelbot schema > policies/policy.schema.json
    """
    from bot.policy.schema import schema_text
    from bot.report.document import report_schema_text

    click.echo(schema_text() if what == "policy" else report_schema_text(), nl=False)


@cli.command()
@click.argument("rule", default="")
@BASE
@JSON
def explain(rule: str, base: str | None, *, as_json: bool) -> None:
    """Say what a rule means, its numbers now, and how to change or waive it; without RULE list all rules.

    RULE is its id, as reports show it. Example: modelbot explain metrics.auc.max_regression
    """
    from bot import console_explain

    found = bootstrap_policy.explain(Path.cwd(), base, rule)
    if as_json:
        _print(console_explain.explanation_json(found))
    else:
        _print(console_explain.explanation_lines(found) if rule else console_explain.listing_lines(found))


@cli.command()
@BASE
@click.option(
    "--reproduce/--no-reproduce", default=True, help="Run the stages that are out of date, or do not."
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write the report as JSON.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Also write the report as Markdown.")
@click.option("--html", type=click.Path(path_type=Path), help="Also write the report as one HTML page.")
def check(
    base: str | None, *, reproduce: bool, json_file: Path | None, markdown: Path | None, html: Path | None
) -> None:
    """Show the report of the work tree as it is now, before there is a pull request. Needs no GitHub.

    Example: modelbot check --base main
    """
    from rich.console import Console

    from bot.report.as_json import render_json
    from bot.report.page.render import render_page
    from bot.report.render import render_comment
    from bot.report.terminal import render_terminal

    result = bootstrap.check(Path.cwd(), base, reproduce=reproduce, echo=_tell)
    for path, render in ((json_file, render_json), (markdown, render_comment)):
        if path:
            path.write_text(render(result.report), encoding="utf-8")
    if html:
        pictures = bootstrap.pictures_of(result.report.figures)
        html.write_text(render_page(result.report, pictures=pictures), encoding="utf-8")
    Console(width=None if sys.stdout.isatty() else 80).print(render_terminal(result.report))
    sys.exit(result.exit_code)


@cli.command()
@BASE
@click.option("--head", metavar="REV", help="Reproduce this revision. Default: the event's, else HEAD.")
@click.option(
    "--bundle", type=click.Path(path_type=Path), required=True, help="Write the evidence bundle here."
)
@click.option("--objects", type=click.Path(path_type=Path), help="Put the outputs' objects here.")
def reproduce(base: str | None, head: str | None, bundle: Path, objects: Path | None) -> None:
    """Run what the change makes out of date in a fresh checkout, and write the evidence bundle.

    Example: modelbot reproduce --base main --bundle bundle --objects objects
    """
    done = bootstrap.reproduce(Path.cwd(), bootstrap.Bounds(base, head), bundle, objects, echo=_tell)
    _print(console.statement_lines(done.statement))
    sys.exit(console.statement_exit(done.statement))


@cli.command()
@click.option("--bundle", type=click.Path(path_type=Path), help="Read the bundle here, not from the run.")
@click.option("--objects", type=click.Path(path_type=Path), help="Read the objects here, not from the run.")
@click.option("--main", is_flag=True, help="Score what main asks for, where nobody did.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Write the scores here.")
def rescore(bundle: Path | None, objects: Path | None, out: Path, *, main: bool) -> None:
    """Score the models of a completed run by main's evaluator, in a sandbox, on rows without the truth.

    Runs in a job without secrets. Example: modelbot rescore --out scores
    """
    from bot import bootstrap_scoring

    brought = bootstrap.BroughtFrom(bundle, objects)
    _print(console.scores_lines(bootstrap_scoring.rescore(Path.cwd(), brought, out, main=main)))


@cli.command()
@click.option("--start", is_flag=True, help="Only open the check and the comment: the pipeline still runs.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Read the bundle here, not from the run.")
@click.option("--objects", type=click.Path(path_type=Path), help="Read the objects here, not from the run.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the report here, as a page and as JSON.")
def report(*, start: bool, bundle: Path | None, objects: Path | None, out: Path | None) -> None:
    """Judge a completed run of the pull request's workflow, and write comment, check and lock commit.

    Runs in the trusted workflow, on the event workflow_run. Example: modelbot report
    """
    brought = bootstrap.BroughtFrom(bundle, objects)
    result = bootstrap.report(Path.cwd(), start=start, brought=brought, out=out)
    _print(console.published_lines(result))


@cli.command()
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--scores", type=click.Path(path_type=Path), help="Also use the scores here, of `rescore`.")
def promote(*, dry_run: bool, scores: Path | None) -> None:
    """Make the registry agree with main: promote, return, or say why not. Running it again is safe.

    Example: modelbot promote --dry-run
    """
    from bot import console_promotion

    result = bootstrap.promote(Path.cwd(), dry_run=dry_run, scores=scores)
    _print(console_promotion.promotion_lines(result))
    sys.exit(result.exit_code)


@cli.command()
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

    done = bootstrap.rollback(Path.cwd(), bootstrap.Named(model, serving, wanted, reason))
    _print(console_promotion.rollback_lines(done))
    sys.exit(done.exit_code)


@cli.command()
@MODEL
@click.option("--reason", required=True, help="Why, in a sentence: it is recorded.")
def resume(model: str, reason: str) -> None:
    """End the hold that a rollback set: the next promotion makes the registry agree with main again.

    Example: modelbot resume --reason "the revert is merged"
    """
    from bot import console_promotion

    _print(console_promotion.resumed_lines(bootstrap.resume(Path.cwd(), model, reason)))


@cli.command()
@JSON
def status(*, as_json: bool) -> None:
    """Say what main wants, what the registry serves, and whether they agree.

    Example: modelbot status --json
    """
    from bot import console_promotion

    found = bootstrap.status(Path.cwd())
    _print(console_promotion.status_json(found) if as_json else console_promotion.status_lines(found))


@cli.command()
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
        _print(console_moment.moment_json(then) if as_json else console_moment.moment_lines(then))
        return
    lines = bootstrap.history(Path.cwd(), model)
    _print(console_promotion.history_json(lines) if as_json else console_promotion.history_lines(lines))


@cli.command()
@click.option("--all", "every", is_flag=True, help="Hash every version ever promoted, not only two.")
@click.option("--ledger-only", is_flag=True, help="Check the ledger alone; MLflow is not asked.")
@click.option("--contains", default="", metavar="COMMIT", help="The ledger must still have this commit.")
@JSON
def verify(*, every: bool, ledger_only: bool, contains: str, as_json: bool) -> None:
    """Say whether the ledger is sound, and whether the registry serves what it says. Changes nothing.

    Exit code 0 sound, 1 not, 4 where origin or MLflow did not answer. Example: modelbot verify --all
    """
    from bot import console_ledger

    done = bootstrap_ledger.verify(Path.cwd(), every=every, ledger_only=ledger_only, known=contains)
    _print(console_ledger.verified_json(done) if as_json else console_ledger.verified_lines(done))
    sys.exit(done.exit_code)


@cli.command()
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
    _print(console_dossier.dossier_json(found) if as_json else console_dossier.dossier_lines(found))


@cli.command()
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@click.option("--where", required=True, help="Where they ran: a job's number, a link. It is recorded.")
def record(stages: tuple[str, ...], where: str) -> None:
    """Give your word that stages ran elsewhere, as dvc.lock of HEAD says: on a cluster, in a service.

    Without STAGE every entry is meant. Example: modelbot record train --where "Slurm job 4711"
    """
    from bot import bootstrap_vouching, console_vouching

    _print(console_vouching.recording_lines(bootstrap_vouching.record(Path.cwd(), stages, where)))


@cli.command()
def adopt() -> None:
    """Take over what was there before the bot: main's lock entries, and the champion that MLflow serves.

    The champion must have the bytes that main's dvc.lock names; no alias moves. Example: modelbot adopt
    """
    from bot import bootstrap_vouching, console_vouching

    done = bootstrap_vouching.adopt(Path.cwd())
    _print(console_vouching.adoption_lines(done))
    sys.exit(done.exit_code)


@cli.command()
@click.option("--dry-run", is_flag=True, help="Say what is missing; change nothing.")
def rebuild(*, dry_run: bool) -> None:
    """Build a lost MLflow registry anew, from ledger and DVC remote alone. Running it again is safe.

    It never touches a registry that has other versions of ours. Example: modelbot rebuild --dry-run
    """
    from bot import console_ledger

    done = bootstrap_ledger.rebuild(Path.cwd(), dry_run=dry_run)
    _print(console_ledger.rebuilding_lines(done))
    sys.exit(done.exit_code)


@cli.command()
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the pages here. Default: .modelbot/demo/pages."
)
@click.option("--serve", is_flag=True, help="Serve the pages on a loopback port afterwards.")
def demo(out: Path | None, *, serve: bool) -> None:
    """Run the whole loop on localhost with the real workflow files, and write pages to open in a browser.

    Example: modelbot demo --serve
    """
    from bot.localhost.demo.run import run_demo

    run_demo(Path.cwd(), out, serve=serve, say=click.echo)


def main() -> None:
    """The `modelbot` command."""
    # What was imported stays: without this, every round of the collector walks through it again.
    gc.freeze()
    # A ledger of 10,000 records is a million values that all stay: looking through them again and again
    # took half of the time of reading it.
    gc.set_threshold(200_000, 20, 100)
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        _fail(["Stopped."], 130)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.INVALID)
    except ModelbotError as error:
        _fail(console.error_lines(error), error.exit_code)
    except Exception:  # noqa: BLE001 -- the one place that turns a bug of ours into a report of it
        _fail(_bug_lines(), ExitCode.BUG)


def _bug_lines() -> list[str]:
    return [
        "This is a bug in modelbot. Please report it with the lines below; nothing was retried.",
        "```",
        f"modelbot {version()}, Python {platform.python_version()}, {platform.platform()}",
        f"command: {json.dumps(sys.argv[1:])}",
        traceback.format_exc().rstrip(),
        "```",
    ]


def _fail(lines: Iterable[str], code: int) -> None:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(code)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _tell(line: str) -> None:
    click.echo(console.safe_line(line), err=True)


if __name__ == "__main__":
    main()
