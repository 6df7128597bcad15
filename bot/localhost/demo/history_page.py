"""The history of the champion as a page: read from the ledger's branch alone, newest first."""

from __future__ import annotations

from markupsafe import Markup

from bot.adapters.git import token_header
from bot.adapters.records import GitRecords
from bot.localhost.demo.town import REPOSITORY, Town
from bot.promotion.history import HistoryLine
from bot.promotion.ledger import Committed, read_records
from bot.promotion.records import Promoted
from bot.usecases.history import history

TITLE = "History of the champion"
SHOWN = ("auc", "log_loss")
ROW = Markup(
    "<tr><td>{time}</td><td>{what}</td><td>{pull}</td><td>{metrics}</td>"
    "<td><code>{digest}</code></td><td><code>{revision}</code></td><td>{level}</td></tr>"
)
PAGE = Markup(
    "<h1>{title}</h1><p>What <code>models:/flights@champion</code> served, and why. Read from the branch "
    "<code>modelbot/ledger</code> of the repository, one commit per decision; it needs no MLflow.</p>"
    "<table><thead><tr><th>When (UTC)</th><th>What</th><th>Pull request</th><th>{names}</th>"
    "<th>Bytes (sha256)</th><th>main</th><th>Evidence</th></tr></thead><tbody>{rows}</tbody></table>"
)


def history_page(town: Town) -> str:
    """The page's HTML, without the frame around it."""
    ana = town.people["ana"]
    records = GitRecords(ana.clone(REPOSITORY), token_header(ana.token))
    committed = read_records(records.entries("modelbot/ledger"))
    rows = [_row(line, committed) for line in reversed(history(records, None))]
    return str(PAGE.format(title=TITLE, names=" · ".join(SHOWN), rows=Markup("").join(rows)))


def _row(line: HistoryLine, committed: tuple[Committed, ...]) -> Markup:
    pull = f"#{line.pull_request}" if line.pull_request else "pushed to main"
    return ROW.format(
        time=line.time[:19].replace("T", " "),
        what=_what(line),
        pull=pull,
        metrics=_metrics(line, committed),
        digest=(line.digest or "")[:12],
        revision=line.revision[:7],
        level=line.level or "",
    )


def _what(line: HistoryLine) -> str:
    if line.kind != "promoted":
        return f"{line.kind}: {'; '.join(line.reasons)}"
    before = f", after version {line.before}" if line.before else ""
    return f"{'returned to' if line.returning else 'promoted'} version {line.version}{before}"


def _metrics(line: HistoryLine, committed: tuple[Committed, ...]) -> str:
    record = next(one.record for one in committed if one.commit == line.commit)
    table = record.judgement.candidate if isinstance(record, Promoted) else None
    values = [table.value(name) if table else None for name in SHOWN]
    return " · ".join("-" if value is None else f"{value:.4f}" for value in values)
