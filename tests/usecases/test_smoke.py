"""A model that a serving host could not load, or that answers otherwise there, never becomes champion."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from bot.errors import ExitCode, NotEvaluatedError, StaleError
from bot.evidence.smoke import Smoke, SmokeOutcome, smoke_words
from bot.evidence.smoke_file import FILE, encode_smokes, parse_smokes
from bot.ports.loading import Loaded, Loading
from bot.promotion.apply import apply
from bot.promotion.plan import Smoked
from bot.promotion.records import Promoted, Refused
from bot.usecases import promote as promoting
from bot.usecases.smoke import SmokeWorld, smoke_main

SERVED = b"flavors: {python_function: {loader_module: json}}\n"


@dataclass
class Host:
    """Loads what it is given and answers what its `answers` say."""

    answer: object = (0.25, 0.75)
    recorded: object = None
    reference: object = None
    failure: str = ""
    loads: int = 0

    def load(self, asked: Loading) -> Loaded:
        assert (asked.model / "MLmodel").read_bytes() == SERVED
        self.loads += 1
        if self.failure == "cannot":
            raise NotEvaluatedError("no wheels for torhc")
        rows = len(self.answer) if isinstance(self.answer, list | tuple) else None
        said = {"example": self.answer is not None, "load_seconds": 1.5, "answer": self.answer, "rows": rows}
        return Loaded(
            "own",
            True,
            self.failure,
            json.dumps(said).encode(),
            json.dumps(said | {"answer": self.reference}).encode() if self.reference else None,
            json.dumps(self.recorded).encode() if self.recorded else None,
        )


@pytest.fixture
def merged(promoted):
    """A team whose policy requires it, with a merged model that nobody tried yet."""
    written = promoted.repository.files("main")["policies/tiny.yaml"].decode()
    promoted.put(**{"policies/tiny__yaml": f"{written}promotion: {{smoke: required}}\n"})
    promoted.report(promoted.propose(params__yaml="lr: 0.2\n"))
    promoted.approve()
    promoted.merge()
    return promoted


@pytest.fixture
def served(promoted, object_name):
    """A team whose main has a model that MLflow loads and that is not champion yet."""
    name = promoted.remote.put_directory({"MLmodel": SERVED, "weights": b"lr 0.2"})
    lock = promoted.repository.files("main")["dvc.lock"].decode()
    promoted.put(dvc__lock=lock.replace(object_name("0.1"), name))
    return promoted


def tried(team, host):
    world = team.promote_world()
    asked = SmokeWorld(world.revisions, world.records, world.files, world.objects, host)
    return smoke_main(asked, team.repository.resolve("main"))


def smoke(**changed):
    passed = Smoke("m.dir", "d", SmokeOutcome.PASSED, "", "own", "recorded outputs", 1.5, 0.2, isolated=True)
    return replace(passed, **changed)


class TestWhatIsTried:
    def test_not_the_champion(self, promoted):
        assert tried(promoted, Host()) == ()

    def test_a_model_without_the_flavor_that_mlflow_serves_has_nothing_to_load(self, merged):
        host = Host()
        (found,) = tried(merged, host)
        assert (found.outcome, host.loads) == (SmokeOutcome.NOTHING, 0)

    def test_what_has_it_is_loaded_and_named_by_the_digest_of_its_bytes(self, served):
        (found,) = tried(served, Host(recorded=[0.25, 0.75]))
        assert (found.outcome, found.compared) == (SmokeOutcome.PASSED, "recorded outputs")
        assert len(found.digest) == 64

    @pytest.mark.parametrize(
        ("host", "why"),
        [
            (Host(failure="no module named torch"), "no module named torch"),
            (Host(recorded=[0.25, 0.5]), "it answered 0.75 at [1], and 0.5 was expected"),
            (Host(reference=[0.25, 0.5]), "it answered 0.75 at [1], and 0.5 was expected"),
            (Host(recorded=[0.25]), "it answered a list of 2, and a list of 1 was expected"),
            (Host([0.25, float("nan")]), "one of its answers is not a number, or infinite"),
            (Host([]), "it answered its input example with nothing"),
        ],
    )
    def test_what_is_wrong_is_said(self, served, host, why):
        (found,) = tried(served, host)
        assert (found.outcome, found.why) == (SmokeOutcome.FAILED, why)

    def test_what_could_not_be_tried_has_not_failed(self, served):
        (found,) = tried(served, Host(failure="cannot"))
        assert (found.outcome, found.why) == (SmokeOutcome.ERROR, "no wheels for torhc")

    def test_an_object_that_is_missing_is_named(self, served):
        weights = next(name for name, data in served.remote.objects.items() if data == b"lr 0.2")
        del served.remote.objects[weights]
        (found,) = tried(served, Host())
        assert found.outcome is SmokeOutcome.ERROR
        assert weights in found.why


class TestPromotion:
    def test_without_a_try_the_champion_stays_and_what_to_do_is_said(self, merged):
        done = merged.promote().outcomes[0]
        assert (done.kind, done.exit_code) == ("refused", ExitCode.NOT_EVALUATED)
        assert "modelbot rescore --main --out scores" in str(done.reasons)
        assert merged.champion() == "lr 0.1"

    def test_a_model_that_failed_is_refused_with_the_reason_on_record(self, merged, object_name):
        failed = smoke(model=object_name("0.2"), outcome=SmokeOutcome.FAILED, why="no module named torch")
        done = merged.promote(failed).outcomes[0]
        assert (done.kind, done.exit_code) == ("refused", ExitCode.REJECTED)
        assert "no module named torch" in str(done.reasons)
        record = merged.ledger()[-1]
        assert isinstance(record, Refused)
        assert record.judgement.smoke == failed
        assert merged.champion() == "lr 0.1"

    def test_a_model_that_passed_is_promoted_and_the_record_says_how(self, merged, object_name):
        (nothing,) = tried(merged, Host())
        passed = smoke(model=object_name("0.2"), digest=nothing.digest)
        assert merged.promote(passed).outcomes[0].kind == "promoted"
        record = merged.ledger()[-1]
        assert isinstance(record, Promoted)
        assert record.judgement.smoke == passed

    def test_a_try_of_other_bytes_does_not_count(self, merged, object_name):
        done = merged.promote(smoke(model=object_name("0.2"), digest="0" * 64)).outcomes[0]
        assert (done.kind, done.exit_code) == ("refused", ExitCode.NOT_EVALUATED)
        assert "Other bytes were loaded" in str(done.reasons)
        assert merged.champion() == "lr 0.1"


def test_bytes_that_come_to_the_remote_while_it_is_planned_are_planned_anew(promoted):
    promoted.report(promoted.propose(params__yaml="lr: 0.2\n"))
    promoted.approve()
    promoted.merge()
    world = promoted.promote_world()
    plan = promoting.preview(world, *promoted.asking()).plans[0]
    unread = replace(plan.basis.desired, smoke=Smoked(None, unread=True))
    stale = replace(plan, basis=replace(plan.basis, desired=unread))
    with pytest.raises(StaleError, match="meanwhile"):
        apply(stale, world.registry, world.records, world.files)
    assert promoted.champion() == "lr 0.1"


class TestWhatThePolicyAsks:
    def test_nothing_to_load_is_fine_where_it_is_not_required(self):
        nothing = smoke(outcome=SmokeOutcome.NOTHING, why="no MLmodel")
        assert Smoked(nothing).reason() is None
        assert "no MLmodel" in str(Smoked(nothing, required=True).reason())

    def test_answers_that_were_held_against_nothing_are_not_enough_where_it_is_required(self):
        assert Smoked(smoke(compared="")).reason() is None
        assert "output_example.json" in str(Smoked(smoke(compared=""), required=True).reason())


class TestTheFile:
    def test_what_was_written_is_read_again(self):
        assert parse_smokes({FILE: encode_smokes((smoke(),))}) == {"m.dir": smoke()}

    def test_none_is_none(self):
        assert parse_smokes({}) == {}

    @pytest.mark.parametrize("data", [b"", b"{}", b'[{"model": "m"}]', b"not json"])
    def test_anything_else_is_refused(self, data):
        with pytest.raises(NotEvaluatedError, match="no list that can be read"):
            parse_smokes({FILE: data})


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (smoke(), "loaded in 1.5 s in its own environment, answered its input example as recorded in 0.2 s"),
        (smoke(outcome=SmokeOutcome.FAILED, why="no"), "was refused in its own environment: no"),
        (smoke(outcome=SmokeOutcome.ERROR, why="no", environment=""), "could not be loaded: no"),
    ],
)
def test_it_is_said_in_a_sentence(one, words):
    assert smoke_words(one) == words
