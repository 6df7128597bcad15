"""How often the same test data decided on a model, counted from what is on record."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.evidence.facts import PriorUse
from bot.promotion.codec import encode, parse
from bot.promotion.ledger import BRANCH, fold, read_records
from bot.promotion.usage import Decided, use_of


@pytest.fixture
def decided(shop):
    """Decide on a model that was measured on these test data; answers how often each did so far."""

    def deciding(name, rows, answer=None, day="2026-03-01"):
        shop.merge(name, answer, tested_on=rows)
        wanted = replace(shop.wanted, origin=replace(shop.wanted.origin, time=f"{day}T12:00:00Z"))
        shop.reconcile(wanted)
        return lambda asked: use_of(shop.model().decided, asked)

    return deciding


def test_promotions_and_refusals_are_counted_since_the_first(decided, fakes):
    decided("one", "rows", day="2026-01-10")
    decided("two", "rows", fakes.REJECTED, day="2026-02-11")
    use = decided("three", "rows", day="2026-03-12")
    assert use("rows") == PriorUse(2, 1, "2026-01-10")


def test_other_test_data_are_counted_by_themselves(decided):
    decided("one", "old rows", day="2026-01-10")
    use = decided("two", "new rows", day="2026-03-12")
    assert use("old rows") == PriorUse(1, 0, "2026-01-10")
    assert use("new rows") == PriorUse(1, 0, "2026-03-12")
    assert use("other rows") is None


def test_where_nobody_says_which_data_they_were_nothing_is_counted(decided):
    use = decided("one", None)
    assert use(None) is None
    assert use("rows") is None


def test_a_return_decides_nothing_by_the_test_data_again(decided, shop):
    decided("one", "rows")
    decided("two", "rows")
    use = decided("one", "rows")
    assert shop.model().promotion.returning
    assert use("rows") == PriorUse(2, 0, "2026-03-01")


def test_running_again_counts_nothing_twice(decided, shop, fakes):
    decided("one", "rows")
    use = decided("two", "rows", fakes.REJECTED)
    for _ in range(3):
        shop.reconcile()
    assert use("rows") == PriorUse(1, 1, "2026-03-01")


def test_each_model_counts_for_itself(decided, shop):
    decided("one", "rows")
    records = read_records(shop.records.entries(BRANCH))
    other = tuple(
        replace(one, record=replace(one.record, model="delays", sequence=one.record.sequence + len(records)))
        for one in records
    )
    state = fold((*records, *other))
    assert (
        state.model("flights").decided
        == state.model("delays").decided
        == (Decided("rows", "2026-03-01", promoted=True),)
    )


def test_a_record_of_before_it_was_kept_is_read_and_not_counted(decided, shop):
    decided("one", "rows")
    for committed in read_records(shop.records.entries(BRANCH)):
        value = json.loads(encode(committed.record))
        assert value["judgement"].pop("tested_on") == "rows"
        old = parse(committed.commit, json.dumps(value).encode())
        assert old.judgement.tested_on is None
