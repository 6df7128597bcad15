"""The report as a value: everything a rendering shows, already decided and in order. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.evidence.code_changes import CodeChange
from bot.evidence.environment import EnvironmentChange
from bot.evidence.facts import EvidenceLevel, PriorUse
from bot.evidence.figures import Shown
from bot.evidence.params import ParamChange
from bot.evidence.phrase import Quoted
from bot.evidence.plot_changes import PlotChange
from bot.policy.curves import SideCurves
from bot.policy.differences import PolicyEdit
from bot.policy.verdict import Conclusion, RuleResult, Verdict
from bot.report.facts import Basis, DataChange, IfMerged, Shot, StageFact
from bot.report.trend import Trend


@dataclass(frozen=True, slots=True)
class Strong:
    """Words of ours in bold."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link of ours. `text` from outside stays quoted inside it; `url` is built by `bot.report.links`."""

    text: str | Quoted
    url: str


Words = tuple["str | Quoted | Strong | Link", ...]
"""A sentence: our words, quoted scalars, bold words and links. A `Phrase` is one too."""

Drop = Literal[
    "trend",
    "passing slices",
    "passing rules",
    "code",
    "environment",
    "parameters",
    "data",
    "plots",
    "pipeline",
    "how this was decided",
]
"""What may be left out of a body that is too long."""

DROP_ORDER: tuple[Drop, ...] = (
    "trend",
    "passing slices",
    "passing rules",
    "code",
    "environment",
    "parameters",
    "data",
    "plots",
    "pipeline",
    "how this was decided",
)


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: its title, whether it holds numbers, and what it is left out as, where it may be."""

    title: Words
    numeric: bool = False
    drop: Drop | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table; every row has as many cells as there are columns. `drop`: what it is left out as.

    `of` are the changes that the rows tell, one a row, for a rendering that can draw; empty for other tables.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Words, ...], ...]
    drop: Drop | None = None
    of: tuple[RuleResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Lines:
    """A list of sentences."""

    items: tuple[Words, ...]
    drop: Drop | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """The last lines that somebody else's program printed."""

    lines: tuple[str, ...]
    drop: Drop | None = None


@dataclass(frozen=True, slots=True)
class Shots:
    """Pictures by their addresses, for a rendering that can show them."""

    items: tuple[Shot, ...]
    drop: Drop | None = None


Block = Table | Lines | Log | Shots


About = Literal["rules", "slices", "pipeline", "changes", "decided", "other"]


@dataclass(frozen=True, slots=True)
class Section:
    """A folded part. Its summary carries its finding in our own words: quoted text may not stand there.

    `about` tells a rendering that can draw what it is about.
    """

    summary: str
    blocks: tuple[Block, ...]
    about: About = "other"


@dataclass(frozen=True, slots=True)
class ModelSection:
    """What the report says of one model.

    `lead` are the visible lines under the heading, `log` what could not be evaluated, `headline` the visible
    table, `todo` the next steps.
    `verdict` is None where no policy answered. `edits` are the keys of the policy that the pull request
    changes (`removed`: it takes the policy away), `preview` what its own policy would say. `curves` are those
    of main's model and the candidate, `prior_use` is how often the test data decided before, `trends` how
    metrics went over the last promotions. `if_merged` is what production would do (None: the registry was not
    asked), `level` how far the candidate's numbers can be trusted.
    """

    model: str
    heading: Words
    conclusion: Conclusion
    lead: tuple[Words, ...] = ()
    log: Log | None = None
    headline: Table | None = None
    todo: tuple[Words, ...] = ()
    sections: tuple[Section, ...] = ()
    verdict: Verdict | None = None
    curves: tuple[SideCurves, ...] = ()
    edits: tuple[PolicyEdit, ...] = ()
    removed: bool = False
    preview: Verdict | None = None
    prior_use: PriorUse | None = None
    trends: tuple[Trend, ...] = ()
    if_merged: IfMerged | None = None
    level: EvidenceLevel | None = None


State = Literal["running", "judged", "not_judged", "nothing_affected", "stale"]


@dataclass(frozen=True, slots=True)
class Report:
    """One invocation's answer for one pull request.

    `title` is plain text of ours (the check run's title); `conclusion` is None while running. `notice` are
    visible lines for the whole pull request, `sections` what the models share, `log` the lines of a failed
    stage, `code`, `environment`, `parameters`, `data` and `plots` what differs, `stages` and `edges` the
    pipeline (from, to), `footnotes` lines in small print, `suspects` the parameters to look at first.
    `dropped` says what was left out to fit.
    """

    basis: Basis
    state: State
    conclusion: Conclusion | None
    title: str
    models: tuple[ModelSection, ...] = ()
    heading: Words = ()
    notice: tuple[Words, ...] = ()
    log: Log | None = None
    todo: tuple[Words, ...] = ()
    sections: tuple[Section, ...] = ()
    footer: Words = ()
    footnotes: tuple[Words, ...] = ()
    plots: tuple[PlotChange, ...] = ()
    figures: tuple[Shown, ...] = field(default=(), repr=False)
    stages: tuple[StageFact, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    code: tuple[CodeChange, ...] = ()
    environment: tuple[EnvironmentChange, ...] = ()
    parameters: tuple[ParamChange, ...] = ()
    data: tuple[DataChange, ...] = ()
    suspects: tuple[ParamChange, ...] = ()
    dropped: tuple[Drop, ...] = ()
