"""The JSON Schema that editors read says what `modelbot lint` says, as far as a schema can."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator, meta
from pydantic import ValidationError

from bot.errors import InvalidFileError
from bot.evidence.source import read_text
from bot.evidence.strict_yaml import parse_yaml
from bot.policy.definition import Policy
from bot.policy.grammar import check_keys, fields_of, marks_of
from bot.policy.parse import parse_policy, plain_value
from bot.policy.schema import policy_schema, schema_text

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "docs" / "policy.schema.json"
POLICIES = sorted([*ROOT.glob("docs/examples/*.yaml"), *ROOT.glob("policies/*.yaml")])
SCHEMA = Draft202012Validator(policy_schema(), validate_formats=True)

WHOLE = {
    "version": 1,
    "model": "churn",
    "artifact": "models/churn",
    "compare": {"confidence": "95%", "inconclusive": "ask", "min_examples": 100},
    "predictions": {
        "file": "eval/predictions.parquet",
        "id": "row_id",
        "label": "y",
        "score": {"no": "p_no", "yes": "p_yes"},
        "group": "customer",
    },
    "evidence": {"minimum": "reproduced", "evaluator": "evaluate"},
    "metrics": {
        "f1": {
            "kind": "f1",
            "positive": "yes",
            "threshold": 0.5,
            "average": "binary",
            "better": "higher",
            "min": 0.1,
            "max": 1,
            "max_regression": "1%",
            "max_regression_from_best": 0.02,
            "must_improve": 0,
            "optional": False,
            "severity": "warn",
            "mode": "report",
        },
        "rouge": {"kind": "mean", "column": "rouge_l", "better": "higher", "min": 0.1},
        "loss": {"better": "lower", "max_regression": 0.1, "stderr": "loss_se"},
        "seeds": {"better": "lower", "max_regression": 0.1, "repeats": "loss_runs"},
    },
    "slices": {
        "by": ["country", "age_band"],
        "min_examples": 200,
        "metrics": {"f1": {"better": "higher", "max_regression": ".5%"}},
        "fairness": {"metric": "f1", "max_gap": 0.1, "severity": "info", "mode": "report"},
    },
    "data": {
        "test_set": "data/test.parquet",
        "report": "eval/data.json",
        "checks": {"rows": {"min": 10}},
    },
    "resources": {"model_size_mb": {"max": 250}},
    "artifacts": {"require": ["MLmodel"], "forbid": ["*.pkl"], "severity": "warn", "mode": "report"},
    "pipeline": {"lock": "commit", "setup": "uv sync"},
    "promotion": {"alias": "champion"},
    "waivers": [{"rule": "metrics.f1.min", "reason": "r", "by": "@b", "until": "2026-12-31"}],
    "mode": "report",
}
WRONG = [
    None,
    True,
    -1,
    0.3,
    "",
    "text",
    "1 %",
    "50%",
    "v12",
    "Latest",
    [],
    [1],
    {},
    {"a": {"b": None}},
]


def paths_in(node, path=()):
    yield path
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in below:
        yield from paths_in(value, (*path, key))


def changed(path, change):
    copy = json.loads(json.dumps(WHOLE))
    node = copy
    for key in path[:-1]:
        node = node[key]
    change(node, path[-1])
    return copy


def at(node, path):
    for key in path:
        node = node[key]
    return node


def broken():
    """Every key taken away, and given values of other kinds; every mapping with a key that nobody knows."""
    for path in paths_in(WHOLE):
        if isinstance(at(WHOLE, path), dict):
            yield changed((*path, "colour"), lambda node, key: node.__setitem__(key, "red"))
        if path:
            yield changed(path, lambda node, key: node.pop(key))
            for wrong in WRONG:
                yield changed(path, lambda node, key, wrong=wrong: node.__setitem__(key, wrong))


def source_of(policy):
    source = read_text(json.dumps(policy).encode(), "p.yaml", 1 << 20)
    return source, parse_yaml(source)


def refused_for_its_structure(policy):
    """Whether keys or values are wrong by themselves, whatever they ask of each other."""
    source, root = source_of(policy)
    reported = check_keys(source, root)
    try:
        Policy.model_validate(plain_value(root))
    except ValidationError:
        return True
    return bool(reported)


def refused(policy):
    try:
        parse_policy(json.dumps(policy).encode(), "p.yaml")
    except InvalidFileError:
        return True
    return False


@pytest.fixture(scope="module")
def cases():
    """Each broken policy: is it wrong in its structure, does the schema accept it?"""
    return [(policy, refused_for_its_structure(policy), SCHEMA.is_valid(policy)) for policy in broken()]


def test_the_schema_refuses_what_is_refused_for_its_structure(cases):
    wrong = [accepted for _, structure, accepted in cases if structure]
    assert len(wrong) > 800
    assert [policy for policy, structure, accepted in cases if structure and accepted] == []


def test_what_the_schema_refuses_besides_is_refused_by_lint_too(cases):
    besides = [policy for policy, structure, accepted in cases if not structure and not accepted]
    assert besides
    assert [policy for policy in besides if not refused(policy)] == []


def test_a_policy_with_every_key_is_accepted_by_both():
    assert [error.message for error in SCHEMA.iter_errors(WHOLE)] == []
    assert not refused(WHOLE)


def unbuilt():
    """Each key that is marked, with a value that would be right if it were built."""
    right = {"approvals": {"count": 1}, "protected": ["a"], "runs_on": ["gpu"]}
    for section, path in ((Policy, ()), *((part, (name,)) for name, part in parts())):
        for key, field in fields_of(section).items():
            for mark in marks_of(field):
                value = mark.values[0] if mark.values else right.get(key, "report")
                yield (*path, key), value


def parts():
    return [(key, type(getattr(whole(), key))) for key in ("evidence", "pipeline", "promotion")]


def whole():
    return parse_policy(json.dumps(WHOLE).encode(), "p.yaml")


def test_what_is_not_built_is_not_offered_and_refused():
    cases = list(unbuilt())
    assert (("pipeline", "lock"), "require") in cases
    for path, value in cases:
        policy = changed(path, lambda node, key, value=value: node.__setitem__(key, value))
        assert refused(policy), path
        assert not SCHEMA.is_valid(policy), path


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("{better: higher, max_regression: 1%}", True),
        ("{better: higher, max_regression: 0}", True),
        ("{better: higher, max_regression: 1}", True),
        ("{better: higher, max_regression: 1.%}", True),
        ("{better: higher, max_regression: 1..2%}", False),
        ("{better: higher, max_regression: '%'}", False),
        ("{better: higher, max_regression: '0.005'}", False),
        ("{better: higher, max_regression: -0.1}", False),
        ("{better: higher, max_regression: 1 %}", False),
        ("{max_regression: 1%}", False),
        ("{min: 1%}", False),
        ("{min: 0.7, severity: wran}", False),
        ("{min: 0.7, mode: shadow}", False),
        ("{min: 0.7, positive: 1}", False),
    ],
)
def test_amounts_severities_and_modes_are_the_same_for_both(said, right):
    text = f"version: 1\nmodel: m\nmetrics: {{auc: {said}}}\n"
    source = read_text(text.encode(), "p.yaml", 1 << 20)
    assert SCHEMA.is_valid(listed(plain_value(parse_yaml(source)))) is right
    try:
        parse_policy(text.encode(), "p.yaml")
    except InvalidFileError:
        assert not right
    else:
        assert right


@pytest.mark.parametrize("said", ["95%", "50.1%", "099.5%", "99.%", 0.9])
def test_a_confidence_above_50_and_below_100_percent_is_right(said):
    policy = changed(("compare", "confidence"), lambda node, key: node.__setitem__(key, said))
    assert SCHEMA.is_valid(policy)
    assert not refused(policy)


@pytest.mark.parametrize("said", ["50%", "50.0%", "100%", "5%", "150%", "95", "95 %", 95, 0.5, 1.0, 1, True])
def test_any_other_confidence_is_wrong(said):
    policy = changed(("compare", "confidence"), lambda node, key: node.__setitem__(key, said))
    assert not SCHEMA.is_valid(policy)
    assert refused(policy)


def listed(value):
    """The value as JSON has it: lists, not tuples."""
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("file", POLICIES, ids=lambda path: path.name)
def test_every_policy_of_this_repository_is_accepted_by_both(file):
    assert parse_policy(file.read_bytes(), file.name, today=date(2026, 12, 1))
    source = read_text(file.read_bytes(), file.name, 1 << 20)
    assert [error.message for error in SCHEMA.iter_errors(listed(plain_value(parse_yaml(source))))] == []


@pytest.mark.parametrize("file", sorted(ROOT.glob("docs/examples/*.yaml")), ids=lambda path: path.name)
def test_an_example_names_the_schema_that_editors_check_it_by(file):
    found = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", file.read_text().splitlines()[0])
    assert found
    assert (file.parent / found[1]).resolve() == SHIPPED


def test_the_shipped_schema_is_what_the_verb_prints():
    told = subprocess.run([sys.executable, "-m", "bot", "schema"], capture_output=True, text=True, check=True)
    assert told.stdout == schema_text()
    assert SHIPPED.read_text() == told.stdout, "run `make docs`"


def test_it_is_a_valid_schema_that_names_no_machine():
    made = policy_schema()
    meta.validate(made)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["title"] == "modelbot policy"
    assert "$id" not in schema_text()
    assert str(ROOT) not in schema_text()


def test_every_key_has_a_description():
    made = policy_schema()
    for name, part in [("policy", made), *made["$defs"].items()]:
        for key, offered in part.get("properties", {}).items():
            shared = made["$defs"].get(offered.get("$ref", "").rpartition("/")[2], {})
            assert offered.get("description") or shared.get("description"), f"{name}.{key}"


def test_check_jsonschema_accepts_the_schema_and_the_examples():
    program = Path(sys.executable).with_name("check-jsonschema")
    examples = [str(path) for path in POLICIES]
    for arguments in (["--check-metaschema", str(SHIPPED)], ["--schemafile", str(SHIPPED), *examples]):
        told = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stdout + told.stderr
