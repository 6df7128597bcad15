"""Versions from lock files: every format as its tool writes it, and every way in which one can be wrong."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evidence.code_changes import CodeSide
from bot.evidence.environment import (
    TOGETHER,
    TOO_MUCH,
    EnvironmentChange,
    PackageChange,
    environment_changes,
)
from bot.evidence.lock_files import LARGEST, Pinned, is_lock, read_pinned
from bot.lineage.parse import parse_pipeline
from bot.lineage.tree import MemoryTree

UV = b"""\
version = 1
requires-python = ">=3.11"

[[package]]
name = "NumPy"
version = "2.1.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "mine"
source = { virtual = "." }
"""
POETRY = b"""\
[[package]]
name = "numpy"
version = "2.1.0"

[metadata]
python-versions = "^3.11"
"""
PIPFILE = b"""\
{"_meta": {"requires": {"python_version": "3.11"}},
 "default": {"numpy": {"version": "==2.1.0"}, "mine": {"git": "https://example.org/mine"}},
 "develop": {"pytest": {"version": "==8"}}}
"""
CONDA = b"""\
version: 1
metadata:
  channels:
  - url: conda-forge
package:
- name: python
  version: 3.11.9
  manager: conda
- name: numpy
  version: '2.1.0'
  platform: linux-64
- name: numpy
  version: 2.0.0
  platform: osx-64
"""
EXPLICIT = b"""\
# platform: linux-64
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/python-3.11.9-hb806964_0_cpython.conda#ac68
https://conda.anaconda.org/conda-forge/linux-64/scikit-learn-1.5.2-py311h57cc02b_1.tar.bz2
"""
ENVIRONMENT = b"""\
name: flights
dependencies:
- conda-forge::python=3.11
- numpy=2.1.0=py311_0
- scipy >=1.11,<2
- pandas
- pip
- pip:
  - -e .
  - Scikit_Learn==1.5.2
