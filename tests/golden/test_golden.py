"""Every report a person may receive, as they receive it. Read the .md files: they are the product."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator
from rich.cells import cell_len
from rich.console import Console

from bot.evidence.code_changes import CodeChange
from bot.evidence.environment import EnvironmentChange, PackageChange
from bot.evidence.facts import (
    Evidence,
    EvidenceLevel,
    Metric,
    MetricTable,
    PriorUse,
    Return,
    Side,
    SliceMetrics,
    Unreadable,
)
from bot.evidence.figures import Undrawn
from bot.evidence.line_counts import LineCounts
from bot.evidence.params import ParamChange
from bot.evidence.phrase import Phrase, Quoted
from bot.evidence.plot_changes import PlotChange, PlotData
from bot.policy.differences import PolicyEdit
from bot.policy.verdict import PolicyRef, Position, RuleResult, Severity, SliceKey, Status, Verdict
from bot.report.as_json import render_json
from bot.report.build import build_report
from bot.report.check import render_check
from bot.report.facts import (
    Basis,
    CouldNotEvaluate,
    DataChange,
    Invocation,
    Judged,
    ModelFacts,
    Models,
    NoPolicy,
    NothingAffected,
    NothingSameModel,
    OnHold,
    Outcome,
    Replaces,
    ReportFacts,
    ReturnTo,
    Running,
    Shot,
    StageFact,
    StageFailed,
    Stale,
    Target,
    Tracked,
)
from bot.report.model import Report
from bot.report.page.render import render_page
from bot.report.render import render_comment
from bot.report.terminal import render_terminal

SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text()))
HEAD = "4f2c9ab07f3d5f0d7c1d5a0e6b1c2d3e4f5a6b7c"
BASE = "91d0e77aa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5"
BASIS = Basis(
    Target("acme/flights", 7, HEAD, BASE, BASE),
    Invocation(4711, 1),
    datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
    "0.1.0",
)
POLICY = PolicyRef("policies/flights.yaml", BASE, "ab" * 32)
LINES = {"min": 6, "max_regression": 6, "max": 7}


def rule(
    metric: str,
    kind: str,
    base: float | None,
    candidate: float | None,
    limit: float,
    *,
    status: Status = Status.PASS,
    slice_: SliceKey | None = None,
    reason: Phrase = ("",),
    severity: Severity = Severity.BLOCK,
    lower: bool = False,
    interval: tuple[float, float] | None = None,
) -> RuleResult:
    sign = -1 if lower else 1
    improvement = None if base is None or candidate is None else sign * (candidate - base)
    where = f"[{slice_.column}={slice_.value}]" if slice_ else ""
    return RuleResult(
        rule=f"{'slices' if slice_ else 'metrics'}.{metric}.{kind}{where}",
        kind=kind,
        metric=metric,
        status=status,
        severity=severity,
        reason=reason if reason != ("",) else (Quoted(metric), " is within its limit"),
        position=Position("policies/flights.yaml", 16 if slice_ else LINES[kind], 3),
        direction="lower" if lower else "higher",
        slice=slice_,
        base=base,
        candidate=candidate,
        improvement=improvement if kind != "min" else None,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        limit=limit,
    )


def overall() -> tuple[RuleResult, ...]:
    return (
        rule("auc", "min", 0.7177, 0.7216, 0.70),
        rule("auc", "max_regression", 0.7177, 0.7216, 0.005),
        rule("log_loss", "max", 0.5594, 0.5581, 0.60, lower=True),
        rule("log_loss", "max_regression", 0.5594, 0.5581, 0.01, lower=True),
    )


def at(origin: str) -> SliceKey:
    return SliceKey("origin", origin)


def sliced(*, failing: bool) -> tuple[RuleResult, ...]:
    reason: Phrase = (Quoted("auc"), " for ", Quoted("origin=JFK"), " is 0.021 lower (limit 0.01)")
    jfk = rule(
        "auc", "max_regression", 0.7310, 0.7100, 0.01, slice_=at("JFK"), status=Status.FAIL, reason=reason
    )
    fine = rule("auc", "max_regression", 0.7310, 0.7340, 0.01, slice_=at("JFK"))
    return (
        rule("auc", "max_regression", 0.7090, 0.7161, 0.01, slice_=at("EWR")),
        jfk if failing else fine,
        rule("auc", "max_regression", 0.7123, 0.7111, 0.01, slice_=at("LGA")),
        rule(
            "auc",
            "max_regression",
            None,
            None,
            0.01,
            slice_=at("PHL"),
            status=Status.SKIPPED,
            reason=(Quoted("auc"), " for ", Quoted("origin=PHL"), " is not judged: 143 rows, fewer than 200"),
        ),
    )


def evidence(**changes: object) -> Evidence:
    def side(name: str, revision: str, auc: float, loss: float) -> Side:
        slices = tuple(
            SliceMetrics("origin", origin, rows, (Metric("auc", auc),))
            for origin, rows in (("EWR", 3557), ("JFK", 3293), ("LGA", 3007), ("PHL", 143))
        )
        table = MetricTable((Metric("auc", auc), Metric("log_loss", loss)), slices)
        return Side(name, revision, table, EvidenceLevel.REPRODUCED, digest="cd" * 32)

    whole = Evidence(head=side("this PR", HEAD, 0.7216, 0.5581), base=side("main", BASE, 0.7177, 0.5594))
    return replace(whole, **changes)  # type: ignore[arg-type]


def verdict(*results: RuleResult, **changes: object) -> Verdict:
    return replace(Verdict("flights", POLICY, results), **changes)  # type: ignore[arg-type]


STAGES = (
    StageFact(
        "train", "ran", 4.31, (("", Quoted("train.max_iter"), ": ", Quoted("100"), " → ", Quoted("30")),)
    ),
    StageFact("evaluate", "ran", 1.62, ((Quoted("train"), " runs and writes ", Quoted("models/flights")),)),
    StageFact("ingest", "cached"),
    StageFact("features", "cached"),
)
RECORDED = (*STAGES[:2], replace(STAGES[2], took=71.4), replace(STAGES[3], took=3.2))
PARAMETERS = (ParamChange("params.yaml", "train.max_iter", "100", "30"),)
MODEL_BYTES = (
    DataChange(
        "models/flights", Tracked("8f2d" * 8 + ".dir", 412_300, 7), Tracked("17aa" * 8 + ".dir", 268_911, 7)
    ),
)


CODE = (
    CodeChange("pipeline/evaluate.py", "changed", ("evaluate",), ("evaluate",), LineCounts(12, 3)),
    CodeChange(
        "pipeline/flights.py",
        "changed",
        ("ingest", "features", "train", "evaluate"),
        ("evaluate",),
        LineCounts(0, 1),
    ),
    CodeChange("pipeline/old.bin", "removed", ("ingest",)),
    CodeChange("pipeline/requirements.lock", "changed", ("evaluate",), ("evaluate",)),
    CodeChange("pipeline/train.py", "added", ("train",), (), LineCounts(1204, 0)),
)
ENVIRONMENT = (
    EnvironmentChange(
        "pipeline/requirements.lock",
        PackageChange("Python", "3.11", "3.12"),
        (
            PackageChange("numpy", "1.26.4", "2.1.0"),
            PackageChange("onnx", None, "1.17.0"),
            PackageChange("scikit-learn", "1.5.0", "1.5.2"),
            *(PackageChange(f"package-{n}", "1", "2") for n in range(12)),
        ),
    ),
    EnvironmentChange("tools/requirements.txt"),
    EnvironmentChange("uv.lock", trouble="line 3, column 8: broken TOML: Invalid value"),
)
PLOTS = (
    PlotChange("eval/plots/confusion.png", PlotData(12_310), PlotData(12_480)),
    PlotChange("eval/plots/curve.csv", PlotData(900, 64), None),
    PlotChange("eval/plots/roc.json", PlotData(9_120, 201), PlotData(9_344, 206)),
)

ADDRESS = "https://github.com/acme/flights/blob/" + "7a" * 20
SHOTS = (Shot("ROC", f"{ADDRESS}/1f-light.png?raw=true", f"{ADDRESS}/1f-dark.png?raw=true"),)
FIGURES = (Undrawn("eval/plots/confusion.png", "it is a picture already"),)


def report(outcome: Outcome, **changes: object) -> Report:
    facts = ReportFacts(BASIS, outcome, STAGES, PARAMETERS, MODEL_BYTES)
    return build_report(replace(facts, **changes))  # type: ignore[arg-type]


def judged(answer: Verdict, **changes: object) -> Models:
    facts = ModelFacts("flights", Judged(answer), evidence(), Replaces("12", "13"))
    return Models((replace(facts, **changes),))  # type: ignore[arg-type]


def champions(*values: tuple[float, float]) -> tuple[Side, ...]:
    return tuple(
        Side(
            f"v{n}",
            BASE,
            MetricTable((Metric("auc", auc), Metric("log_loss", loss))),
            EvidenceLevel.REPRODUCED,
        )
        for n, (auc, loss) in enumerate(values, 9)
    )


HISTORY = champions((0.7012, 0.5733), (0.7105, 0.5640), (0.7091, 0.5655), (0.7177, 0.5594))


def passed() -> Report:
    return report(judged(verdict(*overall(), *sliced(failing=False))))


def failed_slice() -> Report:
    used = evidence(prior_use=PriorUse(12, 3, "2026-01-10"))
    told = judged(verdict(*overall(), *sliced(failing=True)), evidence=used, history=HISTORY)
    seen = {"plots": PLOTS, "figures": FIGURES, "shots": SHOTS}
    return report(told, stages=RECORDED, code=CODE, environment=ENVIRONMENT, **seen)


def failed_with_intervals() -> Report:
    results = (
        rule("auc", "max_regression", 0.7177, 0.7216, 0.005, interval=(0.0007, 0.0070)),
        rule(
            "f1",
            "max_regression",
            0.4410,
            0.4290,
            0.0044,
            status=Status.FAIL,
            interval=(-0.0190, -0.0050),
            reason=(Quoted("f1"), " is 0.0120 lower (0.0190 to 0.0050), limit 0.0044"),
        ),
        rule("auc", "min", 0.7177, 0.7216, 0.70),
    )
    return report(judged(verdict(*results)), parameters=())


def inconclusive() -> Report:
    reason: Phrase = (Quoted("f1"), " may be worse; 10,000 test rows can only show a drop of about 0.013")
    f1 = rule(
        "f1",
        "max_regression",
        0.4410,
        0.4372,
        0.0044,
        status=Status.INCONCLUSIVE,
        interval=(-0.0122, 0.0046),
        reason=reason,
    )
    return report(judged(verdict(*overall(), f1)))


def needs_an_approval() -> Report:
    reason: Phrase = (Quoted("f1"), " may be worse; 10,000 test rows can only show a drop of about 0.013")
    f1 = rule("f1", "max_regression", 0.4410, 0.4372, 0.0044, status=Status.INCONCLUSIVE, reason=reason)
    return report(
        judged(verdict(*overall(), f1, approvals=2, approvers=("ana",), may_approve=("@lead", "maintain")))
    )


def protected_path_changed() -> Report:
    reason: Phrase = (Quoted("pipeline/evaluate.py"), " changed: 1 more approval needed")
    changed = RuleResult(
        "protected[pipeline/evaluate.py]",
        "protected",
        "pipeline/evaluate.py",
        Status.INCONCLUSIVE,
        Severity.BLOCK,
        reason,
        Position(POLICY.file, 24, 14),
    )
    return report(judged(verdict(*overall(), changed, approvals=1)))


def not_comparable() -> Report:
    """The test data moved: what compares with main asks a person, what does not still holds."""
    reason: Phrase = (Quoted("auc"), " does not compare with ", Quoted("main"), ": measured with other ")
    other = {"status": Status.INCONCLUSIVE, "improvement": None, "base": 0.7177}
    auc, held, loss, lost = overall()
    moved = replace(held, **other, reason=(*reason, Quoted("data/test.parquet")))  # type: ignore[arg-type]
    worse: Phrase = (Quoted("log_loss"), *reason[1:], Quoted("data/test.parquet"))
    other["base"] = 0.5594
    asked = replace(lost, **other, reason=worse)  # type: ignore[arg-type]
    data = (DataChange("data/test.parquet", Tracked("11" * 16, 1_204_881), Tracked("22" * 16, 1_391_002)),)
    return report(judged(verdict(auc, moved, loss, asked, approvals=1)), parameters=(), data=data)


def rule_without_an_answer() -> Report:
    broken = rule(
        "auc",
        "max_regression",
        0.7177,
        None,
        0.005,
        status=Status.ERROR,
        reason=(Quoted("metrics.json"), ": auc is the text ", Quoted("high"), ", not a number"),
    )
    return report(judged(verdict(broken)))


def could_not_evaluate() -> Report:
    what = (
        "policies/flights.yaml:4:8: metrics.auc.mni: unknown key; did you mean `min`?\n"
        "      auc: {better: higher, mni: 0.70}\n"
        "                            ^"
    )
    return report(CouldNotEvaluate(what, "Correct the file on the base branch and push again."), stages=())


def pipeline_failed() -> Report:
    tail = (
        "Running stage 'train':",
        "> python -m pipeline.train",
        "Traceback (most recent call last):",
        '  File "pipeline/train.py", line 41, in <module>',
        "ValueError: max_iter must be positive, got -5",
    )
    stages = (
        StageFact("train", "failed", None, STAGES[0].reasons),
        StageFact("evaluate", "changed"),
        *STAGES[2:],
    )
    return report(StageFailed("train", 1, tail), stages=stages, data=())


def no_policy() -> Report:
    return report(Models((ModelFacts("", NoPolicy(), evidence()),)))


def no_policy_with_a_preview() -> Report:
    preview = verdict(*overall())
    return report(Models((ModelFacts("flights", NoPolicy(preview), evidence()),)))


def first_model() -> Report:
    new = [replace(result, base=None, improvement=None) for result in overall()]
    new[1] = replace(new[1], status=Status.NEW, reason=("nothing to compare with",))
    new[3] = replace(new[3], status=Status.NEW, reason=("nothing to compare with",))
    return report(judged(verdict(*new), evidence=evidence(base=None), if_merged=Replaces(None, "1")))


def returning() -> Report:
    thresholds = tuple(
        replace(result, status=Status.SKIPPED, reason=("a return to v11: changes are not judged",))
        if result.kind == "max_regression"
        else result
        for result in overall()
    )
    back = evidence(returning=Return("11"))
    return report(
        judged(verdict(*thresholds), evidence=back, if_merged=ReturnTo("11")), stages=(), parameters=()
    )


def unchanged_model() -> Report:
    same = tuple(replace(result, candidate=result.base, improvement=0.0) for result in overall())
    side = evidence().base
    assert side is not None
    unchanged = evidence(head=replace(side, name="this PR", revision=HEAD), model_unchanged=True)
    facts = judged(verdict(*same), evidence=unchanged, if_merged=NothingSameModel())
    return report(
        facts, parameters=(), data=(), stages=(StageFact("plots", "ran", 0.4), STAGES[2], RECORDED[3])
    )


def on_hold() -> Report:
    held = OnHold("mona", "2026-02-27", "wrong labels in February")
    return report(judged(verdict(*overall()), if_merged=held), lock_commit="0c" * 20)


def nothing_affected() -> Report:
    return report(NothingAffected(), stages=(), parameters=(), data=())


def stale() -> Report:
    return report(Stale("be" * 20))


def running() -> Report:
    return report(Running(), stages=(), parameters=(), data=())


def several_models() -> Report:
    churn = ModelFacts(
        "churn",
        Judged(replace(verdict(*overall()), model="churn")),
        evidence(prior_use=PriorUse(0, 1, "2026-02-03")),
        Replaces("3", "4"),
    )
    broken = ModelFacts(
        "delays", CouldNotEvaluate("metrics-delays.json is not there at 4f2c9ab", "Commit it.")
    )
    used = evidence(prior_use=PriorUse(1, 0, "2026-02-20"))
    flights = judged(verdict(*overall(), *sliced(failing=True)), evidence=used).models
    return report(Models((churn, *flights, broken)))


HOSTILE = "a|b`c``d @everyone <img src=x onerror=alert(1)> ![x](http://evil.example/x.png) \u202e\u200b#1 http://evil.example"


EDITS = (
    PolicyEdit("metrics.auc.min", "0.7", "0.5", "loosens"),
    PolicyEdit("metrics.auc.max_regression", "1%", "0.01", "changes"),
    PolicyEdit("slices.by", "origin", "origin, carrier", "tightens"),
    PolicyEdit(f"waivers.{HOSTILE}", None, "until 2026-12-31, by @mona: |`later`|", "loosens"),
)


def policy_edited() -> Report:
    answer = verdict(*overall(), *sliced(failing=True))
    lenient = verdict(*overall())
    return report(judged(answer, outcome=Judged(answer, lenient, EDITS)), parameters=())


def policy_removed() -> Report:
    answer = verdict(*overall())
    return report(judged(answer, outcome=Judged(answer, removed=True)), parameters=())


def waived() -> Report:
    told = (Quoted("auc"), " is 0.6100 (at least 0.7); waived until 2026-12-31 by ", Quoted("@mona"))
    bad = rule("auc", "min", 0.7, 0.61, 0.7, status=Status.WAIVED, reason=told)
    return report(judged(verdict(bad, *overall()[1:])), parameters=())


def hostile() -> Report:
    where = SliceKey(HOSTILE, "</details><script>")
    reason: Phrase = (Quoted(HOSTILE), " is ", Quoted("nan\n\n# not a heading"), " (limit 0.7)")
    bad = rule(HOSTILE, "min", 0.7, float("nan"), 0.7, status=Status.FAIL, reason=reason)
    deep = rule("auc", "max_regression", 0.7, 0.6, 0.01, status=Status.FAIL, reason=reason, slice_=where)
    answer = replace(verdict(bad, deep), model="fl|ights @all")
    nasty = (ParamChange("params.yaml", "lr|`x`", "0.1; touch X", "```\n</details>\n# hi"),)
    stages = (StageFact("tr`ai``n|", "ran", 1.0, ((Quoted(HOSTILE),),)),)
    data = (DataChange("data/@everyone|`.csv", None, Tracked("<b>0|", 3, 1)),)
    broken = Unreadable(HOSTILE, f"line 1, column 2: the column '{HOSTILE}' is here 2 times")
    plots = (PlotChange(HOSTILE, None, broken), PlotChange("a|`b`.csv", broken, PlotData(3, 1)))
    code = (CodeChange(HOSTILE + ".py", "changed", (HOSTILE, "tr`ai``n|"), (HOSTILE,), LineCounts(1, 1)),)
    nasty_version = (PackageChange("numpy", HOSTILE, "</details>"), PackageChange(HOSTILE, "1", "|`"))
    environment = (
        EnvironmentChange(HOSTILE, None, nasty_version),
        EnvironmentChange(HOSTILE, trouble=HOSTILE),
    )
    hold = OnHold("mona|@x", "2026", HOSTILE)
    facts = judged(answer, if_merged=hold)
    return report(
        facts, parameters=nasty, stages=stages, data=data, plots=plots, code=code, environment=environment
    )


@cache
def oversized() -> Report:
    """10,000 metrics, 500 slices and 400 parameters."""
    metrics = tuple(
        replace(rule("auc", "min", 0.70, 0.71, 0.6), metric=f"metric_{n}", rule=f"metrics.metric_{n}.min")
        for n in range(10_000)
    )
    slices = tuple(
        rule("auc", "max_regression", 0.70, 0.71, 0.01, slice_=at(f"airport-{n:03}")) for n in range(500)
    )
    parameters = tuple(
        ParamChange("params.yaml", f"train.option_{n}", str(n), str(n + 1)) for n in range(400)
    )
    answer = judged(verdict(*overall(), *sliced(failing=True), *metrics, *slices), history=HISTORY)
    return report(answer, parameters=parameters)


SCENARIOS: tuple[Callable[[], Report], ...] = (
    passed,
    failed_slice,
    failed_with_intervals,
    inconclusive,
    needs_an_approval,
    protected_path_changed,
    not_comparable,
    rule_without_an_answer,
    could_not_evaluate,
    pipeline_failed,
    no_policy,
    no_policy_with_a_preview,
    first_model,
    returning,
    unchanged_model,
    on_hold,
    nothing_affected,
    stale,
    running,
    several_models,
    policy_edited,
    policy_removed,
    waived,
    hostile,
    oversized,
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_the_comment_reads_as_it_was_reviewed(
    scenario: Callable[[], Report], golden: Callable[[str, str], None]
) -> None:
    golden(f"{scenario.__name__}.md", render_comment(scenario()))


@pytest.mark.parametrize(
    "scenario",
    [failed_slice, needs_an_approval, pipeline_failed, hostile],
    ids=lambda scenario: scenario.__name__,
)
def test_the_terminal_reads_in_eighty_columns_without_colour(
    scenario: Callable[[], Report], golden: Callable[[str, str], None]
) -> None:
    golden(f"{scenario.__name__}.txt", printed(scenario()))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_no_line_on_the_terminal_is_longer_than_eighty(scenario: Callable[[], Report]) -> None:
    long = [line for line in printed(scenario()).splitlines() if cell_len(line) > 80]
    assert long == []


def printed(of: Report) -> str:
    console = Console(width=80, no_color=True, file=io.StringIO(), legacy_windows=False)
    console.print(render_terminal(of))
    shown = console.file.getvalue()
    return "\n".join(line.rstrip() for line in shown.splitlines()) + "\n"


@pytest.mark.parametrize("scenario", [failed_slice, policy_edited], ids=lambda scenario: scenario.__name__)
def test_the_json_is_as_reviewed(scenario: Callable[[], Report], golden: Callable[[str, str], None]) -> None:
    golden(f"{scenario.__name__}.json", render_json(scenario()))


@pytest.mark.parametrize("scenario", [failed_slice, not_comparable], ids=lambda scenario: scenario.__name__)
def test_the_check_reads_as_reviewed(
    scenario: Callable[[], Report], golden: Callable[[str, str], None]
) -> None:
    text = render_check(scenario())
    notes = (f"{one.path}:{one.line} {one.level}: {one.title}: {one.message}" for one in text.annotations)
    golden(f"{scenario.__name__}.check.txt", "\n".join((text.title, "", *notes, "")))


def test_the_page_is_as_reviewed(golden: Callable[[str, str], None]) -> None:
    golden("failed_slice.html", render_page(failed_slice()))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_every_report_has_all_renderings_within_their_sizes(scenario: Callable[[], Report]) -> None:
    whole = scenario()
    check, page, comment = render_check(whole), render_page(whole), render_comment(whole)
    assert len(comment) <= 60_000
    assert len(check.title) < 255
    assert len(check.summary.encode()) < 65_535
    assert len(page.encode()) < 3 << 20
    lines = comment.splitlines()
    assert sum(line.startswith("<details>") for line in lines) == lines.count("</details>")
    assert comment.endswith(check.summary[-40:])


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_the_json_is_what_its_published_schema_says(scenario: Callable[[], Report]) -> None:
    body = json.loads(render_json(scenario()))
    assert [error.message for error in VALIDATOR.iter_errors(body)] == []
    body["conclusion"] = "perhaps"
    assert not VALIDATOR.is_valid(body)
