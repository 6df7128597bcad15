"""What a report is built from: everything already read and decided. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.evidence.code_changes import CodeChange
from bot.evidence.environment import EnvironmentChange
from bot.evidence.facts import Evidence, Side
from bot.evidence.figures import Shown
from bot.evidence.params import ParamChange
from bot.evidence.phrase import Phrase
from bot.evidence.plot_changes import PlotChange
from bot.policy.curves import SideCurves
from bot.policy.differences import PolicyEdit
from bot.policy.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Target:
    """What is reported about. `number` is 0 for a preview on a person's machine, which has no pull request.

    `head`, `base` and `merge_base` are full shas; `web_url` is GitHub's address for people.
    """

    repository: str
    number: int
    head: str
    base: str
    merge_base: str = ""
    web_url: str = "https://github.com"


@dataclass(frozen=True, slots=True)
class Invocation:
    """The workflow run whose result this is; id and attempt order reports, both 0 on a person's machine."""

    run_id: int = 0
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Basis:
    """Which question a report answers: target, invocation, when (UTC) and with which version of the bot.

    `page_url` is where the whole report can be had as a page, "" where it cannot.
    """

    target: Target
    invocation: Invocation
    time: datetime
    bot_version: str
    page_url: str = ""


@dataclass(frozen=True, slots=True)
class Replaces:
    """The candidate becomes champion, as version `following` where known. `current` None: the first one."""

    current: str | None
    following: str | None = None


@dataclass(frozen=True, slots=True)
class NothingSameModel:
    """The candidate is the champion: there is nothing to promote."""


@dataclass(frozen=True, slots=True)
class ReturnTo:
    """The candidate was champion before, as `version`; its bytes are flipped back."""

    version: str


@dataclass(frozen=True, slots=True)
class OnHold:
    """Promotion waits for a person since a rollback. `since` is a date."""

    by: str
    since: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Promotion will refuse the candidate even when merged, for this reason."""

    why: Phrase


IfMerged = Replaces | NothingSameModel | ReturnTo | OnHold | Refused
"""What production does if the pull request is merged as it is."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The policy on base answered.

    Where the pull request edits the policy: `edits` are the keys that differ, `preview` is what the edited
    policy would say (None too where it is taken away).
    """

    verdict: Verdict
    preview: Verdict | None = None
    edits: tuple[PolicyEdit, ...] = ()
    removed: bool = False


@dataclass(frozen=True, slots=True)
class NoPolicy:
    """The base has no policy for this model; `preview` is what the pull request's own would say."""

    preview: Verdict | None = None


@dataclass(frozen=True, slots=True)
class CouldNotEvaluate:
    """We could not tell: what happened and what to do. Not the policy saying no."""

    what: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One model of the repository. `model` is its registered name, "" when no policy names it.

    `if_merged` is None where the registry was not asked: then nothing is said of production. `history` are
    the last promoted versions whose numbers compare, oldest first.
    """

    model: str
    outcome: Judged | NoPolicy | CouldNotEvaluate
    evidence: Evidence | None = None
    if_merged: IfMerged | None = None
    curves: tuple[SideCurves, ...] = ()
    history: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True)
class Models:
    """The models of the repository that the pull request touches; at least one."""

    models: tuple[ModelFacts, ...]


@dataclass(frozen=True, slots=True)
class StageFailed:
    """A stage of the pull request's own pipeline failed; `log_tail` are the last lines it printed."""

    stage: str
    exit_code: int
    log_tail: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """The pipeline runs; no result yet."""


@dataclass(frozen=True, slots=True)
class NothingAffected:
    """The change makes no stage out of date and touches no policy."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The pull request moved to `new_head` while this was decided."""

    new_head: str


Outcome = Models | CouldNotEvaluate | StageFailed | Running | NothingAffected | Stale
"""How the invocation ended, or that it has not."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """What DVC records of one path: md5 (ending `.dir` for a directory), bytes, number of files."""

    md5: str
    size: int | None = None
    nfiles: int | None = None


@dataclass(frozen=True, slots=True)
class DataChange:
    """A tracked path whose recorded bytes differ; None on the side that has none."""

    path: str
    before: Tracked | None
    after: Tracked | None


StageOutcome = Literal["ran", "cached", "changed", "removed", "failed"]
"""`changed`: out of date, and not run here. `cached`: up to date, nothing to do."""


@dataclass(frozen=True, slots=True)
class StageFact:
    """What became of one stage, how long it took (seconds, when it ran), and why it was out of date.

    `took` are the seconds of the run that made it up to date, None where they are not on record.
    """

    stage: str
    outcome: StageOutcome
    seconds: float | None = None
    reasons: tuple[Phrase, ...] = ()
    took: float | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """A drawn plot and the addresses of its two pictures, for light and for dark paper."""

    title: str
    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Everything a report may say.

    `edges` are the pipeline's: which stage reads what which writes (writer, reader). `lock_commit` is the
    commit by which the bot put the reproduced `dvc.lock` on the branch, where it did. `code` are the files of
    the stages that differ, `environment` those that pin versions. `figures` are the plots that differ, with
    what is drawn of them, `shots` where they can be seen.
    """

    basis: Basis
    outcome: Outcome
    stages: tuple[StageFact, ...] = ()
    parameters: tuple[ParamChange, ...] = ()
    data: tuple[DataChange, ...] = ()
    plots: tuple[PlotChange, ...] = ()
    lock_commit: str | None = None
    edges: tuple[tuple[str, str], ...] = ()
    code: tuple[CodeChange, ...] = ()
    environment: tuple[EnvironmentChange, ...] = ()
    figures: tuple[Shown, ...] = field(default=(), repr=False)
    shots: tuple[Shot, ...] = ()
