"""Values as lines of a terminal or of a workflow's log."""

import json

import pytest

from bot import console
from bot.errors import ExitCode, InvalidFileError, InvalidInputError, Problem
from bot.evidence.bundle import BundleError, BundleFailure, BundleStage, Statement
from bot.lineage.impact import AlwaysChanged, Impact, StageImpact

HEAD = "a" * 40
HOSTILE = [
    "\x1b[2J\x1b[31mpassed",
    "a\rb",
    "a\nb",
    "\x9b31m",
    "\u202egnp.exe",
    "a\u200bb",
    "a\u2028b",
    "\ud800",
    "\x00",
    "\x07",
    "\u2066x",
    "\ufeffx",
    "a\x0bb",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_of_others_stays_one_line_that_a_terminal_does_not_obey(text):
    line = console.safe_line(text)
    assert line.splitlines() == [line]
    assert line.isprintable()
    line.encode()


@pytest.mark.parametrize(
    "text", ["::set-output name=x::1", "   ::add-mask::x", "\t::stop-commands::t", "x ##[error]y", "::::x"]
)
def test_a_line_of_others_is_no_command_to_github_s_runner(text):
    line = console.safe_line(text)
    assert not line.lstrip().startswith("::")
    assert "##[" not in line


@pytest.mark.parametrize("text", ["plain", "tab\there", "é ü 日本", "a::b", "train@a", ""])
def test_an_ordinary_line_stays_as_it_is(text):
    assert console.safe_line(text) == text


def test_an_error_has_its_three_parts_and_lines_of_a_stranger_s_file_are_made_safe():
    error = InvalidInputError("What happened.", "What to do.", "Where to read.")
    assert list(console.error_lines(error)) == ["modelbot: What happened.", "What to do.", "Where to read."]
    source = "::set-output name=plan::yes\x1b[2J"
    problem = InvalidFileError((Problem("dvc.yaml", 3, 1, "stages", "wrong", source),))
    lines = list(console.error_lines(problem))
    assert lines[0] == "modelbot: dvc.yaml:3:1: stages: wrong"
    assert not any(line.lstrip().startswith("::") or "\x1b" in line for line in lines)


def test_a_statement_tells_what_ran_and_what_its_process_answers():
    ran = (BundleStage(name="one\x1b", seconds=1.26),)
    failure = BundleFailure(stage="two", exit_code=3, log_tail=())
    failed = Statement(bot="1", head=HEAD, outcome="failed", ran=ran, failure=failure)
    assert list(console.statement_lines(failed)) == [
        "ran one\N{REPLACEMENT CHARACTER} in 1.3 s",
        "The stage two failed with exit code 3; its last lines are above.",
    ]
    assert console.statement_exit(failed) == ExitCode.REJECTED
    done = Statement(bot="1", head=HEAD, outcome="reproduced", restored=("three",))
    assert list(console.statement_lines(done)) == ["restored three from the run cache"]
    assert console.statement_exit(done) == ExitCode.OK
    nothing = Statement(bot="1", head=HEAD, outcome="nothing")
    assert list(console.statement_lines(nothing)) == ["Nothing is out of date: no stage was run."]
    assert console.statement_exit(nothing) == ExitCode.OK


def test_an_error_in_a_statement_is_could_not_evaluate_and_its_text_is_made_safe():
    error = BundleError(what="broken\n::error::x\x1b", todo="repair")
    errored = Statement(bot="1", head=HEAD, outcome="errored", error=error)
    lines = list(console.statement_lines(errored))
    assert lines == ["Could not reproduce: broken", ": :error::x\N{REPLACEMENT CHARACTER}", "repair"]
    assert console.statement_exit(errored) == ExitCode.NOT_EVALUATED


def test_an_impact_as_json_is_one_document_of_harmless_ascii():
    stages = (StageImpact("\x9btrain\u202e\ud800", "run", (AlwaysChanged(),)),)
    text = "\n".join(console.impact_json(Impact(stages, ("évaluer",))))
    assert text.isascii()
    found = json.loads(text)
    assert (found["version"], found["empty"], found["unaffected"]) == (1, False, ["évaluer"])
    assert found["stages"][0]["stage"] == "\x9btrain\u202e\ud800"


def test_an_impact_for_a_person_names_stages_with_their_reasons():
    stages = (StageImpact("train\x1b", "run", (AlwaysChanged(),)),)
    first, reason, last = console.impact_lines(Impact(stages, ("evaluate",)))
    assert first == "train\N{REPLACEMENT CHARACTER}: runs"
    assert reason.startswith("    ")
    assert last == "Up to date: evaluate"
    assert list(console.impact_lines(Impact((), ("evaluate",)))) == [
        "Nothing is out of date: no stage is affected."
    ]
    assert "no policy" in next(iter(console.lint_lines(())))
