"""A pipeline of many stages, in memory and as a Git repository with two commits."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path

from bot.lineage.hashing import directory_md5

LIBRARY = {f"lib/m{index}.py": f"VALUE = {index}\n" * 50 for index in range(20)}


def many_stages(count: int, value: int) -> dict[str, str]:
    """The files of `count` stages in chains of three, locked with every parameter 0.

    Each stage reads a script of its own, a directory that all of them read, and a parameter; every tenth
    parameter has `value`. No two values have a `dvc.yaml` or a `dvc.lock` in common: nothing that is read
    for one side saves reading it for the other.
    """
    scripts = {f"src/s{index}.py": f"print({index})\n" * 20 for index in range(count)}
    mark = f"# {value}\n"
    params = (f"p{index}: {value if index % 10 == 0 else 0}\n" for index in range(count))
    return {
        **LIBRARY,
        **scripts,
        ".dvc/config": "",
        ".gitignore": "/o*\n",
        "dvc.yaml": f"{mark}stages:\n" + "".join(map(_stage, range(count))),
        "dvc.lock": f"{mark}schema: '2.0'\nstages:\n" + "".join(_locked(count, scripts)),
        "params.yaml": "".join(params),
    }


def repository(folder: Path, count: int) -> Path:
    """A Git repository whose second commit changes every tenth parameter."""
    root = folder / "many"
    root.mkdir()
    _git(root, "init", "--quiet", "--initial-branch=main")
    for value in (0, 1):
        for name, text in many_stages(count, value).items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text)
        _git(root, "add", "--all")
        _git(root, "commit", "--quiet", "--message", f"Value {value}")
    return root


def _git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True)


def _stage(index: int) -> str:
    above = f"\n    - o{index - 1}" if index % 3 else ""
    return (
        f"  s{index}:\n    cmd: python src/s{index}.py\n    deps:\n    - src/s{index}.py\n    - lib{above}\n"
        f"    params:\n    - p{index}\n    outs:\n    - o{index}\n"
    )


def _locked(count: int, scripts: dict[str, str]) -> Iterator[str]:
    library = directory_md5((name.removeprefix("lib/"), _md5(text)) for name, text in LIBRARY.items())
    for index in range(count):
        script = f"src/s{index}.py"
        read = {script: _md5(scripts[script]), "lib": library}
        read |= {f"o{index - 1}": f"{index - 1:032x}"} if index % 3 else {}
        yield f"  s{index}:\n    cmd: python {script}\n    deps:\n"
        yield from (_hashed(path, digest) for path, digest in read.items())
        yield f"    params:\n      params.yaml:\n        p{index}: 0\n"
        yield f"    outs:\n{_hashed(f'o{index}', f'{index:032x}')}"


def _hashed(path: str, digest: str) -> str:
    return f"    - path: {path}\n      hash: md5\n      md5: {digest}\n      size: 1\n"


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
