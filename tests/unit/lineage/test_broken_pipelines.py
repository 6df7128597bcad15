"""A broken pipeline is refused with the file, the line and what to do."""

import pytest

from bot.errors import InvalidFileError
from bot.lineage.impact import impact_of
from bot.lineage.parse import parse_pipeline
from bot.lineage.tree import MemoryTree

OK = "stages:\n  a:\n    cmd: echo\n    deps: [x]\n    outs: [y]\n"

BROKEN: dict[str, tuple[dict[str, str], str]] = {
    "not YAML": ({"dvc.yaml": "stages: [a\n"}, "dvc.yaml:2:1: not valid YAML"),
    "control characters": ({"dvc.yaml": "a: \x07"}, "dvc.yaml: not valid YAML"),
    "merge conflict": ({"dvc.yaml": "a: 1\n<<<<<<< HEAD\nb: 1\n"}, "dvc.yaml:2:1: merge conflict"),
    "two documents": ({"dvc.yaml": "a: 1\n---\nb: 2\n"}, "more than one document"),
    "YAML 1.1 asked for": ({"dvc.yaml": "%YAML 1.1\n---\na: 1\n"}, "a %YAML directive"),
    "an object to construct": (
        {"dvc.yaml": "a: !!python/object:os.system ls\n"},
        "dvc.yaml:1:4: cannot read",
    ),
    "a tag on a list": ({"dvc.yaml": "a: !!set [1]\n"}, "dvc.yaml:1:4: tag"),
    "a list as a key": ({"dvc.yaml": "? [1]\n: 2\n"}, "a list or mapping cannot be a key"),
    "an unknown alias": ({"dvc.yaml": "a: *b\n"}, "dvc.yaml:1:4"),
    "nesting without end": ({"dvc.yaml": "a: " + "[" * 200 + "]" * 200}, "nested deeper than 100"),
    "duplicate stage": (
        {"dvc.yaml": OK + "  a:\n    cmd: echo\n"},
        "dvc.yaml:6:3: duplicate key 'a', first on line 2",
    ),
    "duplicate key in a stage": ({"dvc.yaml": "stages:\n  a:\n    cmd: x\n    cmd: y\n"}, "dvc.yaml:4:5"),
    "top level is a list": ({"dvc.yaml": "- a\n"}, "dvc.yaml: expected a mapping with stages"),
    "stages is a list": ({"dvc.yaml": "stages: [a]\n"}, "dvc.yaml:1:1: stages: expected a mapping"),
    "a stage is text": ({"dvc.yaml": "stages:\n  a: echo\n"}, "dvc.yaml:2:3: stages.a: expected a mapping"),
    "unknown stage key": (
        {"dvc.yaml": "stages:\n  a:\n    cmd: x\n    retries: 3\n"},
        "dvc.yaml:4:5: stages.a.retries: unknown key of a stage",
    ),
    "no cmd": ({"dvc.yaml": "stages:\n  a:\n    deps: [x]\n"}, "dvc.yaml:2:3: stages.a: has no cmd"),
    "empty cmd": (
        {"dvc.yaml": "stages:\n  a:\n    cmd:\n"},
        "dvc.yaml:3:5: stages.a.cmd: expected a command",
    ),
    "deps is text": (
        {"dvc.yaml": "stages:\n  a:\n    cmd: x\n    deps: x\n"},
        "stages.a.deps: expected a list",
    ),
    "a dependency without a name": (
        {"dvc.yaml": "stages:\n  a:\n    cmd: x\n    deps: [ ]\n    outs: [null]\n"},
        "dvc.yaml:5:12",
    ),
    "frozen is a word": (
        {"dvc.yaml": "stages:\n  a:\n    cmd: x\n    frozen: yes\n"},
        "dvc.yaml:4:5: stages.a.frozen",
    ),
    "missing variable": (
        {"dvc.yaml": "stages:\n  a:\n    cmd: echo ${lr.x}\n", "params.yaml": "lr: 1\n"},
        "dvc.yaml:3:5: stages.a.cmd: ${lr.x} is not in params.yaml",
    ),
    "missing variable in a list": (
        {"dvc.yaml": "stages:\n  a:\n    cmd: x\n    deps:\n    - b\n    - ${c}\n"},
        "dvc.yaml:6:7: stages.a.deps: ${c}",
    ),
    "bad expression": ({"dvc.yaml": "stages:\n  a:\n    cmd: echo ${a..b}\n"}, "cannot read the expression"),
    "a list in a command": (
        {"dvc.yaml": "stages:\n  a:\n    cmd: echo ${l}\n", "params.yaml": "l: [1]\n"},
        "a list cannot be interpolated here",
    ),
    "a mapping in a path": (
        {"dvc.yaml": "stages:\n  a:\n    cmd: x\n    deps: ['${l}']\n", "params.yaml": "l: {a: 1}\n"},
        "a mapping can be interpolated only in cmd",
    ),
    "vars file missing": (
        {"dvc.yaml": "vars:\n- other.yaml\n" + OK},
        "dvc.yaml:2:3: vars: other.yaml is not in this revision",
    ),
    "vars key missing": ({"dvc.yaml": "vars:\n- o.yaml:b\n", "o.yaml": "a: 1\n"}, "o.yaml has no key 'b'"),
    "vars defined twice": (
        {"dvc.yaml": "vars:\n- lr: 2\n" + OK, "params.yaml": "lr: 1\n"},
        "dvc.yaml:2:3: vars: lr from vars[0] is already defined by params.yaml",
    ),
    "vars loaded twice": (
        {"dvc.yaml": "vars:\n- o.yaml\n- o.yaml:a\n", "o.yaml": "a: 1\n"},
        "dvc.yaml:3:3: vars: o.yaml:a is loaded already",
    ),
    "template in vars": ({"dvc.yaml": "vars:\n- a: ${b}\n"}, "${…} is not allowed inside vars"),
    "item taken by stage vars": (
        {"dvc.yaml": "stages:\n  a:\n    foreach: [1]\n    do:\n      vars: [{item: 2}]\n      cmd: x\n"},
        "item belongs to the generated stage",
    ),
    "foreach over a number": (
        {"dvc.yaml": "stages:\n  a:\n    foreach: ${n}\n    do:\n      cmd: x\n", "params.yaml": "n: 1\n"},
        "dvc.yaml:3:5: stages.a.foreach: expected a list or a mapping",
    ),
    "foreach without do": (
        {"dvc.yaml": "stages:\n  a:\n    foreach: [1]\n"},
        "foreach needs a mapping `do:`",
    ),
    "matrix over a word": (
        {"dvc.yaml": "stages:\n  a:\n    matrix:\n      m: ${n}\n    cmd: x\n", "params.yaml": "n: abc\n"},
        "m is not a list",
    ),
    "a matrix of a billion": (
        {
            "dvc.yaml": "stages:\n  a:\n    matrix:\n"
            + "".join(f"      {c}: [{'1, ' * 31} 2]\n" for c in "abcdef")
            + "    cmd: x\n"
        },
        "dvc.yaml:3:5: stages.a.matrix: stands for more than 10000 stages",
    ),
    "two stages with one output": (
        {"dvc.yaml": OK + "  b:\n    cmd: x\n    outs: [y]\n"},
        "dvc.yaml:6:1: b: y is also an output of a (dvc.yaml:2)",
    ),
    "an output that dvc add tracks": (
        {"dvc.yaml": OK, "y.dvc": "outs:\n- path: y\n  md5: aa\n  hash: md5\n"},
        "y is also an output of y.dvc",
    ),
    "an output inside another": (
        {"dvc.yaml": OK + "  b:\n    cmd: x\n    outs: [y/z]\n"},
        "y/z lies inside y, an output of a",
    ),
    "a cycle": (
        {"dvc.yaml": OK + "  b:\n    cmd: x\n    deps: [y]\n    outs: [x]\n"},
        "stages read from each other in a circle: a → b → a",
    ),
    "a stage that reads what it writes": (
        {"dvc.yaml": "stages:\n  a:\n    cmd: x\n    deps: [y]\n    outs: [y]\n"},
        "in a circle: a → a",
    ),
    "params.yaml with a duplicate key": (
        {"dvc.yaml": OK, "params.yaml": "lr: 1\nlr: 2\n"},
        "params.yaml:2:1: duplicate key 'lr', first on line 1",
    ),
    "params.json with a duplicate key": (
        {"dvc.yaml": "vars: [p.json]\n", "p.json": '{"a": 1, "a": 2}'},
        "p.json: duplicate key 'a'",
    ),
    "params.json broken": (
        {"dvc.yaml": "vars: [p.json]\n", "p.json": '{"a": }'},
        "p.json:1:7: not valid JSON",
    ),
    "params.toml nested without end": (
        {"dvc.yaml": "vars: [p.toml]\n", "p.toml": f"{'a.' * 50_000}a = 1\n"},
        "p.toml:1:1: not valid TOML: nested deeper than 40 levels",
    ),
    "params.toml broken": (
        {"dvc.yaml": "vars: [p.toml]\n", "p.toml": "a =\n"},
        "p.toml:1:4: not valid TOML: Invalid value",
    ),
    "params.py broken": ({"dvc.yaml": "vars: [p.py]\n", "p.py": "a = (\n"}, "p.py:1:1: not valid Python"),
    "a .dvc file with a command": ({"a.dvc": "cmd: echo\n"}, "a stage in a .dvc file"),
    "a .dvc file without a path": (
        {"a.dvc": "outs:\n- md5: aa\n"},
        "a.dvc:2:3: outs: expected a mapping with a path",
    ),
    "an artifact without a path": (
        {"dvc.yaml": "artifacts:\n  m: {type: model}\n"},
        "dvc.yaml:2:3: artifacts.m",
    ),
}


