"""The numbers that our strict readers find in metrics files, held against `dvc metrics show`."""

import json

import pytest

from bot.errors import InvalidFileError
from bot.evidence.metrics_file import parse_metrics

READ = {
    "m.json": '{"auc": 0.5, "test": {"f1": 1e-3, "n": 12}}',
    "m.yaml": "auc: 0.5\ntest: {f1: 1e-3, n: 12}\n",
    "m.yml": "auc: .5\ntest:\n  f1: 0.001\n  n: 012\n",
    "m.toml": "auc = 0.5\n[test]\nf1 = 1e-3\nn = 12\n",
}
# What DVC shows for each; we refuse them all.
REFUSED = {
    "m.json": ('{"auc": 1, "auc": 2}', {"auc": 2}),
    "m.yaml": ("auc: &x 1\nf1: *x\n", {"auc": 1, "f1": 1}),
    "m.yml": ("auc: true\n", {"auc": True}),
    "m.toml": ("auc = '0.7'\nruns = []\n", {"auc": "0.7"}),
}


def shown(repository, file, text):
    made = repository({file: text, "dvc.yaml": f"metrics: [{file}]\n"})
    made.commit()
    said = made.dvc(made.root, "metrics", "show", "--json")
    return json.loads(said)[""]["data"][file]["data"]


def flat(value, path=()):
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from flat(inner, (*path, key))
        else:
            yield ".".join((*path, key)), inner


@pytest.mark.parametrize("file", READ)
def test_the_numbers_are_dvcs(repository, file):
    table = parse_metrics(READ[file].encode(), file)
    assert {one.name: one.value for one in table.metrics} == dict(flat(shown(repository, file, READ[file])))


@pytest.mark.parametrize("file", REFUSED)
def test_what_dvc_lets_pass_is_refused(repository, file):
    text, value = REFUSED[file]
    assert shown(repository, file, text) == value
    with pytest.raises(InvalidFileError):
        parse_metrics(text.encode(), file)


def test_of_several_runs_dvc_shows_nothing_and_we_read_them(repository):
    text = "auc: 0.5\nruns: [0.4, 0.6]\n"
    assert shown(repository, "m.yaml", text) == {"auc": 0.5}
    assert parse_metrics(text.encode(), "m.yaml").repeats[0].values == (0.4, 0.6)
