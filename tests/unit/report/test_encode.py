"""Nothing that strangers write becomes anything but their own text, in GitHub's own Markdown (cmark-gfm)."""

from __future__ import annotations

import html
import os
import random
import re
from dataclasses import replace
from datetime import UTC, datetime

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from bot.evidence.facts import Evidence, EvidenceLevel, Metric, MetricTable, Side, Unreadable
from bot.evidence.params import ParamChange
from bot.evidence.phrase import Quoted
from bot.evidence.plot_changes import PlotChange, PlotData
from bot.policy.verdict import PolicyRef, Position, RuleResult, Severity, SliceKey, Status, Verdict
from bot.report.build import build_report
from bot.report.encode import cleaned, code_span, for_terminal, is_plain_name, log_block
from bot.report.facts import (
    Basis,
    DataChange,
    Invocation,
    Judged,
    ModelFacts,
    Models,
    OnHold,
    ReportFacts,
    StageFact,
    StageFailed,
    Target,
    Tracked,
)
from bot.report.render import render_comment

STRINGS = 100_000 if os.environ.get("PROVE") else 2_000
PIECES = (
    *"`|\\<>[]()!#*_~@&;:/-+=$\"' \n\t",
    *("``", "```", "`" * 40, "\\|", "`|`", "||", "\r\n", "\n\n---\n", "\n# h\n", "| a | b |\n|--|--|\n"),
    *("<!--", "-->", "</details>", "<script>", "<img src=x>", "&lt;", "&#64;", "<a href='javascript:x'>"),
    *("@everyone", "@acme/team", "#12", "GH-1", "acme/repo#3", "- [ ] x", "$x$"),
    *("http://evil.example", "www.evil.example", "a@evil.example", "[x]: http://evil.example"),
    *("![x](http://evil.example/x.png)", "[x](http://evil.example)"),
    *("auc", "0.1; touch X", "é", "模型"),
    *("\u202e", "\u200b", "\x1b[31m", "\x00", "\ufeff", "\u2028", "\ud800", "\U000e0041"),
)
OURS = "https://localhost.example/"


def hostile_strings(count: int) -> list[str]:
    seeded = random.Random(20260301)
    return ["".join(seeded.choices(PIECES, k=seeded.randint(0, 12))) for _ in range(count)]


def rendered(markdown: str) -> str:
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_GITHUB_PRE_LANG
    return cmarkgfm.github_flavored_markdown_to_html(markdown.encode("utf-8", "replace").decode(), options)


def report_of(text: str) -> str:
    """The real comment with the stranger's text in every place that takes one."""
    rule = RuleResult(
        rule=f"metrics.{text}.min",
        kind="min",
        metric=text,
        status=Status.FAIL,
        severity=Severity.BLOCK,
        reason=(Quoted(text), " is ", Quoted(text)),
        position=Position(f"policies/{text}.yaml", 3, 1),
        direction="higher",
        base=0.7,
        candidate=0.6,
        improvement=-0.1,
        limit=0.65,
    )
    sliced = replace(rule, rule=f"slices.{text}", slice=SliceKey(text, text))
    skipped = replace(sliced, status=Status.SKIPPED)
    policy = PolicyRef(f"policies/{text}.yaml", "9" * 40, "a" * 64)
    verdict = Verdict(text, policy, (rule, sliced, skipped), notes=((Quoted(text),),))
    side = Side(text, text, MetricTable((Metric(text, 0.6),)), EvidenceLevel.CLAIMED)
    evidence = Evidence(head=side, base=side, champion=side)
    facts = ModelFacts(text, Judged(verdict, verdict), evidence, OnHold(text, text, text))
    basis = Basis(
        Target("acme/flights", 7, "4" * 40, "9" * 40, web_url=OURS), Invocation(1, 1), NOON, "0.1.0"
    )
    return render_comment(
        build_report(
            ReportFacts(
                basis,
                Models((facts,)),
                (StageFact(text, "ran", 1.0, ((Quoted(text),),)),),
                (ParamChange(text, text, text, text),),
                (DataChange(text, Tracked(text, 1, 1), None),),
                (PlotChange(text, Unreadable(text, text), PlotData(1, 1)),),
            )
        )
    )


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def skeleton(page: str) -> list[str]:
    """Every tag of the page, without our own links' targets."""
    return re.findall(r"</?[a-zA-Z][^>]*>|<!--.*?-->", re.sub(rf'href="{OURS}[^"]*"', "href", page))


