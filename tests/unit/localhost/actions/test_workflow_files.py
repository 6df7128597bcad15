# ruff: noqa: E501 - one case, one line
"""A workflow file that is not understood is refused with the line that is wrong."""

from __future__ import annotations

import textwrap

import pytest

from bot.errors import InvalidFileError
from bot.localhost.actions.composite import parse_action
from bot.localhost.actions.parse import parse_workflow

PIN = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"


def job(lines: str = "steps: [{run: 'true'}]") -> str:
    body = textwrap.indent(textwrap.dedent(lines), "    ")
    return f"name: ci\non: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n{body}\n"


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("on: push\non: push\njobs: {}", 2, "stands here twice"),
        ("on: [push\njobs: {}", 2, "not YAML"),
        ("", 1, "the file is empty"),
        ("- a", 1, "must be a mapping"),
        ("on: push\njobs: &a {}", 2, "anchors are not supported"),
        ("on: push\njobs: {}", 2, "at least one job"),
        ("jobs: {a: {runs-on: x, steps: [{run: x}]}}", 1, "needs the key 'on'"),
        ("on: pull_request_target\njobs: {}", 1, "does not know this event"),
        ("on: {push: {tags: [v1]}}\njobs: {}", 1, "does not know this key of push"),
        ("on: {push: {branches: ['v[0-9]']}}\njobs: {}", 1, "knows only \\*"),
        ("on: {push: {branches: ['!main']}}\njobs: {}", 1, "without '!'"),
        ("on: {pull_request: {types: [openned]}}\njobs: {}", 1, "no activity type 'openned'"),
        ("on: {workflow_run: {types: [completed]}}\njobs: {}", 1, "needs the key 'workflows'"),
        ("on: {schedule: [{cron: '* * *'}]}\njobs: {}", 1, "five fields"),
        ("on: push\npermissions: read-all\njobs: {}", 2, "wants each permission named"),
        ("on: push\npermissions: {content: read}\njobs: {}", 2, "does not know this key of permissions"),
        ("on: push\npermissions: {contents: yes}\njobs: {}", 2, "must be read, write or none"),
        ("on: push\nconcurrency: {group: a, queue: all}\njobs: {}", 2, "single or max"),
        ("on: push\nconcurrency: {group: a, queue: max, cancel-in-progress: true}\njobs: {}", 2, "GitHub refuses"),
        ("on: push\nenv: {A: '${{ env.B }}'}\njobs: {}", 2, "no context 'env' at this key"),
        ("on: push\nconcurrency: '${{ secrets.A }}'\njobs: {}", 2, "no context 'secrets' at this key"),
        (job("strategy: {matrix: {a: [1]}}\nsteps: [{run: x}]"), 6, "strategy.*does not know this key"),
        (job("needs: two\nsteps: [{run: x}]"), 4, "there is no job 'two'"),
        (job("needs: one\nsteps: [{run: x}]"), 4, "wait for each other"),
        (job("if: needs.two.result == 'success'\nsteps: [{run: x}]"), 4, "not among the job's 'needs'"),
        (job("if: run ${{ true }}\nsteps: [{run: x}]"), 6, "mixes text"),
        (job("if: secrets.KEY != ''\nsteps: [{run: x}]"), 6, "no context 'secrets'"),
        (job("outputs: {a: '${{ steps.b.outputs.c }}'}\nsteps: [{run: x}]"), 6, "no step has the id 'b'"),
        (job("steps: []"), 6, "at least one step"),
        (job("steps: [{name: x}]"), 6, "either 'run' or 'uses'"),
        (job(f"steps: [{{run: x, uses: {PIN}}}]"), 6, "either 'run' or 'uses'"),
        (job("steps: [{run: x, shell: pwsh}]"), 6, "only bash"),
        (job("steps: [{run: x, shel: bash}]"), 6, "shel.*does not know this key of step"),
        (job("steps: [{uses: actions/checkout@v7}]"), 6, "must be pinned"),
        (job(f"steps: [{{uses: actions/checkout@{'0' * 40}}}]"), 6, "does not know"),
        (job(f"steps: [{{uses: evil/checkout@{PIN.split('@')[1]}}}]"), 6, "does not know"),
        (job(f"steps: [{{uses: {PIN}, with: {{submodules: true}}}}]"), 6, "submodules.*does not know this input"),
        (job("steps: [{uses: ./other}]"), 6, "must be pinned"),
        (job("steps: [{run: 'echo ${{ github.evnt.x }}'}]"), 6, "does not know github.evnt"),
        (job("steps: [{run: 'echo ${{ failure() }}'}]"), 6, "only stand in an 'if'"),
        (job("steps: [{run: 'echo ${{ github.sha'}]"), 6, "not closed"),
        (job("steps:\n- {run: a, env: {A: '${{ steps.b.outputs.c }}'}}\n- {id: b, run: c}"), 7, "no step before this one"),
        (job("steps:\n- {id: b, run: c}\n- {id: b, run: c}"), 8, "stands twice"),
        (job("environment: {name: a, team: b}\nsteps: [{run: x}]"), 6, "does not know this key of environment"),
    ],
)  # fmt: skip
def test_the_first_thing_that_is_wrong_is_named_with_its_line(content, line, words):
    with pytest.raises(InvalidFileError, match=words) as refused:
        parse_workflow("ci.yml", content)
    assert f"ci.yml:{line}:" in str(refused.value)


def test_deep_nesting_is_an_error_and_not_a_crash():
    with pytest.raises(InvalidFileError, match="nested too deeply"):
        parse_workflow("ci.yml", "[" * 600 + "]" * 600)


def test_on_is_a_key_and_no_is_a_text_as_in_yaml_1_2():
    workflow = parse_workflow(
        "ci.yml",
        "on: push\nenv: {A: no, B: 010, C: 1.50, D: true}\njobs: {a: {runs-on: x, steps: [{run: x}]}}",
    )
    assert {name: template.parts for name, template in workflow.env} == {
        "A": ("no",),
        "B": ("10",),
        "C": ("1.5",),
        "D": ("true",),
    }


def test_a_pull_request_without_types_has_githubs_three():
    workflow = parse_workflow("ci.yml", "on: [pull_request]\njobs: {a: {runs-on: x, steps: [{run: x}]}}")
    assert workflow.triggers[0].types == ("opened", "synchronize", "reopened")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name: a\ndescription: b\nruns: {using: node24, main: x.js}", "only composite"),
        (
            "name: a\ndescription: b\nruns: {using: composite, steps: [{run: '${{ secrets.A }}', shell: bash}]}",
            "no context 'secrets'",
        ),
        ("name: a\nruns: {using: composite, steps: [{run: a}]}", "needs the key 'description'"),
        (
            "name: a\ndescription: b\nruns: {using: composite, image: x, steps: [{run: a}]}",
            "image.*does not know",
        ),
    ],
)
def test_an_action_file_is_read_as_strictly(content, words):
    with pytest.raises(InvalidFileError, match=words):
        parse_action("action.yml", content)
