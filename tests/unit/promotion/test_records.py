"""Records as bytes, and what they add up to."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import NotEvaluatedError
from bot.evidence.facts import EvidenceLevel, MetricTable
from bot.promotion.codec import encode, parse
from bot.promotion.history import history
from bot.promotion.ledger import Committed, Tail, fold, read_ledger, read_records
from bot.promotion.reading import RecordReader
from bot.promotion.records import Drift, Intent, Measured, Promoted, Refused, version_key

COMMIT = "c0ffee" * 6 + "c0ff"


@pytest.fixture
def intent(shop):
    shop.merge("one")
    shop.reconcile()
    return read_records(shop.records.entries("modelbot/ledger"))[0].record


def edited(record, edit):
    value = json.loads(encode(record))
    edit(value)
    return json.dumps(value).encode()


def test_bytes_that_are_no_record_name_the_commit():
    for data in (b"", b"\xff", b"[]", b"null", b"{", b'{"kind": "intent"}', b"[" * 100_000):
        with pytest.raises(NotEvaluatedError, match=COMMIT[:12]):
            parse(COMMIT, data)


def test_an_unknown_kind_is_an_error_that_names_the_commit(intent):
    with pytest.raises(NotEvaluatedError, match=f"{COMMIT[:12]}.*'praised'"):
        parse(COMMIT, edited(intent, lambda value: value.update(kind="praised")))


def test_another_schema_version_is_an_error(intent):
    with pytest.raises(NotEvaluatedError, match="schema"):
        parse(COMMIT, edited(intent, lambda value: value.update(schema=2)))


@pytest.mark.parametrize(
    ("field", "edit"),
    [
        ("sequence", lambda value: value.update(sequence="1")),
        ("sequence", lambda value: value.update(sequence=True)),
        ("sequence", lambda value: value.update(sequence=1.5)),
        ("model", lambda value: value.pop("model")),
        ("surprise", lambda value: value.update(surprise=1)),
        ("origin.extra", lambda value: value["origin"].update(extra=None)),
        (
            "judgement.candidate.metrics.0.extra",
            lambda v: v["judgement"]["candidate"]["metrics"][0].update(extra=1),
        ),
        (
            "judgement.candidate.metrics.0.value",
            lambda v: v["judgement"]["candidate"]["metrics"][0].update(value="1"),
        ),
        (
            "judgement.candidate.metrics.0.value",
            lambda v: v["judgement"]["candidate"]["metrics"][0].update(value=True),
        ),
        ("judgement.level", lambda value: value["judgement"].update(level="certain")),
        ("judgement.passes", lambda value: value["judgement"].update(passes=1)),
    ],
)
def test_a_wrong_missing_or_unknown_field_is_named(intent, field, edit):
    with pytest.raises(NotEvaluatedError, match=field.replace(".", r"\.")):
        parse(COMMIT, edited(intent, edit))


def test_a_field_that_is_there_twice_is_named(intent):
    data = encode(intent).replace(b'"model": "flights"', b'"model": "flights", "model": "evil"')
    with pytest.raises(NotEvaluatedError, match="model: this field is there twice"):
        parse(COMMIT, data)


def test_a_metric_that_is_no_number_comes_back_as_it_was(intent, fakes):
    for value in (math.nan, math.inf, -math.inf):
        table = fakes.metrics(value)
        again = parse(COMMIT, encode(replace(intent, judgement=replace(intent.judgement, candidate=table))))
        assert str(again.judgement.candidate) == str(table)


def test_new_numbers_of_a_version_that_is_not_champion_contradict_the_ledger(intent, fakes):
    numbers = Measured(
        1, "flights", "champion", "1", COMMIT, fakes.metrics(), EvidenceLevel.CLAIMED, intent.origin
    )
    assert parse(COMMIT, encode(numbers)) == numbers
    with pytest.raises(NotEvaluatedError, match="measures version 1, which is not champion"):
        fold([Committed(COMMIT, numbers)])


def test_half_a_surrogate_pair_does_not_stop_the_ledger(intent):
    again = parse(COMMIT, encode(replace(intent, model="a\ud800b")))
    assert again.model == "a?b"


text = st.text(st.characters(exclude_categories=["Cs"]))
number = st.floats(allow_nan=False)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_kind_of_record_survives_being_written_and_read(intent, fakes, data):
    metrics = st.builds(fakes.Metric, text, number)
    origin = st.builds(
        replace,
        st.just(intent.origin),
        time=text,
        author=st.none() | text,
        approvers=st.lists(text).map(tuple),
        workflow_run=st.none() | st.integers(0, 2**62),
    )
    artifact = st.builds(replace, st.just(intent.artifact), path=text, digest=st.none() | text)
    judgement = st.builds(
        replace,
        st.just(intent.judgement),
        level=st.sampled_from(EvidenceLevel),
        candidate=st.none() | st.builds(MetricTable, st.lists(metrics).map(tuple)),
    )
    parts = {"origin": origin, "artifact": artifact, "judgement": judgement}
    names = {"sequence": st.integers(1, 10**9), "key": text, "model": text, "alias": text}
    which = {
        Intent: {**names, **parts, "before": st.none() | text, "supersedes": st.none() | text},
        Promoted: {**names, **parts, "version": text, "before": st.none() | text, "supersedes": st.none()},
        Refused: {
            "sequence": names["sequence"],
            "model": text,
            "alias": text,
            "champion": st.none() | text,
            "reasons": st.lists(text).map(tuple),
            "exit_code": st.integers(0, 70),
            **parts,
        },
        Drift: {
            "sequence": names["sequence"],
            "model": text,
            "alias": text,
            "expected": st.none() | text,
            "found": st.none() | text,
            "restored": st.booleans(),
            "reason": text,
            "origin": origin,
        },
    }
    kind = data.draw(st.sampled_from([Intent, Promoted, Refused, Drift]))
    if kind in {Intent, Promoted}:
        which[kind]["returning"] = st.booleans()
    record = data.draw(st.builds(kind, **which[kind]))
    assert parse(COMMIT, encode(record)) == record
    assert encode(parse(COMMIT, encode(record))) == encode(record)


def test_the_key_tells_repository_model_and_digest_apart():
    keys = {
        version_key("a/b", "m", "d"),
        version_key("a/c", "m", "d"),
        version_key("a/b", "n", "d"),
        version_key("a/b", "m", "e"),
        version_key("a/bm", "", "d"),
        version_key("a/b", "md", ""),
    }
    assert len(keys) == 6
    assert all(set(key) <= set("0123456789abcdef") for key in keys)


def test_no_records_are_an_empty_ledger():
    ledger = fold([])
    assert ledger.tail == Tail(None, 0)
    assert ledger.model("flights").champion is None


def test_a_gap_in_the_sequence_names_the_commit(intent):
    with pytest.raises(NotEvaluatedError, match=f"{COMMIT[:12]}.*sequence number 7.*1 is expected"):
        fold([Committed(COMMIT, replace(intent, sequence=7))])


def test_a_promotion_without_an_intent_before_it_is_refused(shop, intent):
    promoted = read_records(shop.records.entries("modelbot/ledger"))[1].record
    with pytest.raises(NotEvaluatedError, match="without an intent"):
        fold([Committed(COMMIT, replace(promoted, sequence=1))])
    with pytest.raises(NotEvaluatedError, match="without an intent"):
        fold([Committed(COMMIT, intent), Committed(COMMIT, replace(promoted, key="another"))])


def test_a_promotion_without_a_digest_is_refused(shop, intent):
    promoted = read_records(shop.records.entries("modelbot/ledger"))[1].record
    without = replace(promoted, artifact=replace(promoted.artifact, digest=None))
    with pytest.raises(NotEvaluatedError, match="without its digest"):
        fold([Committed(COMMIT, intent), Committed(COMMIT, without)])


def test_an_intent_overtaken_by_another_is_abandoned(intent):
    state = fold([Committed("a", intent), Committed("b", replace(intent, sequence=2, key="later"))])
    assert state.model("flights").abandoned == (intent.key,)
    assert state.model("flights").intent.key == "later"


def test_two_models_share_the_tail_and_nothing_else(intent):
    state = fold([Committed("a", intent), Committed("b", replace(intent, sequence=2, model="delays"))])
    assert state.model("flights").tail == state.model("delays").tail == Tail("b", 2)
    assert state.model("flights").abandoned == ()


def test_the_history_is_one_line_per_decision(shop, fakes):
    for name, answer in (("one", None), ("two", fakes.REJECTED), ("three", None), ("one", None)):
        shop.merge(name, answer)
        shop.reconcile()
    lines = list(history(read_records(shop.records.entries("modelbot/ledger")), "flights"))
    assert [(line.kind, line.version, line.before, line.returning) for line in lines] == [
        ("promoted", "1", None, False),
        ("refused", None, "1", False),
        ("promoted", "2", "1", False),
        ("promoted", "1", "2", True),
    ]
    assert lines[1].reasons == ("metrics.auc.min: auc is 0.8",)
    assert list(history(read_records(shop.records.entries("modelbot/ledger")), "other")) == []


def test_what_a_return_took_back_is_no_longer_among_the_proven(shop):
    def proven(*names: str) -> list[str]:
        for name in names:
            shop.merge(name, None)
            shop.reconcile()
        ledger = read_ledger(shop.records.entries("modelbot/ledger")).model("flights")
        return [one.version for one in ledger.proven]

    assert proven("one", "two", "three") == ["1", "2", "3"]
    assert proven("two") == ["1", "2"]
    assert proven("one") == ["1"]
    assert proven("four") == ["1", "4"]
    assert proven("three") == ["1", "3", "4"], "taken back once, and wanted again"


def read(how, data):
    """What comes of it: the record, or the words of the error."""
    try:
        return repr(how(COMMIT, data))
    except NotEvaluatedError as error:
        return error.what


@pytest.fixture(scope="module")
def written(fakes, tmp_path_factory):
    shop = fakes.fake_shop(tmp_path_factory.mktemp("shop"))
    for name in ("one", "two", "one"):
        shop.merge(name)
        shop.reconcile()
    shop.merge("bad", fakes.REJECTED)
    shop.reconcile()
    return [entry.data for entry in shop.records.entries("modelbot/ledger")]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_records_in_a_row_are_read_as_each_alone_is_also_with_bytes_changed(written, data):
    one, other = (bytearray(data.draw(st.sampled_from(written))) for _ in "12")
    for text in (one, other):
        for _change in range(data.draw(st.integers(0, 2))):
            at = data.draw(st.integers(0, len(text) - 1))
            text[at : at + data.draw(st.integers(0, 1))] = data.draw(st.binary(max_size=2))
    reader = RecordReader()
    for text in (one, other, one):
        assert read(reader.parse, bytes(text)) == read(parse, bytes(text))


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace(b'\n "judgement": {', b'\n "judgement": {}, "model": {', 1),
        lambda text: text.replace(b'\n "judgement": {', b'\n "judgement": {}, "judgement": {', 1),
        lambda text: text.replace(b'"tested_on": null\n }', b'"tested_on": null\n }, "model": "evil"', 1),
        lambda text: text.replace(b'"tested_on": null', b'"tested_on": {\n }, "model": {}', 1),
        lambda text: text.replace(b'"repository": ', b'"extra": [\n "judgement": {\n }], "repository": ', 1),
        lambda text: text.replace(b'"acme/flights"', b'"acme\n \\"judgement\\": {\n }"', 1),
        lambda text: json.dumps(json.loads(text)).encode(),
    ],
)
def test_a_judgement_that_is_not_where_it_seems_to_be_changes_nothing(written, edit):
    for text in written:
        assert read(RecordReader().parse, edit(text)) == read(parse, edit(text))
