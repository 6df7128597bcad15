"""A drawing in the page: its values under the pointer, and nothing in it that could run or fetch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.report.page.inline_svg import inline_svg
from tests.unit.report.page.test_page import checked

HEAD = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4" viewBox="0 0 4 4">'


def drawing(inner: str) -> bytes:
    return HEAD + inner.encode() + b"</svg>"


def test_what_a_mark_stands_for_is_its_title():
    mark = (
        '<path role="graphics-symbol" aria-roledescription="point" aria-label="fpr: 0.1; tpr: 0.4" d="M0,0"/>'
    )
    made = inline_svg(drawing(mark), "ROC")
    assert made == (
        '<svg width="4" height="4" viewBox="0 0 4 4" role="img" aria-label="ROC">'
        '<g><title>fpr: 0.1; tpr: 0.4</title><path d="M0,0"></path></g></svg>'
    )


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        "<foreignObject><b/></foreignObject>",
        '<image href="x"/>',
        '<a href="javascript:alert(1)"/>',
        '<use href="#x"/>',
        "<style>*{}</style>",
        '<animate attributeName="href"/>',
        '<path fill="url(https://example.org)"/>',
        '<path fill="URL(#x)"/>',
        '<path fill="u\\72l(x)"/>',
        '<path xmlns="http://example.org" d="M0,0"/>',
        "<path>",
        "<!-- -->",
        "<?x?>",
    ],
)
def test_what_is_not_known_to_be_harmless_stays_an_image(inner):
    assert inline_svg(drawing(inner), "alt") is None


def test_a_declaration_that_could_grow_is_not_read():
    bomb = b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">]>' + drawing("<text>&a;</text>")
    assert inline_svg(bomb, "alt") is None


def test_what_is_no_drawing_is_none():
    assert inline_svg(b"", "alt") is None
    assert inline_svg(b'<g xmlns="http://www.w3.org/2000/svg"/>', "alt") is None


def test_attributes_that_could_run_are_not_written():
    made = inline_svg(drawing('<g onclick="alert(1)" style="x" class="y" id="z" href="q"/>'), "alt")
    assert made is not None
    assert "<g></g>" in made


@given(st.text(), st.text())
def test_whatever_words_stand_in_it_they_are_text(words, alt):
    from xml.sax.saxutils import escape, quoteattr

    mark = f'<text role="graphics-symbol" aria-label={quoteattr(words)}>{escape(words)}</text>'
    made = inline_svg(drawing(mark), alt)
    if made is not None:
        assert checked(made).tags <= {"svg", "g", "title", "text"}
