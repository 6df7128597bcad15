"""The evidence bundle as files, and back."""

import json
from hashlib import md5

import pytest

from bot.errors import NotEvaluatedError
from bot.evidence.bundle import (
    Bundle,
    BundleError,
    BundleFailure,
    BundleStage,
    Statement,
    encode_bundle,
    parse_bundle,
)
from bot.evidence.manifest import members_of

HEAD = "a" * 40
VALID = {"version": 1, "bot": "1", "head": HEAD, "outcome": "nothing"}
FAILURE = {"stage": "train", "exit_code": 1, "log_tail": ["x"]}


def refused(why, members):
    with pytest.raises(NotEvaluatedError, match=why):
        parse_bundle(members)


def document(**changes) -> dict[str, bytes]:
    kept = {key: value for key, value in (VALID | changes).items() if value is not None}
    return {"bundle.json": json.dumps(kept).encode()}


def test_a_bundle_without_its_document_or_with_a_file_nobody_asked_for_is_refused():
    refused("no bundle.json", {})
    refused("no bundle.json", {"files/bundle.json": b"{}"})
    for name in ("extra.txt", "files", "Files/x", "files/../x", "files//x", "/files/x", "files/a\nb"):
        refused("nobody asked for", document() | {name: b""})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"{",
        b"[" * 100_000,
        b'"text"',
        b" " * (5 << 20),
        b'{"version": 1, "version": 1, "bot": "1", "head": "%b", "outcome": "nothing"}' % HEAD.encode(),
        b'{"version": 1, "bot": "\\ud800", "head": "%b", "outcome": "nothing"}' % HEAD.encode(),
    ],
)
def test_what_is_not_strict_json_is_refused(data):
    refused("bundle.json", {"bundle.json": data})


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"version": True},
        {"version": "1"},
        {"head": "main"},
        {"head": HEAD + "\n"},
        {"head": "A" * 40},
        {"head": None},
        {"outcome": "passed"},
        {"extra": 1},
        {"bot": 1},
        {"bot": "x" * 101},
        {"ran": [{"name": "train", "seconds": -1}], "outcome": "reproduced"},
        {"ran": [{"name": "train", "seconds": 1e300}], "outcome": "reproduced"},
        {"ran": [{"name": "train", "seconds": float("nan")}], "outcome": "reproduced"},
        {"ran": [{"name": "train", "seconds": float("inf")}], "outcome": "reproduced"},
        {"ran": [{"name": "train", "seconds": "1"}], "outcome": "reproduced"},
        {"ran": [{"name": "", "seconds": 1}], "outcome": "reproduced"},
        {"ran": [{"name": "x" * 1001, "seconds": 1}], "outcome": "reproduced"},
        {"ran": [{"name": "a", "seconds": 1}] * 2, "outcome": "reproduced"},
        {"ran": [{"name": "a", "seconds": 1}], "restored": ["a"], "outcome": "reproduced"},
        {"ran": [{"name": "a", "seconds": 1}]},
        {"outcome": "failed"},
        {"outcome": "errored"},
        {"outcome": "reproduced", "failure": FAILURE},
        {"outcome": "failed", "failure": FAILURE | {"exit_code": 2**70}},
        {"outcome": "failed", "failure": FAILURE | {"exit_code": 1.5}},
        {"outcome": "failed", "failure": FAILURE | {"log_tail": ["x"] * 101}},
        {"outcome": "failed", "failure": FAILURE | {"log_tail": [1]}},
    ],
)
def test_a_statement_of_the_wrong_shape_or_that_contradicts_itself_is_refused(changes):
    refused("bundle.json", document(**changes))


def test_files_come_only_with_a_success():
    refused("brings files", document() | {"files/dvc.lock": b""})
    refused("brings files", document(outcome="failed", failure=FAILURE) | {"files/dvc.lock": b""})


def test_texts_for_people_are_cut_and_made_encodable_so_that_an_honest_job_can_always_tell():
    failure = BundleFailure(stage="s", exit_code=1, log_tail=("x" * 10_000, "half \udce9"))
    error = BundleError(what="y" * 50_000, todo="\ud800")
    assert [len(line) for line in failure.log_tail] == [2_000, 6]
    assert (len(error.what), error.todo) == (20_000, "?")
    bundle = Bundle(statement=Statement(bot="1", head=HEAD, outcome="errored", error=error), files={})
    assert parse_bundle(encode_bundle(bundle)) == bundle


def test_a_bundle_survives_the_journey():
    ran = (BundleStage(name="train", seconds=1.25), BundleStage(name="é@x", seconds=0))
    statement = Statement(bot="1", head=HEAD, outcome="reproduced", ran=ran, restored=("other",))
    bundle = Bundle(statement=statement, files={"dvc.lock": b"\0\xff", "plots/ü.json": b""})
    assert parse_bundle(encode_bundle(bundle)) == bundle


def listing(entries) -> tuple[bytes, str]:
    data = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return data, md5(data, usedforsecurity=False).hexdigest() + ".dir"


FILE = {"md5": "0" * 32, "relpath": "a"}


def test_a_directory_object_with_other_bytes_than_its_name_says_is_refused():
    data, name = listing([FILE])
    with pytest.raises(NotEvaluatedError, match="other bytes"):
        members_of(data + b" ", name)


@pytest.mark.parametrize(
    "entries",
    [
        b"",
        b"{}",
        b"[1]",
        [FILE | {"extra": 1}],
        [{"md5": "0" * 32}],
        [FILE, FILE],
        [FILE, FILE | {"relpath": "a/b"}],
        *(
            [FILE | {"relpath": path}]
            for path in ("", "..", "../x", "/x", "a//b", "a\\b", "a\0b", "n" * 2000)
        ),
        *([FILE | {"md5": name}] for name in ("", "0" * 31, "0" * 32 + "\n", "G" * 32, "0" * 32 + ".dir")),
    ],
)
def test_a_directory_object_that_is_no_list_of_safe_files_is_refused(entries):
    with pytest.raises(NotEvaluatedError, match="directory object"):
        members_of(*listing(entries))


def test_a_directory_object_names_its_files():
    data, name = listing([FILE | {"relpath": "é/b c"}, FILE])
    assert [member.path for member in members_of(data, name)] == ["é/b c", "a"]
    assert members_of(*listing([])) == ()
