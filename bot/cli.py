"""The command line: arguments and environment in, exit code out. Only this, `cli_promotion` and
`cli_options` print or exit.
"""

from __future__ import annotations

import gc
import json
import platform
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

import click

from bot import bootstrap, bootstrap_policy, cli_promotion, console
from bot.cli_options import BASE, JSON, print_lines
from bot.errors import ExitCode, InvalidFileError, ModelbotError
from bot.version import version


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
    print_lines(console.impact_json(found) if as_json else console.impact_lines(found))


@cli.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def lint(files: tuple[Path, ...]) -> None:
    """Check policy files: every problem at once, with file, line and column.

    Example: modelbot lint policies/flights.yaml
    """
    checked, problems = bootstrap_policy.lint(Path.cwd(), files)
    if problems:
        raise InvalidFileError(problems)
    print_lines(console.lint_lines(checked))


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
        print_lines(console_explain.explanation_json(found))
    else:
        print_lines(
            console_explain.explanation_lines(found) if rule else console_explain.listing_lines(found)
        )


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
    print_lines(console.statement_lines(done.statement))
    sys.exit(console.statement_exit(done.statement))


@cli.command()
@click.option("--bundle", type=click.Path(path_type=Path), help="Read the bundle here, not from the run.")
@click.option("--objects", type=click.Path(path_type=Path), help="Read the objects here, not from the run.")
@click.option(
    "--main",
    is_flag=True,
    help="Score what main asks for, and load it as it will be served, where nobody did.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Write the scores here.")
def rescore(bundle: Path | None, objects: Path | None, out: Path, *, main: bool) -> None:
    """Score the models of a completed run by main's evaluator, in a sandbox, on rows without the truth.

    Runs in a job without secrets. Example: modelbot rescore --out scores
    """
    from bot import bootstrap_scoring

    if main:
        scores, smokes = bootstrap_scoring.rescore_main(Path.cwd(), out)
        print_lines((*console.scores_lines(scores), *console.smoke_lines(smokes)))
        return
    brought = bootstrap.BroughtFrom(bundle, objects)
    print_lines(console.scores_lines(bootstrap_scoring.rescore(Path.cwd(), brought, out)))


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
    print_lines(console.published_lines(result))


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


for _command in cli_promotion.COMMANDS:
    cli.add_command(_command)


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


def _tell(line: str) -> None:
    click.echo(console.safe_line(line), err=True)


if __name__ == "__main__":
    main()
