"""Decision records: one entry of the ledger each, a closed union by `kind`. Performs no I/O."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from bot.evidence.facts import EvidenceLevel, MetricTable
from bot.evidence.smoke import Smoke
from bot.policy.verdict import PolicyRef, RuleResult, Severity, Status, Verdict

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a decision comes from: repository, revisions, people and workflow run.

    `time` (UTC, ISO 8601) is when the facts were gathered; order comes from Git and sequence numbers, never
    from it. `head` is the revision of main that was decided on; `base` and `merge` are the pull request's.
    """

    time: str
    repository: str
    head: str
    bot_version: str
    base: str | None = None
    merge: str | None = None
    pull_request: int | None = None
    author: str | None = None
    approvers: tuple[str, ...] = ()
    workflow_run: int | None = None
    workflow_attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Artifact:
    """The model's bytes: where `dvc.lock` has them, DVC's name for them, and our digest where known.

    `lock_sha256` is the sha256 of the bytes of `dvc.lock`.
    """

    path: str
    lock_md5: str
    lock_sha256: str
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """One rule's result and the numbers it stood on; `limit` is its threshold or margin in metric units."""

    rule: str
    status: Status
    severity: Severity
    base: float | None
    candidate: float | None
    improvement: float | None
    low: float | None
    high: float | None
    limit: float | None
    against: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a decision stood on: the policy, its verdict, and the numbers of candidate and champion.

    `tested_on` names the test data (`bot.evidence.comparability`); None where nothing says which they were,
    and in records of before it was kept. `smoke` is what loading the model gave, where that was asked for.
    """

    policy: PolicyRef
    status: Status
    passes: bool
    approved: bool
    level: EvidenceLevel
    rules: tuple[RuleOutcome, ...]
    candidate: MetricTable | None
    champion: MetricTable | None
    tested_on: str | None = None
    smoke: Smoke | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A promotion is about to move `alias`; written before anything in the registry changes."""

    sequence: int
    key: str
    model: str
    alias: str
    before: str | None
    supersedes: str | None
    returning: bool
    origin: Origin
    artifact: Artifact
    judgement: Judgement
    kind: Literal["intent"] = "intent"
    schema: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class Promoted:
    """The alias points to `version`, read back. `before` was champion until now, `supersedes` its digest."""

    sequence: int
    key: str
    model: str
    alias: str
    before: str | None
    version: str
    supersedes: str | None
    returning: bool
    origin: Origin
    artifact: Artifact
    judgement: Judgement
    kind: Literal["promoted"] = "promoted"
    schema: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class Refused:
    """The candidate did not become champion; `reasons` as sentences, `exit_code` as the process answered."""

    sequence: int
    model: str
    alias: str
    champion: str | None
    reasons: tuple[str, ...]
    exit_code: int
    origin: Origin
    artifact: Artifact
    judgement: Judgement
    kind: Literal["refused"] = "refused"
    schema: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class Drift:
    """`alias` pointed to `found` where this ledger says `expected`; `restored`: we put it back.

    `what` differed: where the alias points, or the version there: it was gone, or had other tags or bytes.
    """

    sequence: int
    model: str
    alias: str
    expected: str | None
    found: str | None
    restored: bool
    reason: str
    origin: Origin
    what: Literal["alias", "version", "tags", "bytes"] = "alias"
    kind: Literal["drift"] = "drift"
    schema: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class Measured:
    """Main measured the champion's own bytes anew, at `revision`: later candidates are compared with this."""

    sequence: int
    model: str
    alias: str
    version: str
    revision: str
    metrics: MetricTable
    level: EvidenceLevel
    origin: Origin
    kind: Literal["measured"] = "measured"
    schema: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class Held:
    """A person called `version` back: it stays champion, whatever main asks for, until a record `resumed`.

    `before` is the version that served when it was asked for, as that person named it; `by` is who.
    """

    sequence: int
    model: str
    alias: str
    before: str
    version: str
    digest: str
    by: str
    reason: str
    origin: Origin
    kind: Literal["held"] = "held"
    schema: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class Resumed:
    """The hold is over: main decides again."""

    sequence: int
    model: str
    alias: str
    by: str
    reason: str
    origin: Origin
    kind: Literal["resumed"] = "resumed"
    schema: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class Renumbered:
    """These bytes were version `was`, now `version`. None: they are lost, and another has that number."""

    digest: str
    was: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The registry was built anew from this ledger and gave other numbers: from here on those hold."""

    sequence: int
    model: str
    alias: str
    versions: tuple[Renumbered, ...]
    by: str
    origin: Origin
    kind: Literal["rebuilt"] = "rebuilt"
    schema: Literal[1] = 1


Record = Intent | Promoted | Refused | Drift | Measured | Held | Resumed | Rebuilt


def version_key(repository: str, model: str, digest: str) -> str:
    """The key tag under which one version is found again (64 hex digits, safe in any search filter).

    The digest is in it, because the same bytes are one version however often they come by; the repository,
    because two repositories may share a registered model and must not adopt each other's versions; the
    model, because one repository may register the same bytes under two names.
    """
    text = json.dumps(["modelbot", SCHEMA, repository, model, digest], ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def judgement_of(
    verdict: Verdict,
    level: EvidenceLevel,
    candidate: MetricTable | None,
    champion: MetricTable | None,
    tested_on: str | None = None,
    smoke: Smoke | None = None,
) -> Judgement:
    """A verdict as the ledger keeps it."""
    rules = tuple(_outcome(result) for result in verdict.results)
    return Judgement(
        verdict.policy,
        verdict.status,
        verdict.passes,
        verdict.approved,
        level,
        rules,
        candidate,
        champion,
        tested_on,
        smoke,
    )


def _outcome(result: RuleResult) -> RuleOutcome:
    return RuleOutcome(
        result.rule,
        result.status,
        result.severity,
        result.base,
        result.candidate,
        result.improvement,
        result.low,
        result.high,
        result.limit,
        result.against,
    )