def tree(files: dict[str, str]) -> MemoryTree:
    return MemoryTree({path: text.encode() for path, text in files.items()})


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_pipeline_is_refused_with_its_place_and_a_remedy(name: str) -> None:
    files, expected = BROKEN[name]
    with pytest.raises(InvalidFileError) as caught:
        parse_pipeline(tree(files))
    assert expected in caught.value.what
    assert caught.value.todo


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InvalidFileError, match="not UTF-8 text"):
        parse_pipeline(MemoryTree({"dvc.yaml": b"a: \xff\n"}))


def test_aliases_that_expand_to_millions_of_values_are_refused() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 9):
        bomb += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n"
    with pytest.raises(InvalidFileError, match="once its aliases are expanded"):
        parse_pipeline(tree({"dvc.yaml": bomb}))


def test_every_problem_is_told_at_once() -> None:
    files = {"dvc.yaml": "stages:\n  a:\n    cmd: ${x}\n  b:\n    cmd: ${y}\n", "sub/dvc.yaml": "stages: 1\n"}
    with pytest.raises(InvalidFileError) as caught:
        parse_pipeline(tree(files))
    assert [(problem.file, problem.line) for problem in caught.value.problems] == [
        ("dvc.yaml", 3),
        ("dvc.yaml", 5),
        ("sub/dvc.yaml", 1),
    ]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (None, "dvc.yaml:2:1: stages.a: parameter file params.yaml is not in this revision"),
        ("other: 1\n", "dvc.yaml:2:1: stages.a: parameter lr is not in params.yaml"),
        ("- lr\n", "params.yaml is not a mapping"),
    ],
)
def test_a_parameter_that_is_not_there_is_named_with_its_stage(params: str | None, expected: str) -> None:
    files = {
        "dvc.yaml": "stages:\n  a:\n    cmd: x\n    params: [lr]\n",
        **({"params.yaml": params} if params else {}),
    }
    with pytest.raises(InvalidFileError) as caught:
        impact_of(tree({}), tree(files))
    assert expected in caught.value.what


def test_sections_that_a_newer_dvc_may_add_do_not_stop_the_impact() -> None:
    files = {"dvc.yaml": OK + "weather: {sunny: true}\nartifacts:\n  m: {path: y, color: red}\n"}
    pipeline = parse_pipeline(tree(files))
    assert [stage.name for stage in pipeline.stages] == ["a"]
    assert [artifact.path for artifact in pipeline.artifacts] == ["y"]
