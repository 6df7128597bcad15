"""`modelbot demo`: play the acts, print a line each, write the pages, and serve them if asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.localhost.demo import story
from bot.localhost.demo.history_page import TITLE, history_page
from bot.localhost.demo.report_pages import report_pages
from bot.localhost.demo.story import Act, Say
from bot.localhost.demo.town import Town, town


def play(place: Town, say: Say) -> Iterator[Act]:
    """Acts 1, 2, 3, 6 and 4 of the story. The pull requests of acts 2 and 3 run side by side."""
    yield story.first_promotion(place, say)
    say("acts 2 and 3: two pull requests, each changing only params.yaml; Actions run them side by side")
    weather, faster = story.propose(place, story.WEATHER), story.propose(place, story.FASTER)
    story.settle(place, say)
    yield story.better_model(place, weather, say)
    yield story.worse_slice(place, faster, say)
    say("act 6: the pull request of act 2 is reverted")
    yield story.revert(place, weather.number, say)
    say("act 4: a pull request that differs too little for the test rows to tell")
    yield story.too_close(place, say)


def run_demo(source: Path, out: Path | None, *, serve: bool, say: Callable[[str], None]) -> None:
    """Play and write the pages below `out`; with `serve` keep serving the same pages until interrupted."""
    root, started = source / ".modelbot" / "demo", time.monotonic()
    say("The whole loop on localhost: GitHub and Actions are stand-ins, everything else is real.")
    with town(source, root, source / ".modelbot" / "cache") as place:
        for act in play(place, lambda line: say(f"{time.monotonic() - started:6.1f} s  {line}")):
            say(f"✔ act {act.number}: {act.title} — {act.came_of_it} ({act.seconds:.1f} s)")
        say(f"Done in {time.monotonic() - started:.1f} s.")
        show(place, out or place.places.pages, serve=serve, say=say)


def show(place: Town, out: Path, *, serve: bool, say: Callable[[str], None]) -> None:
    """Write the pages of a town below `out`, whatever was played in it; with `serve` serve them, too.

    Serving ends when the person interrupts it (Ctrl-C): that is its regular end, no error.
    """
    place.github.add_page(TITLE, history_page(place))
    for title, page in report_pages(place).items():
        place.github.add_page(title, page)
    pages = place.github.write_pages(out)
    say(f"Open {pages[0]} in a browser.")
    if serve:
        _serve(place, say)


def _serve(place: Town, say: Callable[[str], None]) -> None:
    """The town's own server answers; this only waits."""
    try:
        say(f"Serving {place.github.url} until you press Ctrl-C.")
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("Stopped.")
