"""Pictures on their way to a comment: where they can be seen, or a line that says why not."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.errors import UnavailableError
from bot.evidence.figures import Undrawn
from bot.report.facts import Basis, Invocation, NothingAffected, ReportFacts, Target
from bot.report.pictures import Picture
from bot.usecases.pictures import MOST_SHOWN, hung

TARGET = Target("skyline/flights", 7, "a" * 40, "b" * 40, "b" * 40, "https://github.com")
FACTS = ReportFacts(
    Basis(TARGET, Invocation(1, 1), datetime(2026, 3, 1, tzinfo=UTC), "0.1"), NothingAffected()
)
IMAGE = Picture("trees.png", "Trees", "alt", png=(b"PNG", b"PNG"))
CURVE = Picture("roc.json", "ROC", "alt", (b"<svg/>", b"<svg/>"), (b"light", b"dark"))
TORN = Picture("torn.png", "Torn", "alt", why="this PR: truncated")


class Wall:
    """A gallery in memory: what hangs there, by name; or one that nobody may write to."""

    def __init__(self, *, closed: bool = False) -> None:
        self.closed, self.there = closed, dict[str, bytes]()

    def keep(self, pictures: tuple[tuple[str, bytes], ...]) -> str:
        if self.closed:
            raise UnavailableError("denied")
        self.there |= dict(pictures)
        return "c" * 40


def test_an_image_and_a_curve_hang_there_and_are_linked_by_commit():
    wall = Wall()
    facts = hung(FACTS, (CURVE, IMAGE), wall)
    assert [shot.title for shot in facts.shots] == ["ROC", "Trees"]
    assert wall.there[f"{IMAGE.name}-light.png"] == wall.there[f"{IMAGE.name}-dark.png"] == b"PNG"
    for shot, picture in zip(facts.shots, (CURVE, IMAGE), strict=True):
        assert f"{'c' * 40}/{picture.name}-light.png" in shot.light
        assert f"{'c' * 40}/{picture.name}-dark.png" in shot.dark


def test_a_torn_one_is_a_line_and_takes_no_place_from_others():
    facts = hung(FACTS, (TORN, *[IMAGE] * MOST_SHOWN), Wall())
    assert facts.figures == (Undrawn("torn.png", "this PR: truncated"),)
    assert len(facts.shots) == MOST_SHOWN


def test_where_nobody_may_write_the_comment_says_so_and_has_none():
    facts = hung(FACTS, (IMAGE,), Wall(closed=True))
    assert facts.shots == ()
    (line,) = facts.figures
    assert "could not be put at GitHub (denied); the page has them" in line.why


def test_without_a_whole_picture_nothing_is_written():
    wall = Wall(closed=True)
    assert hung(FACTS, (TORN,), wall).shots == ()
