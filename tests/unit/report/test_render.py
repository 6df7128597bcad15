"""Length, order and the last resort: a report is always posted, and never says less than its verdict."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import UnavailableError
from bot.evidence.facts import Evidence, EvidenceLevel, Metric, MetricTable, Return, Side
from bot.evidence.params import ParamChange
from bot.evidence.phrase import Quoted
from bot.evidence.predictions import AskedColumns, read_predictions
from bot.policy.differences import PolicyEdit
from bot.policy.verdict import PolicyRef, Position, RuleResult, Severity, SliceKey, Status, Verdict
from bot.report.as_json import render_json
from bot.report.build import build_report
from bot.report.check import MOST_ANNOTATIONS, SUMMARY_BYTES, could_not, render_check
from bot.report.facts import (
    Basis,
    CouldNotEvaluate,
    IfMerged,
    Invocation,
    Judged,
    ModelFacts,
    Models,
    NoPolicy,
    OnHold,
    Outcome,
    Replaces,
    ReportFacts,
    ReturnTo,
    Running,
    StageFailed,
    Stale,
    Target,
)
from bot.report.model import Report, Table
from bot.report.render import COMMENT_CHARACTERS, TEMPLATES, render_comment

BASIS = Basis(
    Target("acme/flights", 7, "4" * 40, "9" * 40), Invocation(1, 1), datetime(2026, 3, 1, tzinfo=UTC), "0.1.0"
)


def rule(n: int = 0, status: Status = Status.PASS, **changes: object) -> RuleResult:
    plain = RuleResult(
        f"metrics.m{n}.min",
        "min",
        f"m{n}",
        status,
        Severity.BLOCK,
        (Quoted(f"m{n}"), " is 0.6 (limit 0.7)"),
        Position("policies/flights.yaml", n + 1, 3),
        "higher",
        candidate=0.6,
        limit=0.7,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def verdict(*results: RuleResult, **changes: object) -> Verdict:
    policy = PolicyRef("policies/flights.yaml", "9" * 40, "a" * 64)
    return replace(Verdict("flights", policy, results), **changes)  # type: ignore[arg-type]


def report(answer: Verdict, if_merged: IfMerged | None = None, **changes: object) -> Report:
    facts = ReportFacts(BASIS, Models((ModelFacts(answer.model, Judged(answer), None, if_merged),)))
    return build_report(replace(facts, **changes))  # type: ignore[arg-type]


def slices(count: int, status: Status, first: int = 0) -> tuple[RuleResult, ...]:
    return tuple(
        rule(1, status, rule=f"slices.m1.min[origin=s{n}]", slice=SliceKey("origin", f"s{n}"))
        for n in range(first, first + count)
    )


def heading_of(of: Report) -> str:
    return next(line for line in render_comment(of).splitlines() if line.startswith("### "))


def balanced(body: str) -> bool:
    return body.count("<details>") == body.count("</details>") and body.count("```") % 2 == 0


# Too long


def test_a_long_body_leaves_out_passing_parts_whole_and_says_so() -> None:
    long = report(
        verdict(rule(0, Status.FAIL), *slices(900, Status.PASS), *(rule(n) for n in range(2, 300))),
        parameters=tuple(ParamChange("params.yaml", f"p{n}", "1", "2") for n in range(2000)),
    )
    body = render_comment(long)
    assert len(body) <= COMMENT_CHARACTERS
    assert balanced(body)
    assert "Left out to fit: passing slices" in body
    assert "m0" in body
    assert "1 of 1,199 rules fails" in body


@pytest.mark.parametrize("failing", [200, 5000])
def test_failures_are_never_cut_without_a_count(failing: int) -> None:
    body = render_comment(report(verdict(*slices(failing, Status.FAIL))))
    assert len(body) <= COMMENT_CHARACTERS
    assert balanced(body)
    assert f"{failing:,} of {failing:,} rules fail" in body
    assert f"and {failing - 3:,} more" in body


def test_many_long_names_still_leave_every_verdict() -> None:
    awkward = "`|" * 80
    results = tuple(
        rule(n, Status.FAIL, rule=awkward, reason=(Quoted(awkward),) * 9, metric=awkward + str(n))
        for n in range(60)
    )
    models = tuple(ModelFacts(f"m{n}", Judged(verdict(*results, model=f"m{n}"))) for n in range(12))
    body = render_comment(build_report(ReportFacts(BASIS, Models(models))))
    assert len(body) <= COMMENT_CHARACTERS
    assert all(f"m{n}: do not merge yet, 60 of 60 rules fail" in body for n in range(12))


def test_a_summary_counts_bytes_and_not_characters() -> None:
    wide = report(verdict(*(rule(n, reason=("模" * 100,)) for n in range(400)), rule(999, Status.FAIL)))
    text = render_check(wide)
    assert len(text.summary.encode()) <= SUMMARY_BYTES
    assert "1 of 401 rules fails" in text.summary


# Cannot be rendered


@pytest.mark.parametrize("broken", ["{{ nothing }}", "{{ report.heading }}", "{% if %}", "{{ 'x' }}"])
def test_a_template_that_breaks_still_posts_the_verdict(tmp_path: Path, broken: str) -> None:
    (tmp_path / "comment.md.j2").write_text(broken)
    body = render_comment(report(verdict(rule(0, Status.FAIL))), tmp_path)
    assert body.startswith("<!-- modelbot kind=report")
    assert "do not merge yet, 1 of 1 rule fails" in body
    assert "limit 0.7" in body


def test_a_template_that_is_not_there_still_posts_the_verdict(tmp_path: Path) -> None:
    body = render_comment(build_report(ReportFacts(BASIS, StageFailed("train", 1, ("boom",)))), tmp_path)
    assert "the pipeline fails in stage `train`" in body


def test_templates_hold_no_arithmetic_and_compare_nothing() -> None:
    for template in TEMPLATES.glob("*.j2"):
        for code in re.findall(r"\{[{%](.*?)[%}]\}", template.read_text(), flags=re.DOTALL):
            assert not re.search(r"[-+*/<>]|==|\b(and|or|not|in)\b(?<!for)", code.replace(" in ", " ", 1)), (
                code
            )


# What is said


@pytest.mark.parametrize(
    ("answer", "heading", "conclusion"),
    [
        (verdict(), "❗ flights: could not evaluate, the policy has no rule", "failure"),
        (
            verdict(rule(0, Status.SKIPPED)),
            "❗ flights: could not evaluate, no rule of the policy applied",
            "failure",
        ),
        (
            verdict(rule(0, Status.ERROR)),
            "❗ flights: could not evaluate, 1 of 1 rule without an answer",
            "failure",
        ),
        (
            verdict(rule(0, Status.FAIL), rule(1)),
            "❌ flights: do not merge yet, 1 of 2 rules fails",
            "failure",
        ),
        (
            verdict(rule(0, Status.FAIL), rule(1, Status.ERROR)),
            "❗ flights: could not evaluate, 1 of 2",
            "failure",
        ),
        (
            verdict(rule(0, Status.INCONCLUSIVE)),
            "⚠️ flights: your decision, 1 of 1 rule is inconclusive",
            "neutral",
        ),
        (
            verdict(rule(0, Status.INCONCLUSIVE), approvals=1),
            "⚠️ flights: needs an approval, 1 of 1 rule is inconclusive",
            "action_required",
        ),
        (
            verdict(rule(0, Status.INCONCLUSIVE), approvals=1, approved=True),
            "✅ flights: ready to merge, 1 of 1 rule is inconclusive (approved by a person)",
            "success",
        ),
        (
            verdict(rule(0, Status.INCONCLUSIVE), inconclusive="fail"),
            "❌ flights: do not merge yet, 1 of 1 rule is inconclusive (this policy does not let that pass)",
            "failure",
        ),
        (
            verdict(rule(0, Status.INCONCLUSIVE), inconclusive="pass"),
            "✅ flights: ready to merge, 1 of 1 rule is inconclusive (the policy lets it pass)",
            "success",
        ),
        (
            verdict(rule(0, Status.NEW)),
            "⚠️ flights: your decision, nothing to compare with and no threshold set",
            "neutral",
        ),
        (verdict(rule(0)), "✅ flights: ready to merge, the only rule passes", "success"),
        (verdict(rule(0), rule(1)), "✅ flights: ready to merge, all 2 rules pass", "success"),
        (
            verdict(rule(0), rule(1, Status.FAIL, severity=Severity.WARN), rule(2, Status.WAIVED)),
            "✅ flights: ready to merge, 1 rule passes, 1 warning, 1 waived",
            "success",
        ),
        (
            verdict(rule(0), *(rule(n, Status.FAIL, severity=Severity.INFO) for n in (1, 2))),
            "✅ flights: ready to merge, 1 rule passes, 2 would not pass (information only)",
            "success",
        ),
        (
            verdict(rule(1, Status.INCONCLUSIVE, severity=Severity.INFO)),
            "✅ flights: ready to merge, no rule passes, 1 would not pass (information only)",
            "success",
        ),
    ],
)
def test_the_heading_says_the_verdict_in_words_with_the_count(
    answer: Verdict, heading: str, conclusion: str
) -> None:
    of = report(answer)
    assert heading_of(of).startswith(f"### {heading}")
    assert of.conclusion == conclusion
    assert render_check(of).title == of.title
    assert heading in of.title


@pytest.mark.parametrize(
    ("outcome", "conclusion", "title"),
    [
        (CouldNotEvaluate("x"), "failure", "could not evaluate"),
        (StageFailed("train", 1, ()), "failure", "the pipeline fails in stage train"),
        (Stale("b" * 40), "failure", "stale: the branch moved to bbbbbbb"),
        (Running(), None, "running for 4444444"),
        (Models(()), "failure", "could not evaluate"),
        (Models((ModelFacts("m", CouldNotEvaluate("x")),)), "failure", "❗ m: could not evaluate"),
        (
            Models((ModelFacts("", NoPolicy()),)),
            "neutral",
            "\N{INFORMATION SOURCE}\N{VARIATION SELECTOR-16} compared, not judged: the base has no policy yet",  # noqa: E501
        ),
    ],
)
def test_what_was_not_judged_never_passes(outcome: Outcome, conclusion: str | None, title: str) -> None:
    of = build_report(ReportFacts(BASIS, outcome))
    assert (of.conclusion, of.title) == (conclusion, title)


def test_the_failing_model_comes_first_and_decides() -> None:
    good, bad = verdict(rule(0), model="aaa"), verdict(rule(0, Status.FAIL), model="zzz")
    waiting = verdict(rule(0, Status.INCONCLUSIVE), model="mmm")
    of = build_report(
        ReportFacts(BASIS, Models(tuple(ModelFacts(v.model, Judged(v)) for v in (good, waiting, bad))))
    )
    assert [model.model for model in of.models] == ["zzz", "mmm", "aaa"]
    assert of.conclusion == "failure"
    assert of.title == "❌ do not merge yet: 1 of 3 models not passing"


def test_the_worst_breach_is_the_first_reason() -> None:
    small = rule(0, Status.FAIL, candidate=0.69)
    large = rule(1, Status.FAIL, candidate=0.3)
    sliced = slices(1, Status.FAIL)[0]
    broken = rule(3, Status.ERROR, candidate=None)
    body = render_comment(report(verdict(small, sliced, large, broken)))
    order = [body.index(f"`{name}` is 0.6") for name in ("m3", "m1", "m0")]
    assert order == sorted(order)
    assert "and 1 more, listed under “Rules” below" in body


@pytest.mark.parametrize(
    ("severity", "told", "counted"),
    [
        (Severity.WARN, "⚠️ fails (warning only)", "1 warned, 1 passed"),
        (
            Severity.INFO,
            "\N{INFORMATION SOURCE}\N{VARIATION SELECTOR-16} fails (information only)",
            "1 would not pass (information only), 1 passed",
        ),
    ],
)
def test_a_failure_that_may_not_block_is_shown_and_counted(
    severity: Severity, told: str, counted: str
) -> None:
    of = report(verdict(rule(0), rule(1, Status.FAIL, severity=severity)))
    body = render_comment(of)
    assert f"| `metrics.m1.min` | {told} |" in body
    assert f"<summary>Rules: {counted}</summary>" in body
    assert of.conclusion == "success"
    (note,) = render_check(of).annotations
    assert note.level == "notice"


@pytest.mark.parametrize("status", [Status.ERROR, Status.FAIL, Status.INCONCLUSIVE])
def test_what_two_rules_say_of_one_number_is_said_once(status: Status) -> None:
    twice = (rule(0, status), rule(0, status, rule="metrics.m0.max", kind="max"))
    other = rule(
        0, status, slice=SliceKey("a", "b"), reason=(Quoted("m0"), " for ", Quoted("a=b"), " is 0.6")
    )
    visible = render_comment(report(verdict(*twice, other))).split("<details>")[0]
    assert visible.count("`m0` is 0.6 (limit 0.7)") == 1
    assert visible.count("`m0` for `a=b` is 0.6") == 1
    assert "more" not in visible
    assert "3 of 3 rules" in visible


def test_what_is_said_once_is_not_counted_as_left_out() -> None:
    same = (rule(0, Status.FAIL), rule(0, Status.FAIL, rule="metrics.m0.max", kind="max"))
    body = render_comment(report(verdict(*same, *(rule(n, Status.FAIL) for n in range(1, 5)))))
    assert "6 of 6 rules fail" in body
    assert "and 2 more, listed under “Rules” below" in body


def test_nothing_is_promised_of_production_against_the_verdict() -> None:
    promised = "v13 replaces v12 as champion"
    assert promised in render_comment(report(verdict(rule(0)), Replaces("12", "13")))
    for answer in (
        verdict(rule(0, Status.FAIL)),
        verdict(rule(0, Status.ERROR)),
        verdict(rule(0, Status.INCONCLUSIVE), approvals=1),
    ):
        assert promised not in render_comment(report(answer, Replaces("12", "13")))
        assert "return to" not in render_comment(report(answer, ReturnTo("11")))
        assert "on hold by `@mona`" in render_comment(report(answer, OnHold("mona", "2026-02-27")))


def test_an_unanswered_registry_says_nothing_of_production() -> None:
    assert "If merged" not in render_comment(report(verdict(rule(0))))


def test_a_passing_pull_request_has_about_eight_visible_lines() -> None:
    body = render_comment(report(verdict(rule(0), rule(1)), Replaces("12", "13")))
    visible = re.sub(r"<details>.*?</details>", "", body, flags=re.DOTALL)
    assert len([line for line in visible.splitlines() if line.strip() and not line.startswith("<")]) <= 8


def test_the_table_shows_at_most_eight_metrics_and_those_that_do_not_pass_first() -> None:
    of = report(verdict(*(rule(n) for n in range(20)), rule(20, Status.FAIL)))
    table = of.models[0].headline
    assert isinstance(table, Table)
    assert len(table.rows) == 8
    assert "❌" in str(table.rows[0])


def test_a_missing_metric_is_missing_and_a_new_one_is_new() -> None:
    gone = rule(0, Status.FAIL, base=0.7, candidate=None)
    new = rule(1, base=None)
    body = render_comment(report(verdict(gone, new)))
    assert "| **m0** ↑ | 0.7000 | **none** | missing |" in body
    assert "| **m1** ↑ | none | **0.6000** | new |" in body


def test_a_loss_that_falls_is_negative_and_better_with_its_range_in_order() -> None:
    loss = rule(
        0,
        direction="lower",
        kind="max_regression",
        base=0.6,
        candidate=0.5,
        improvement=0.1,
        low=0.08,
        high=0.12,
        limit=0.01,
    )
    assert (
        "\N{MINUS SIGN}0.1000 (\N{MINUS SIGN}0.1200 to \N{MINUS SIGN}0.0800) | rise ≤ 0.01 | ✅ better"
        in render_comment(report(verdict(loss)))
    )


def test_a_threshold_alone_still_shows_what_the_base_has() -> None:
    base = Side("main", "9" * 40, MetricTable((Metric("m0", 0.5),)), EvidenceLevel.CLAIMED)
    head = replace(base, name="this PR", revision="4" * 40)
    facts = ModelFacts("flights", Judged(verdict(rule(0))), Evidence(head, base))
    body = render_comment(build_report(ReportFacts(BASIS, Models((facts,)))))
    assert "| **m0** ↑ | 0.5000 | **0.6000** | +0.1000 | ≥ 0.7 | ✅ ok |" in body


def test_a_change_against_the_champion_says_so() -> None:
    side = Side("main", "9" * 40, MetricTable((Metric("m0", 0.5),)), EvidenceLevel.CLAIMED)
    against = rule(0, kind="max_regression", base=0.62, improvement=-0.02, limit=0.05, against="champion v12")
    facts = ModelFacts("flights", Judged(verdict(against)), Evidence(side, side, champion=side))
    body = render_comment(build_report(ReportFacts(BASIS, Models((facts,)))))
    assert "| 0.6200 | **0.6000** | \N{MINUS SIGN}0.0200 against champion v12 |" in body


def test_a_champion_beside_main_and_a_return_are_said() -> None:
    side = Side("champion v12", "7" * 40, MetricTable((Metric("m0", 0.6),)), EvidenceLevel.CLAIMED)
    evidence = Evidence(side, side, champion=side, returning=Return("11"))
    facts = ModelFacts("flights", Judged(verdict(rule(0))), evidence)
    body = render_comment(build_report(ReportFacts(BASIS, Models((facts,)))))
    assert "also judged against champion v12" in body
    assert "a return to v11" in body
    assert "claimed by the pull request" in body


def test_a_slice_of_the_predictions_stands_with_its_rows() -> None:
    text = "".join(f"{n},{n % 2},0.5,{'AB'[n % 5 > 0]}\n" for n in range(25))
    asked = AskedColumns("p.csv", "id", "y", "p", slices=("c",))
    predicted = read_predictions(f"id,y,p,c\n{text}".encode(), asked)
    head = Side("this PR", "4" * 40, MetricTable(()), EvidenceLevel.CLAIMED, predictions=predicted)
    found = tuple(rule(0, rule=f"slices.m0.min[c={one}]", slice=SliceKey("c", one)) for one in "ABC")
    facts = ModelFacts("flights", Judged(verdict(*found)), Evidence(head, None))
    body = render_comment(build_report(ReportFacts(BASIS, Models((facts,)))))
    assert [line.split(" | ")[:2] for line in body.splitlines() if line.startswith("| `c=")] == [
        ["| `c=A`", "5"],
        ["| `c=B`", "20"],
        ["| `c=C`", "0"],
    ]


# The other renderings


def test_every_line_of_the_policy_that_does_not_pass_is_annotated_blocking_ones_first() -> None:
    text = render_check(
        report(
            verdict(
                rule(0),
                rule(1, Status.FAIL, severity=Severity.WARN),
                rule(2, Status.INCONCLUSIVE),
                rule(3, Status.FAIL),
            )
        )
    )
    assert [(note.line, note.level) for note in text.annotations] == [
        (3, "warning"),
        (4, "failure"),
        (2, "notice"),
    ]
    assert text.annotations[0].message == "“m2” is 0.6 (limit 0.7)"


def test_the_parameter_to_look_at_first_is_noted_on_its_line_of_the_diff() -> None:
    change = ParamChange("params.yaml", "train.rate", "0.1", None, 4)
    failing = report(verdict(rule(0, Status.FAIL)), parameters=(change,))
    note = render_check(failing).annotations[0]
    assert (note.path, note.line, note.level, note.title) == ("params.yaml", 4, "notice", "train.rate")
    assert note.message.startswith("Changed from 0.1 to none.")


@pytest.mark.parametrize(
    ("status", "line", "count"), [(Status.PASS, 4, 1), (Status.FAIL, 0, 1), (Status.FAIL, 4, 4)]
)
def test_no_parameter_is_noted_when_all_is_well_or_nobody_knows_which(status, line, count) -> None:
    changes = tuple(ParamChange("params.yaml", f"p{at}", "1", "2", line) for at in range(count))
    notes = render_check(report(verdict(rule(0, status)), parameters=changes)).annotations
    assert [note.path for note in notes if note.path == "params.yaml"] == []


def test_the_summary_of_an_error_holds_what_strangers_wrote_in_a_fence() -> None:
    text = could_not(UnavailableError("Could not read ```\n# hi @everyone", "Run it again."))
    assert text.startswith("### ❗ could not evaluate\n\n````text\n")
    assert text.rstrip().endswith("Run it again.\n````")


def test_annotations_stay_within_what_github_takes() -> None:
    text = render_check(report(verdict(*(rule(n, Status.FAIL, rule="r" * 900) for n in range(200)))))
    assert len(text.annotations) == MOST_ANNOTATIONS
    assert all(len(note.title) <= 255 for note in text.annotations)


def test_a_model_with_a_very_long_name_still_has_a_title() -> None:
    assert len(render_check(report(verdict(rule(0), model="m" * 900))).title) <= 255


def test_json_is_strict_and_keeps_what_is_no_number() -> None:
    answer = verdict(
        rule(0, Status.FAIL, candidate=math.nan, base=math.inf), rule(1, slice=SliceKey("a", "b\ud800"))
    )
    body = json.loads(render_json(report(answer)), parse_constant=lambda name: pytest.fail(f"bare {name}"))
    assert (body["version"], body["conclusion"]) == (1, "failure")
    first, second = body["models"][0]["rules"]
    assert (first["candidate"], first["base"], first["status"]) == ("NaN", "Infinity", "fail")
    assert second["slice"] == ["a", "b\ud800"]


def test_json_says_what_becomes_of_the_policy() -> None:
    def told(outcome: Judged | NoPolicy) -> tuple[object, ...]:
        facts = ReportFacts(BASIS, Models((ModelFacts("flights", outcome),)))
        (model,) = json.loads(render_json(build_report(facts)))["models"]
        return model["policy_removed"], model["policy_edits"], model["by_its_own_policy"]

    edit = PolicyEdit("metrics.m0.min", "0.7", None, "loosens")
    written = {"key": "metrics.m0.min", "before": "0.7", "after": None, "effect": "loosens"}
    failing, passing = verdict(rule(0, Status.FAIL)), {"status": "pass", "conclusion": "success"}
    assert told(Judged(failing)) == (False, [], None)
    assert told(Judged(failing, removed=True)) == (True, [], None)
    assert told(Judged(failing, verdict(rule(0)), (edit,))) == (False, [written], passing)
    assert told(NoPolicy(verdict(rule(0)))) == (False, [], passing)
    assert told(NoPolicy()) == (False, [], None)
