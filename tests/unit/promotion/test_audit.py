"""Any single change to a ledger is found, and named by commit, sequence number and field."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.promotion.audit import audit
from bot.promotion.chain import broken_links
from bot.promotion.ledger import BRANCH


@dataclass(frozen=True)
class Line:
    """A ledger of eleven records, as Git stores it."""

    fakes: object
    links: tuple

    def rewritten(self, datas):
        """The same records (or others) in commits whose names are right: somebody forced the branch."""
        links, after = [], None
        for number, data in enumerate(datas):
            links.append(self.fakes.linked(after, data, f"m {number}"))
            after = links[-1].commit
        return tuple(links)


@pytest.fixture(scope="module")
def line(fakes, tmp_path_factory):
    shop = fakes.fake_shop(tmp_path_factory.mktemp("shop"))
    for name in ("one", "two", "three", "one"):
        shop.merge(name)
        shop.reconcile()
    shop.merge("bad", fakes.REJECTED)
    shop.reconcile()
    shop.merge("four")
    shop.reconcile()
    return Line(fakes, shop.records.chain(BRANCH).links)


def test_a_ledger_that_is_not_there_is_not_sound():
    read = audit(())
    assert "There is no ledger" in read.findings[0].what
    assert not read.findings[0].warning


def test_what_was_promoted_reads_without_a_finding(line):
    read = audit(line.links, (line.links[3].commit, line.links[-1].commit))
    assert read.findings == ()
    assert len(read.records) == len(line.links) == 11
    assert read.ledger.model("flights").champion.version == "4"


def changed(data, draw):
    """The bytes with one of them changed."""
    at = draw(st.integers(0, len(data) - 1))
    byte = draw(st.integers(0, 255).filter(lambda value: value != data[at]))
    return data[:at] + bytes([byte]) + data[at + 1 :]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_single_byte_of_any_object_that_is_changed_is_found_at_its_record(line, data):
    position = data.draw(st.integers(0, len(line.links) - 1))
    part = data.draw(st.sampled_from(["header", "tree", "data"]))
    link = line.links[position]
    bad = replace(link, **{part: changed(getattr(link, part), data.draw)})
    read = audit((*line.links[:position], bad, *line.links[position + 1 :]))
    assert read.first_bad.sequence == position + 1
    assert read.first_bad.commit == link.commit
    assert read.first_bad.field


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_byte_that_is_changed_in_a_branch_that_was_rewritten_is_found_by_whoever_knows_its_former_end(
    line, data
):
    datas = [link.data for link in line.links]
    position = data.draw(st.integers(0, len(datas) - 1))
    datas[position] = changed(datas[position], data.draw)
    read = audit(line.rewritten(datas), (line.links[-1].commit,))
    assert any("is not in it any more" in one.what for one in read.findings)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_record_that_is_dropped_swapped_or_doubled_in_a_rewritten_branch_is_found_where_it_happened(
    line, data
):
    datas = [link.data for link in line.links]
    position = data.draw(st.integers(0, len(datas) - 2))
    match data.draw(st.sampled_from(["dropped", "swapped", "doubled"])):
        case "dropped":
            first = position + 2
            del datas[position]
        case "swapped":
            other = data.draw(st.integers(position + 1, len(datas) - 1))
            datas[position], datas[other] = datas[other], datas[position]
            first = other + 1  # the number that stands where another is expected
        case _:
            first = position + 1
            datas.insert(position, datas[position])
    read = audit(line.rewritten(datas))
    assert (read.first_bad.sequence, read.first_bad.field) == (first, "sequence")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_links_that_are_dropped_swapped_or_doubled_break_the_line_of_commits(line, data):
    links = list(line.links)
    position = data.draw(st.integers(0, len(links) - 2))
    match data.draw(st.sampled_from(["dropped", "swapped", "doubled"])):
        case "dropped":
            del links[position]
        case "swapped":
            links[position], links[position + 1] = links[position + 1], links[position]
        case _:
            links.insert(position, links[position])
    assert any(one.field == "parent" for one in broken_links(links))


def test_the_last_record_that_is_dropped_is_found_by_whoever_knows_it(line):
    assert audit(line.links[:-1]).findings == ()
    (finding,) = audit(line.links[:-1], (line.links[-1].commit,)).findings
    assert line.links[-1].commit[:12] in finding.what


@pytest.mark.parametrize(
    ("position", "field", "value"),
    [
        (3, "before", "7"),
        (3, "supersedes", "f" * 64),
        (3, "key", "f" * 64),
        (4, "key", "f" * 64),
        (4, "returning", True),
        (4, "artifact.digest", "f" * 64),
        (9, "champion", "2"),
        (9, "surprise", "2"),
        (9, "kind", "praised"),
        (9, "model", None),
    ],
)
def test_a_record_that_contradicts_those_before_it_is_named_with_its_field(line, position, field, value):
    datas = [link.data for link in line.links]
    record = json.loads(datas[position - 1])
    *path, last = field.split(".")
    inner = record
    for name in path:
        inner = inner[name]
    inner[last] = value
    datas[position - 1] = json.dumps(record).encode()
    read = audit(line.rewritten(datas))
    first = read.first_bad
    assert (first.sequence, first.commit) == (position, line.rewritten(datas)[position - 1].commit)
    assert (first.field or "") in {field, "", "intent.surprise", "refused.surprise", "refused.model"}
    assert field in first.what or "without an intent" in first.what


def test_after_a_bad_record_the_others_are_read_and_count(line):
    datas = [link.data for link in line.links]
    datas[8] = b"{}"
    read = audit(line.rewritten(datas))
    assert len(read.findings) == 1
    assert read.ledger.model("flights").champion.version == "4"
    assert read.ledger.tail.sequence == 11


@pytest.mark.parametrize("position", [1, 4, 10])
def test_a_line_that_is_cut_off_is_numbered_by_what_is_left(line, position):
    cut = (replace(line.links[position], header=None, tree=None, data=None), *line.links[position + 1 :])
    read = audit(cut)
    expected = position + 1 if len(cut) > 1 else 1
    assert (read.first_bad.sequence, read.first_bad.field) == (expected, "commit")
    assert read.first_bad.commit == cut[0].commit


def test_a_commit_of_somebody_else_is_named(line, fakes):
    link = line.links[-1]
    tree = link.tree + b"100644 zz\0" + bytes(20)
    header = link.header.replace(
        fakes.named(b"tree", link.tree).hex().encode(), fakes.named(b"tree", tree).hex().encode()
    )
    bad = replace(link, header=header, tree=tree, commit=fakes.named(b"commit", header).hex())
    (finding,) = audit((*line.links[:-1], bad)).findings
    assert "the one file record.json" in finding.what
