"""What was champion at a time: order by sequence number, and the clock only says where to stop."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.console_moment import moment_json, moment_lines
from bot.errors import InvalidInputError, NotEvaluatedError
from bot.promotion.ledger import BRANCH, Committed, read_records
from bot.promotion.moment import at_revision, at_time, parse_moment
from bot.promotion.records import Held

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def timed(records, minutes):
    """The same records at these minutes after noon."""
    times = [(START + timedelta(minutes=one)).isoformat() for one in minutes]
    pairs = zip(records, times, strict=True)
    return [
        Committed(one.commit, replace(one.record, origin=replace(one.record.origin, time=time)))
        for one, time in pairs
    ]


@pytest.fixture
def records(shop):
    """Two promotions: intent, promoted, intent, promoted; a minute between any two."""
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    return timed(read_records(shop.records.entries(BRANCH)), range(4))


def at(records, minute, model=None):
    return at_time(records, "then", START + timedelta(minutes=minute), model)


def versions(found):
    return [one.version for one in found.champions]


def test_a_time_that_cannot_be_read_stops_and_names_the_commit(records):
    broken = replace(records[1].record, origin=replace(records[1].record.origin, time="noon"))
    with pytest.raises(NotEvaluatedError, match=records[1].commit[:12]):
        at([records[0], Committed(records[1].commit, broken)], 1)


@pytest.mark.parametrize("text", ["2026-13-01", "2026-03-01T25:00", "2026-03-01 noon"])
def test_what_begins_like_a_date_and_is_none_is_an_error(text):
    with pytest.raises(InvalidInputError, match="is not a time"):
        parse_moment(text)


@pytest.mark.parametrize("text", ["main", "HEAD~3", "20260301", "deadbee", ""])
def test_what_does_not_look_like_a_date_is_a_revision(text):
    assert parse_moment(text) is None


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2026-03-01", "2026-03-01T23:59:59.999999+00:00"),
        ("2026-03-01T12:00", "2026-03-01T12:00:00+00:00"),
        ("2026-03-01 12:00:00Z", "2026-03-01T12:00:00+00:00"),
        ("2026-03-01T12:00:00+02:00", "2026-03-01T12:00:00+02:00"),
    ],
)
def test_a_time_without_a_zone_is_utc_and_a_date_is_its_end(text, means):
    assert parse_moment(text).isoformat() == means


def test_before_the_first_record_there_was_no_champion(records):
    found = at(records, -1)
    assert (found.last, found.champions) == (None, ())
    assert list(moment_lines(found)) == ["then: no record has a time not after it; there was no champion."]


def test_an_announcement_alone_makes_no_champion(records):
    found = at(records, 0)
    assert found.last.record.sequence == 1
    assert list(moment_lines(found))[-1] == "There was no champion."


@pytest.mark.parametrize(("minute", "version"), [(1, "1"), (1.9, "1"), (2, "1"), (3, "2"), (999, "2")])
def test_a_version_is_champion_from_its_record_on_until_the_next(records, minute, version):
    assert versions(at(records, minute)) == [version]


def test_a_clock_that_runs_backwards_does_not_change_the_order(records):
    """Record 2 says a later time than record 3: what comes before the last that counts, counts."""
    skewed = timed(records, (0, 50, 2, 60))
    found = at(skewed, 10)
    assert (found.last.record.sequence, found.skewed, versions(found)) == (3, (2,), ["1"])
    assert "clock that was ahead, and counted: 2." in "\n".join(moment_lines(found))


def test_another_model_was_not_champion(records):
    assert versions(at(records, 9, "ships")) == []


def test_at_a_revision_the_last_record_that_was_decided_on_it_or_before_counts(records, shop):
    first, second = shop.line
    assert versions(at_revision(records, "r", {first}.__contains__, None)) == ["1"]
    assert versions(at_revision(records, "r", {first, second}.__contains__, None)) == ["2"]
    assert at_revision(records, "r", set().__contains__, None).last is None


def test_it_is_told_by_which_decision_and_who_held_it(records):
    last = records[-1].record
    hold = Held(
        5, "flights", "champion", "2", "1", records[1].record.artifact.digest, "mona", "why", last.origin
    )
    lines = list(moment_lines(at([*records, Committed("c" * 40, hold)], 9)))
    assert lines[0].startswith("then: record 5 (cccccccccccc, 2026-03-01T12:03:00+00:00)")
    assert "flights: version 2, digest" in lines[2]
    assert "    promoted by record 4 (" in lines[3]
    assert lines[5] == "    on hold since record 5, by mona: why"


def test_a_program_reads_the_same(records):
    value = json.loads("\n".join(moment_json(at(records, 1))))
    assert (value["version"], value["record"]["sequence"]) == (1, 2)
    (champion,) = value["champions"]
    assert (champion["version"], champion["by"]["commit"]) == ("1", records[1].commit)
