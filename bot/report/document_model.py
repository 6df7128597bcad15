"""What the report's JSON says of one model. Performs no I/O."""

from __future__ import annotations

from typing import Literal

from bot.evidence.facts import EvidenceLevel
from bot.policy.verdict import Conclusion, Direction, RuleKind, Severity, Status
from bot.report.document_part import Number, Part

Action = Literal["replaces", "nothing", "returns", "on hold", "refused"]


class PolicyPart(Part):
    """Which policy judged."""

    file: str
    """Its path in the repository."""
    revision: str
    """The commit it was read from: the base, never the pull request."""
    sha256: str
    """Of its bytes."""


class PolicyEditPart(Part):
    """A key of the policy that the pull request changes."""

    key: str
    before: str | None
    after: str | None
    effect: Literal["loosens", "tightens", "changes"]
    """What that does to the gate, where it can be told."""


class PreviewPart(Part):
    """What the pull request's own policy would say, where that is another than base's."""

    status: Status
    conclusion: Conclusion


class ApprovalsPart(Part):
    """What people have to say where the data cannot."""

    wanted: int
    """How many approvals the policy asks for."""
    approvers: tuple[str, ...]
    """Who approved this candidate and may."""
    enough: bool


class UsePart(Part):
    """How often the test data of this pull request decided before."""

    promotions: int
    refusals: int
    since: str
    """A date."""


class PointPart(Part):
    """A metric of one version."""

    version: str
    value: Number


class TrendPart(Part):
    """How a metric went over the last promotions, oldest first; this pull request is the last point."""

    metric: str
    points: tuple[PointPart, ...]


class NoisePart(Part):
    """How a range was made, and what the test rows can show."""

    method: str
    rows: int
    smallest_visible: Number
    """The change, in the metric's unit, that these rows would find in 80 of 100 cases."""
    rows_needed: int | None
    """How many rows would find the limit."""
    p_worse: Number | None
    """One-sided p value of "not worse by more than the limit"."""
    seed: int | None
    discordant: int | None
    """The rows that the two models decide differently, where that counts."""


class RulePart(Part):
    """One rule's outcome, with every number it was decided on."""

    rule: str
    """Its path in the policy: `metrics.auc.min`, `slices.auc.max_regression[origin=JFK]`."""
    kind: RuleKind
    metric: str
    slice: tuple[str, str] | None
    """Column and value of the rows it is about; null for all rows."""
    status: Status
    severity: Severity
    """Whether it can block."""
    direction: Direction | None
    reason: str
    """In a sentence."""
    base: Number | None
    """The metric of the model it is compared with."""
    against: str
    """Which model that is, where it is not main's."""
    candidate: Number | None
    improvement: Number | None
    """Positive when the candidate is better, whatever the metric's direction."""
    low: Number | None
    """Lower end of the range of the improvement; null where the noise is not known."""
    high: Number | None
    limit: Number | None
    """The threshold, or the margin in the metric's unit."""
    noise: NoisePart | None
    file: str
    """The policy's file."""
    line: int
    """Where in it the rule is written."""


class ProductionPart(Part):
    """What production does if the pull request is merged as it is."""

    action: Action
    version: str | None
    """The version that would serve, where it is known."""
    champion: str | None
    """The version that it would replace."""
    reason: str | None
    """Why it is on hold or would be refused."""


class ModelPart(Part):
    """What the report says of one model."""

    model: str
    """Its registered name; empty where no policy names it."""
    conclusion: Conclusion
    status: Status | None
    """The verdict; null where no policy answered."""
    policy: PolicyPart | None
    policy_removed: bool
    """Whether the pull request takes the policy away."""
    policy_edits: tuple[PolicyEditPart, ...]
    by_its_own_policy: PreviewPart | None
    approvals: ApprovalsPart | None
    evidence: EvidenceLevel | None
    """How far the candidate's numbers can be trusted."""
    if_merged: ProductionPart | None
    """Null where the registry was not asked."""
    test_set_use: UsePart | None
    trends: tuple[TrendPart, ...]
    rules: tuple[RulePart, ...]
