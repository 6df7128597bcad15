"""Tests in a process of their own, with one module replaced; what they cover, and whether they fail."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType

import pytest

QUIET = ("-q", "-x", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov")
SAME_DRAWS = "--hypothesis-seed=0"
STILLBORN = 77


class Replaced(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds one module, with another text in it."""

    def __init__(self, name: str, file: Path, source: str) -> None:
        self.name, self.file, self.source = name, file, source

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=str(self.file))

    def get_code(self, _fullname: str) -> CodeType:
        return compile(self.source, str(self.file), "exec")

    def get_source(self, _fullname: str) -> str:
        return self.source


class Recorder:
    """Which test is running, for the coverage; and how long each took."""

    def __init__(self, switch: Callable[[str], None]) -> None:
        self.switch = switch
        self.spent: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item):
        self.switch(item.nodeid)
        started = time.perf_counter()
        found = yield
        self.spent[item.nodeid] = time.perf_counter() - started
        self.switch("")
        return found


class Chosen:
    """Only these tests, in this order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.tests = tests

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        known = {item.nodeid: item for item in items}
        items[:] = [known[test] for test in self.tests if test in known]


def module_name(file: Path) -> str:
    """bot/policy/verdict.py → bot.policy.verdict."""
    return ".".join(file.with_suffix("").parts)


def fork(act: Callable[[], int]) -> int:
    """Run something in a copy of this process that says nothing; the process id."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    code = 1
    try:
        code = act()
    finally:
        os._exit(code)


def run_tests(tests: Sequence[str], replaced: Replaced) -> int:
    """pytest's exit code; 0 is that every test passed, 77 that the module cannot even be imported."""
    sys.meta_path.insert(0, replaced)
    try:
        importlib.import_module(replaced.name)
    except Exception:  # noqa: BLE001 - whatever it is, a mistake that stops everything is no trial of the tests
        return STILLBORN
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    return int(pytest.main([*QUIET, SAME_DRAWS, *files], plugins=[Chosen(tests)]))
