"""What `verify` and `rebuild` came to, as lines for a terminal or a workflow's log. Performs no I/O."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from bot.console import JSON_VERSION, error_lines, safe_line
from bot.promotion.findings import Finding
from bot.promotion.history import renumbered_words

if TYPE_CHECKING:  # each verb loads its own use case, and no other's
    from bot.promotion.rebuild import Rebuild, RebuildOutcome
    from bot.usecases.rebuild import Rebuilding
    from bot.usecases.verify import Verified


def verified_lines(done: Verified, issue: str = "") -> Iterator[str]:
    """What is wrong, the first bad record first; then what was checked. `issue`: where it is told."""
    if done.first_bad:
        yield f"first bad record: {_where(done.first_bad)}"
    for finding in done.findings:
        mark = "warning: " if finding.warning else ""
        yield safe_line(f"{mark}{finding.what}")
        yield safe_line(f"    {finding.todo}")
    if done.unanswered:
        yield from map(safe_line, f"could not ask: {done.unanswered}".splitlines())
    yield safe_line(_verdict(done))
    if issue:
        yield safe_line(f"told in {issue}")


def _verdict(done: Verified) -> str:
    word = "sound" if done.sound else "could not be checked" if done.exit_code.value > 1 else "not sound"
    end = f", the last in {done.tip[:12]}" if done.tip else ""
    served = "; MLflow was not asked" if done.hashed is None else f"; {_count(done.hashed, 'version')} hashed"
    return f"{word}: {_count(done.records, 'record')}{end}{served}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number:,} {what}s"


def _where(finding: Finding) -> str:
    field = f", field {finding.field}" if finding.field else ""
    return safe_line(f"{finding.sequence} in commit {(finding.commit or 'unknown')[:12]}{field}")


def verified_json(done: Verified) -> Iterator[str]:
    """The same for a program."""
    yield _json(
        {
            "version": JSON_VERSION,
            "sound": done.sound,
            "tip": done.tip,
            "records": done.records,
            "versions_hashed": done.hashed,
            "first_bad_record": asdict(done.first_bad) if done.first_bad else None,
            "findings": [asdict(finding) for finding in done.findings],
            "unanswered": done.unanswered or None,
        }
    )


def rebuilding_lines(done: Rebuilding) -> Iterator[str]:
    """What rebuilding did, or would do, model by model."""
    for plan in done.plans:
        yield from map(safe_line, _plan(plan))
    for outcome in done.outcomes:
        yield from map(safe_line, _outcome(outcome))
    for error in done.errors:
        yield from error_lines(error)


def _plan(plan: Rebuild) -> Iterator[str]:
    model, missing = plan.ledger.model, plan.missing
    known = f"{_count(len(plan.wanted), 'version')} in the ledger"
    yield f"{model}: {known}, {len(missing)} to register; every one is read back before an alias moves"
    for one in missing:
        yield f"    version {one.served.version}: {one.path} by DVC hash {one.served.lock_md5}"


def _outcome(done: RebuildOutcome) -> Iterator[str]:
    word = "rebuilt" if done.changed else "nothing to rebuild"
    yield f"{done.model}: {word}; {len(done.registered)} registered, {done.kept} there already, all read back"
    for one in done.renumbered:
        yield f"    {renumbered_words(one)}; the ledger has it on record"
    yield from (f"    alias {alias} points to version {version}" for alias, version in done.aliases)
    for trouble in done.troubles:
        yield f"    version {trouble.version} was not brought back: {trouble.what}"
        yield f"        {trouble.todo}"


def _json(value: object) -> str:
    return json.dumps(value, indent=2, sort_keys=True)
