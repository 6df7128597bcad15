"""What holds for the whole of `bot/`: light verbs stay light, packages stay empty, the core stays pure."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bot

BOT = Path(bot.__file__).parent
HEAVY = ("mlflow", "sklearn", "dvc", "github", "pandas", "pyarrow", "numpy", "scipy", "skops", "flask")

RUN = """
import json, sys
sys.argv = ["modelbot", *sys.argv[1:]]
from bot.cli import main
try:
    main()
    code = 0
except SystemExit as error:
    code = error.code or 0
finally:
    sys.stdout.flush()
print("\\n" + json.dumps([code, sorted({name.split(".")[0] for name in sys.modules})]))
"""


@pytest.fixture
def repository(tmp_path) -> Path:
    """A DVC repository whose parameter changed since main, with a policy."""
    files = {
        "dvc.yaml": "stages:\n  train:\n    cmd: x\n    params: [lr]\n    outs: [model]\n",
        ".dvc/config": "",
        "params.yaml": "lr: 0.1\n",
        "policies/model.yaml": "version: 1\nmodel: m\nmetrics: {auc: {better: higher, min: 0.5}}\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    who = ("-c", "user.name=ann", "-c", "user.email=ann@example.org")
    for command in (("init", "-q", "-b", "main"), ("add", "."), (*who, "commit", "-qm", "one")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    (tmp_path / "params.yaml").write_text("lr: 0.2\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "codes", "says"),
    [
        (["--help"], {0}, "impact"),
        (["impact"], {0}, "train: runs"),
        (["impact", "--json"], {0}, '"train"'),
        (["lint"], {0}, "policies/model.yaml: ok"),
        (["nonsense"], {2}, ""),
    ],
)
def test_a_light_verb_imports_no_heavy_package(repository, arguments, codes, says):
    command = [sys.executable, "-P", "-c", RUN, *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("COV_", "GITHUB_"))}
    outcome = subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    code, modules = json.loads(outcome.stdout.splitlines()[-1])
    assert code in codes, outcome.stdout + outcome.stderr
    assert says in outcome.stdout + outcome.stderr
    assert "bot" in modules
    assert not set(HEAVY) & set(modules)


def test_impact_reads_no_policy_and_does_not_pay_for_pydantic(repository):
    outcome = subprocess.run(
        [sys.executable, "-P", "-c", RUN, "impact"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    _code, modules = json.loads(outcome.stdout.splitlines()[-1])
    assert "ruamel" in modules
    assert "pydantic" not in modules


@pytest.mark.parametrize("path", sorted(BOT.rglob("__init__.py")), ids=lambda path: path.parent.name)
def test_a_package_file_holds_a_docstring_and_nothing_else(path):
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


def test_every_package_has_its_file():
    folders = {path.parent for path in BOT.rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


PURE_ROOMS = ("lineage", "evidence", "policy", "statistics", "promotion", "report")
PURE_FILES = ("events.py", "errors.py", "settings.py", "console.py")
FORBIDDEN_MODULES = {"time", "random", "secrets", "uuid", "subprocess", "socket", "tempfile", "shutil", "os"}
FORBIDDEN_CALLS = {"open", "print", "input", "exec", "eval", "__import__"}
FORBIDDEN_ATTRIBUTES = {
    "now",
    "utcnow",
    "today",
    "environ",
    "getenv",
    "urandom",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "default_rng",
    "urlopen",
}
ALLOWED = {
    # The report's templates are part of the program: they are read once, from the package.
    ("report/render.py", "read_text"),
}


def pure_files() -> list[Path]:
    rooms = [path for room in PURE_ROOMS for path in sorted((BOT / room).rglob("*.py"))]
    return [*rooms, *(BOT / name for name in PURE_FILES)]


def breaches(tree: ast.AST) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name.split(".")[0]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.lineno, node.module.split(".")[0]))
        elif isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES:
            found.append((node.lineno, node.attr))
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS
        ):
            found.append((node.lineno, node.func.id))
    wrong = FORBIDDEN_MODULES | FORBIDDEN_ATTRIBUTES | FORBIDDEN_CALLS
    return [(line, name) for line, name in found if name in wrong]


@pytest.mark.parametrize("path", pure_files(), ids=lambda path: str(path.relative_to(BOT)))
def test_the_core_reads_no_clock_no_environment_no_random_source_and_no_file(path):
    name = str(path.relative_to(BOT))
    wrong = [
        f"{name}:{line}: {what}"
        for line, what in breaches(ast.parse(path.read_text()))
        if (name, what) not in ALLOWED
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "from datetime import datetime\ndatetime.now()",
        "import os.path",
        "from random import random",
        "open('x')",
        "import numpy as np\nnp.random.default_rng()",
        "from pathlib import Path\nPath('x').read_text()",
        "def f():\n    import subprocess",
    ],
)
def test_the_search_for_breaches_finds_them(text):
    assert breaches(ast.parse(text))