TRICKY = [
    "",
    " ",
    "   ",
    "`",
    "``",
    "|",
    "\\|",
    "\\",
    "a\\",
    "\\`",
    " x ",
    " `x` ",
    "x`",
    "`x",
    "a|b|c",
    "\\\\|",
    "--",
    "\n",
    "<!-- modelbot -->",
    "@" * 500,
    "`" * 500,
]


def test_no_hostile_string_changes_the_shape_of_the_report() -> None:
    """Same tags, cells and links whatever the names are: no mention, autolink, image or HTML of theirs."""
    calm = skeleton(rendered(report_of("x.y")))
    for text in (*TRICKY, *hostile_strings(STRINGS)):
        page = rendered(report_of(text))
        if cleaned(text).strip(" ") and not is_plain_name(text):
            assert skeleton(page) == calm, ascii(text)
        outside = re.sub(r"<code>.*?</code>|<!--.*?-->|<[^>]*>", "", page, flags=re.DOTALL)
        assert "@" not in outside, ascii(text)
        assert "evil" not in outside, ascii(text)
        assert "<img" not in page, ascii(text)


@pytest.mark.parametrize("in_table", [False, True], ids=["in a line", "in a table"])
def test_the_text_arrives_byte_for_byte(in_table: bool) -> None:
    for text in (*TRICKY, *hostile_strings(STRINGS)):
        span = code_span(text, in_table=in_table)
        page = rendered(f"| a |\n|--|\n| {span} |\n" if in_table else f"see {span} here")
        found = re.findall(r"<code>(.*?)</code>", page, flags=re.DOTALL)
        if not cleaned(text).strip(" "):
            assert found == []
            continue
        assert [html.unescape(one) for one in found] == [cleaned(text)], ascii(text)


def test_no_line_of_a_log_closes_its_block() -> None:
    strings = [*TRICKY, *hostile_strings(300)]
    for first in range(0, len(strings), 10):
        page = rendered(f"before\n\n{log_block(strings[first : first + 10])}\n\nafter")
        assert re.sub(r"<code.*?</code>", "", page, flags=re.DOTALL).count("<") == 6, strings[first]


def test_a_failed_stage_shows_a_hostile_log_as_text() -> None:
    basis = Basis(
        Target("acme/flights", 7, "4" * 40, "9" * 40, web_url=OURS), Invocation(1, 1), NOON, "0.1.0"
    )
    body = render_comment(
        build_report(ReportFacts(basis, StageFailed("tr`ain", 1, tuple(hostile_strings(30)))))
    )
    page = rendered(body)
    assert "<script" not in page
    assert "<img" not in page
    assert re.findall(r'href="(?!https://localhost\.example/)', page) == []


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[2J",
        "\x07",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\u3164",
        "\U000e0041",
        "\ud800",
        "\x9b31m",
        "\u00ad",
    ],
    ids=ascii,
)
def test_what_draws_nothing_or_moves_others_is_shown_as_replaced(text: str) -> None:
    for shown in (for_terminal(f"a{text}b"), cleaned(f"a{text}b")):
        assert "\N{REPLACEMENT CHARACTER}" in shown
        assert text[0] not in shown


def test_a_long_name_is_cut_in_the_middle_and_keeps_both_ends() -> None:
    shown = cleaned("start" + "x" * 5000 + "end")
    assert len(shown) == 160
    assert shown.startswith("start")
    assert shown.endswith("end")


def test_names_in_other_scripts_stay_as_they_are() -> None:
    for text in ("模型", "précision", "दिल्ली", "μ±σ²", "café ☕"):
        assert cleaned(text) == text
