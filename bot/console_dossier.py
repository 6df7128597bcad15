"""What the ledger says of one version, as lines of at most 80 columns and as JSON. Performs no I/O."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from bot.console import JSON_VERSION, safe_line
from bot.evidence.facts import MetricTable
from bot.evidence.smoke import smoke_words
from bot.promotion.codec import encode
from bot.promotion.dossier import Dossier
from bot.promotion.explain import LEVELS
from bot.promotion.records import Judgement, Promoted, RuleOutcome

WIDTH = 80
LABEL = 12


def dossier_lines(found: Dossier) -> Iterator[str]:
    """The dossier for a person, in the order in which people ask."""
    record = found.record
    yield from _wrapped("", f"{found.model} version {found.version}: {_place(found)}")
    for other in found.others:
        told = f"The same number was once that of other bytes: `modelbot evidence {other[:12]}`"
        yield from _wrapped("", told)
    yield from _section("bytes", _bytes(found))
    yield from _section("where from", _origin(record))
    yield from _section("decided by", _decided(found))
    yield from _rules(record.judgement.rules)
    yield from _metrics(record.judgement)
    yield from _section("before it", [("superseded", _superseded(record))])
    yield "after it"
    if not found.later:
        yield "  nothing is on record"
    for one in found.later:
        yield from _wrapped(f"  {one.sequence:>5}  {one.time[:16]}  ", one.what)


def _place(found: Dossier) -> str:
    words = {
        "champion": "champion now",
        "previous": "champion before the present one",
        "former": "a former champion",
    }
    back = ", taken back by a return" if found.taken_back else ""
    others = [number for number in found.numbers if number != found.version]
    known = f"; it also had the number {', '.join(others)}" if others else ""
    return f"{words[found.place]}{back}{known}"


def _bytes(found: Dossier) -> list[tuple[str, str]]:
    record, artifact = found.record, found.record.artifact
    return [
        ("digest", artifact.digest or "none"),
        ("DVC hash", f"{artifact.lock_md5} of {artifact.path}"),
        ("dvc.lock", artifact.lock_sha256 or "its sha256 is not on record"),
        ("key", record.key),
    ]


def _origin(record: Promoted) -> list[tuple[str, str]]:
    origin = record.origin
    attempt = f", attempt {origin.workflow_attempt}" if origin.workflow_attempt else ""
    run = f"{origin.workflow_run}{attempt}" if origin.workflow_run else "none: a person's machine"
    return [
        ("repository", origin.repository or "not on record"),
        ("revision", origin.head),
        ("pull request", f"#{origin.pull_request}" if origin.pull_request else "none on record"),
        ("author", origin.author or "not on record"),
        ("approved by", ", ".join(origin.approvers) or "nobody on record"),
        ("workflow run", run),
        ("modelbot", f"{origin.bot_version}, {origin.time}"),
    ]


def _decided(found: Dossier) -> list[tuple[str, str]]:
    judgement, record = found.record.judgement, found.record
    policy = judgement.policy
    passes = "passes" if judgement.passes else "does not pass"
    approved = ", approved by people" if judgement.approved else ""
    returning = "; a return: change rules do not apply" if record.returning else ""
    return [
        ("record", f"{record.sequence} in commit {found.commit}"),
        ("policy", f"{policy.file} at {policy.revision}"),
        ("its sha256", policy.digest),
        ("verdict", f"{judgement.status}: {passes}{approved}{returning}"),
        ("numbers", LEVELS[judgement.level]),
        ("test data", judgement.tested_on or "not on record"),
        ("loaded", smoke_words(judgement.smoke) if judgement.smoke else "not on record"),
    ]


def _superseded(record: Promoted) -> str:
    if record.before is None:
        return "nothing: it was the first"
    return f"version {record.before}, digest {record.supersedes or 'not on record'}"


def _rules(rules: Sequence[RuleOutcome]) -> Iterator[str]:
    yield f"rules ({len(rules)})" if rules else "rules (none on record)"
    for rule in rules:
        severity = "" if rule.severity == "block" else f", {rule.severity} only"
        yield from _wrapped(f"  {rule.status:<12}  ", f"{rule.rule}{severity}")
        numbers = "; ".join(_numbers(rule))
        if numbers:
            yield from _wrapped(" " * 16, numbers)


def _numbers(rule: RuleOutcome) -> Iterator[str]:
    pairs = (("candidate", rule.candidate), ("against", rule.base), ("better by", rule.improvement))
    for name, value in pairs:
        if value is not None:
            whom = f" ({rule.against})" if name == "against" and rule.against else ""
            yield f"{name} {_number(value)}{whom}"
    if rule.low is not None and rule.high is not None:
        yield f"range {_number(rule.low)} to {_number(rule.high)}"
    if rule.limit is not None:
        yield f"{'margin' if rule.improvement is not None else 'limit'} {_number(rule.limit)}"


def _metrics(judgement: Judgement) -> Iterator[str]:
    candidate = judgement.candidate or MetricTable(())
    yield "metrics, of it and of the champion before it"
    for metric in candidate.metrics:
        before = judgement.champion.value(metric.name) if judgement.champion else None
        than = "" if before is None else f", before {_number(before)}"
        yield from _wrapped("  ", f"{metric.name} {_number(metric.value)}{than}")
    if candidate.slices:
        yield f"  and of {len(candidate.slices)} slices: `--json` has them"


def _number(value: float) -> str:
    return f"{value:.6g}"


def _section(title: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield title
    for label, text in pairs:
        yield from _wrapped(f"  {label:<{LABEL}} ", text)


def _wrapped(start: str, text: str) -> Iterator[str]:
    """Lines of at most 80 columns, the following ones below the first's text; nothing is left out."""
    indent = " " * len(start)
    wrapper = textwrap.TextWrapper(
        WIDTH, initial_indent=start, subsequent_indent=indent, break_on_hyphens=False
    )
    yield from wrapper.wrap(safe_line(text)) or [start]


def dossier_json(found: Dossier) -> Iterator[str]:
    """The dossier for a program; `record` is the ledger's own, numbers that are none as text."""
    value = {
        "version": JSON_VERSION,
        "model": found.model,
        "model_version": found.version,
        "numbers": list(found.numbers),
        "others_of_that_number": list(found.others),
        "place": found.place,
        "taken_back": found.taken_back,
        "commit": found.commit,
        "record": json.loads(encode(found.record), parse_constant=str),
        "later": [asdict(one) for one in found.later],
    }
    yield json.dumps(value, indent=2, sort_keys=True, allow_nan=False)
