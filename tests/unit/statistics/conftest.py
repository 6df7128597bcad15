"""Made-up test sets, and the table of measured coverage at the end of a run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bot.statistics.rows import PairedRows

Make = Callable[..., PairedRows]


def logistic(x):
    return 1 / (1 + np.exp(-x))


def make_scored(rows=1000, *, rate=0.3, noise=0.5, seed=0, groups=None, digits=None) -> PairedRows:
    """Two classifiers that saw the same signal, with noise of their own; groups share a part of it."""
    generator = np.random.default_rng(seed)
    group = None if groups is None else np.sort(generator.integers(0, groups, rows))
    shared = 0 if group is None else generator.normal(size=groups)[group]
    label = (generator.random(rows) < logistic(shared + np.log(rate / (1 - rate)))).astype(np.int64)
    signal = generator.normal(size=rows) + 1.5 * label + shared - 1
    sides = []
    for shift in (0.0, 0.1):
        own = 0 if group is None else generator.normal(size=groups)[group] * noise
        score = logistic(signal + shift + own + generator.normal(size=rows) * noise)
        sides.append(score if digits is None else np.round(score, digits))
    return PairedRows(label, *sides, group)


def make_classes(rows=600, *, classes=("cat", "dog", "owl"), seed=0) -> PairedRows:
    """Class probabilities (n, k) of two models, and labels that are texts."""
    generator = np.random.default_rng(seed)
    shares = np.arange(1, len(classes) + 1) / sum(range(len(classes) + 1))
    truth = generator.choice(len(classes), rows, p=shares)
    sides = []
    for sharpness in (1.5, 1.7):
        raw = generator.normal(size=(rows, len(classes)))
        raw[np.arange(rows), truth] += sharpness
        weights = np.exp(raw)
        sides.append(weights / weights.sum(axis=1, keepdims=True))
    return PairedRows(np.array(classes)[truth], *sides, None, tuple(classes))


def make_measured(rows=1000, *, seed=0, groups=None) -> PairedRows:
    """Two regressions of the same numbers; groups share a part of their errors."""
    generator = np.random.default_rng(seed)
    group = None if groups is None else generator.integers(0, groups, rows)
    truth = generator.normal(size=rows)
    sides = []
    for scale in (0.5, 0.55):
        own = 0 if group is None else generator.normal(size=groups)[group] * 0.3
        sides.append(truth + own + generator.normal(size=rows) * scale)
    return PairedRows(truth, *sides, group)


@pytest.fixture
def scored() -> Make:
    return make_scored


@pytest.fixture
def of_classes() -> Make:
    return make_classes


@pytest.fixture
def measured() -> Make:
    return make_measured


def pytest_terminal_summary(terminalreporter) -> None:
    lines = [
        value
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        for name, value in report.user_properties
        if name == "coverage"
    ]
    if lines:
        terminalreporter.section("coverage of one-sided 95 % bounds")
        head = "method                       n     low   high   range of chance  no answer"
        terminalreporter.write_line(head)
        for line in sorted(lines):
            terminalreporter.write_line(line)