"""
REQUIREMENTS = b"""\
# by hand
--index-url https://pypi.org/simple
-r other.txt
numpy==2.1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
Scikit_Learn [extra] == 1.5.2 ; python_version < "3.12"
torch>=2,<3  # any of them
pandas
onnx (==1.17.0)
six==1 ; sys_platform == "linux"
six==2 ; sys_platform != "linux"
mine @ git+https://example.org/mine@abc
./wheels/own.whl
"""


@pytest.mark.parametrize(
    ("file", "data", "pinned"),
    [
        ("uv.lock", UV, Pinned(">=3.11", (("mine", ""), ("numpy", "2.1.0")))),
        ("poetry.lock", POETRY, Pinned("^3.11", (("numpy", "2.1.0"),))),
        ("Pipfile.lock", PIPFILE, Pinned("3.11", (("mine", ""), ("numpy", "2.1.0")))),
        ("conda-lock.yml", CONDA, Pinned("3.11.9", (("numpy", "2.0.0, 2.1.0"),))),
        ("conda-linux-64.lock", EXPLICIT, Pinned("3.11.9", (("scikit-learn", "1.5.2"),))),
        (
            "environment.yml",
            ENVIRONMENT,
            Pinned(
                "3.11",
                (
                    ("numpy", "2.1.0"),
                    ("pandas", ""),
                    ("pip", ""),
                    ("scikit-learn", "1.5.2"),
                    ("scipy", ">=1.11,<2"),
                ),
            ),
        ),
        (
            "requirements.txt",
            REQUIREMENTS,
            Pinned(
                None,
                (
                    ("./wheels/own.whl", ""),
                    ("mine", "@ git+https://example.org/mine@abc"),
                    ("numpy", "2.1.0"),
                    ("onnx", "1.17.0"),
                    ("pandas", ""),
                    ("scikit-learn", "1.5.2"),
                    ("six", "1, 2"),
                    ("torch", ">=2,<3"),
                ),
            ),
        ),
        (".python-version", b"# ours\n3.11.9\n", Pinned("3.11.9")),
        ("pyproject.toml", b'[project]\nrequires-python = ">=3.11"\n', Pinned(">=3.11")),
        ("pyproject.toml", b'[tool.poetry.dependencies]\npython = "^3.11"\n', Pinned("^3.11")),
        ("pyproject.toml", b"[tool.ruff]\n", Pinned()),
    ],
)
def test_each_format_is_read_as_its_tool_writes_it(file, data, pinned):
    assert read_pinned(data, file) == pinned


@pytest.mark.parametrize(
    ("file", "data", "said"),
    [
        ("uv.lock", b"version =", "line 1, column 10: broken TOML"),
        ("uv.lock", b"\xff", "line 1, column 1: the file is not UTF-8 text"),
        ("uv.lock", b"x" * (LARGEST + 1), "the file has 4,194,305 bytes"),
        ("uv.lock", b"[[package]]\nversion = '1'", "package[0]: this package has no name"),
        ("Pipfile.lock", b"{", "line 1, column 2: broken JSON"),
        ("Pipfile.lock", b"[]", "no packages are in it"),
        ("Pipfile.lock", b"[" * 1000, "line 1, column 42"),
        ("conda-lock.yml", b"a: 1\n", "no list `package:` is in it"),
        ("conda-linux-64.lock", b"@EXPLICIT\nnumpy\n", "line 2, column 1: this line is no address"),
        ("environment.yml", b"dependencies: [3]", "line 1, column 16: this entry is no requirement"),
        ("environment.yml", b"a: b: c", "line 1, column 5: broken YAML"),
        ("requirements.txt", b"numpy==1\n!!\n", "line 2, column 1: this line is no requirement"),
        ("requirements.txt", b"numpy 1.2\n", "line 1, column 1: this line is no requirement"),
        ("requirements.txt", b"", "the file is empty"),
    ],
)
def test_what_is_wrong_is_one_line(file, data, said):
    found = read_pinned(data, file)
    assert isinstance(found, str)
    assert found.startswith(said)
    assert "\n" not in found


FORMATS = (
    "uv.lock", "Pipfile.lock", "conda-lock.yml", "conda-x.lock", "environment.yml", "requirements.txt",
    ".python-version", "pyproject.toml",
)  # fmt: skip
WORDS = st.sampled_from(
    ["numpy", "==1", "\n", "- ", "package:", "[[package]]", "{", '"', "\\", "#", ":", " "]
)


@given(st.sampled_from(FORMATS), st.one_of(st.binary(), st.lists(WORDS).map(lambda w: "".join(w).encode())))
def test_no_file_raises(file, data):
    assert isinstance(read_pinned(data, file), Pinned | str)


@pytest.mark.parametrize("part", [b" ", b"\\\n", b"a\n", b"a.", b"-", b"[", b"package:\n", b"- name: a\n"])
@pytest.mark.parametrize("file", ["requirements.txt", "conda-lock.yml", "conda-x.lock", ".python-version"])
def test_a_file_made_to_be_slow_is_read_in_seconds(file, part):
    data = (b"x" + part * 2_000_000)[:2_000_000]
    start = time.perf_counter()
    read_pinned(data, file)
    assert time.perf_counter() - start < 20


def test_which_names_are_lock_files():
    yes = (
        "requirements.txt", "pipeline/requirements.lock", "requirements-dev.txt", "dev-requirements.txt",
        "requirements/train.txt", "uv.lock", "a/poetry.lock", "Pipfile.lock", "conda-lock.yml",
        "conda-linux-64.lock", "environment.yml", "environment-gpu.yaml", ".python-version",
    )  # fmt: skip
    no = (
        "pyproject.toml",
        "dvc.lock",
        "train.txt",
        "environment.py",
        "requirements.py",
        "Pipfile",
        "notes/requirements",
    )
    assert [path for path in yes if not is_lock(path)] == []
    assert [path for path in no if is_lock(path)] == []


PIPELINE = b"stages:\n  train:\n    cmd: python train.py\n    deps: [train.py, env/requirements.lock]\n"
BEFORE = {
    "dvc.yaml": PIPELINE,
    "env/requirements.lock": b"numpy==1\nsix==1\ngone==1\n",
    "env/.python-version": b"3.11\n",
    "pyproject.toml": b'[project]\nname = "x"\nrequires-python = ">=3.11"\n',
    "uv.lock": UV,
    "docs/requirements.txt": b"sphinx==1\n",
}


def side(**files: bytes) -> CodeSide:
    tree = MemoryTree(BEFORE | files)
    return CodeSide(tree, parse_pipeline(tree))


def changed(setup: str = "", **files: bytes) -> tuple[EnvironmentChange, ...]:
    return environment_changes(side(), side(**files), (setup,))


def test_a_lock_file_of_no_stage_that_no_command_names_is_none_of_ours():
    assert changed(**{"docs/requirements.txt": b"sphinx==2\n", "uv.lock": b"version = 2"}) == ()


def test_packages_come_go_and_change_their_version():
    (one,) = changed(**{"env/requirements.lock": b"numpy==2\nsix==1\nnew\n"})
    assert one.packages == (
        PackageChange("gone", "1", None),
        PackageChange("new", None, ""),
        PackageChange("numpy", "1", "2"),
    )


def test_other_hashes_of_the_same_versions_are_a_change_without_one():
    data = b"numpy==1 --hash=sha256:aa\nsix==1\ngone==1\n"
    assert changed(**{"env/requirements.lock": data}) == (EnvironmentChange("env/requirements.lock"),)


def test_python_is_pinned_beside_the_lock_file_and_at_the_root():
    files = {"env/.python-version": b"3.12\n", "pyproject.toml": b'[project]\nrequires-python = ">=3.12"\n'}
    assert [(one.file, one.python) for one in changed(**files)] == [
        ("env/.python-version", PackageChange("Python", "3.11", "3.12")),
        ("pyproject.toml", PackageChange("Python", ">=3.11", ">=3.12")),
    ]


def test_another_change_of_the_project_is_none_of_the_environment():
    assert changed(**{"pyproject.toml": BEFORE["pyproject.toml"] + b"# more\n"}) == ()


@pytest.mark.parametrize("command", ["uv  sync --frozen", "pip install -r ./docs/requirements.txt uv.lock"])
def test_a_command_of_the_setup_names_a_lock_file_or_is_known_to_read_it(command):
    newer = UV.replace(b"2.1.0", b"2.2.0")
    assert [one.file for one in changed(command, **{"uv.lock": newer})] == ["uv.lock"]


@pytest.mark.parametrize(
    ("old", "new", "said"), [(b"!", b"a", "on the base, line 1"), (b"a", b"!", "line 1")]
)
def test_a_side_that_cannot_be_read_is_said_and_nothing_is_compared(old, new, said):
    path = "env/requirements.lock"
    (one,) = environment_changes(side(**{path: old}), side(**{path: new}), ())
    assert one.trouble.startswith(said)
    assert one.packages == ()


def test_more_than_can_be_read_is_said_and_not_read():
    names = [f"requirements-{n}.txt" for n in range(5)]
    pipeline = f"stages:\n  a:\n    cmd: x\n    deps: [{', '.join(names)}]\n".encode()
    big = b"# " + b"x" * (LARGEST - 10) + b"\na==1"
    found = environment_changes(side(), side(**{"dvc.yaml": pipeline}, **dict.fromkeys(names, big)), ())
    assert [one.file for one in found if one.trouble == TOO_MUCH] == names[TOGETHER // LARGEST :]
