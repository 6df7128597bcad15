"""What a promotion asks, counted: HTTP requests to MLflow at a proxy, processes of a `git` on PATH.

`benchmarks/promotion.py` prints the same up to 10,000 versions.
"""

from __future__ import annotations

import pytest

from bot import bootstrap_promotion as bootstrap

pytestmark = pytest.mark.slow


LESS_THAN = {"promoting": (19, 6), "nothing to do": (3, 2)}


@pytest.fixture
def project(counting, tiny_project, server, tmp_path, model, monkeypatch):
    with counting.counted(server) as (address, asked):
        project = tiny_project.Project(tmp_path, address, asked, model)
        for name, value in project.settings.items():
            monkeypatch.setenv(name, value)
        yield project


def promoted(project, rate):
    project.merge(rate)

    def act():
        (outcome,) = bootstrap.promote(project.work, dry_run=False).outcomes
        assert outcome.kind == "promoted"

    return project.cost(act)


def idle(project):
    def promote():
        assert [one.kind for one in bootstrap.promote(project.work, dry_run=False).outcomes] == ["unchanged"]

    def preview():
        assert not bootstrap.promote(project.work, dry_run=True).changes

    def status():
        assert all(one.agrees for one in bootstrap.status(project.work).models)

    return tuple(project.cost(act) for act in (promote, preview, status))


def test_a_promotion_asks_as_much_of_ten_versions_as_of_a_thousand(project, many_versions, server_database):
    for rate in ("0.1", "0.2"):
        promoted(project, rate)
    costs = []
    for rate, until in (("0.4", 10), ("0.5", 1000)):
        many_versions.fill(server_database, project.model, until)
        costs.append(promoted(project, rate))
    few, many = costs
    assert "POST model-versions/create" in few.requests
    assert sorted(many.requests) == sorted(few.requests)
    assert [line.split()[0] for line in many.network] == [line.split()[0] for line in few.network]
    within(many, "promoting")


def test_where_nothing_is_to_do_three_things_are_asked_of_mlflow_and_two_of_origin(project):
    for rate in ("0.1", "0.2"):
        promoted(project, rate)
    for one in idle(project):
        within(one, "nothing to do")


def within(cost, name):
    requests, network = LESS_THAN[name]
    assert len(cost.registry) <= requests, cost.registry
    assert len(cost.network) <= network, cost.network
