"""Which events start a workflow: activity types, branch and path filters. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from bot.localhost.actions.definition import Trigger
from bot.localhost.actions.occasion import Occasion


def starts(trigger: Trigger, occasion: Occasion, changed: Callable[[], tuple[str, ...]]) -> bool:
    """Whether the occasion passes every filter. `changed` gives the changed paths; asked only when a filter
    needs it.
    """
    if trigger.event != occasion.event:
        return False
    if trigger.types and occasion.action not in trigger.types:
        return False
    if trigger.workflows and occasion.source_workflow not in trigger.workflows:
        return False
    if trigger.branches and not (occasion.filter_branch and passes(trigger.branches, occasion.filter_branch)):
        return False
    return not trigger.paths or any(passes(trigger.paths, path) for path in changed())


def passes(patterns: tuple[str, ...], name: str) -> bool:
    """Whether the last pattern that fits is one without `!`; order counts, as on GitHub."""
    verdict = False
    for pattern in patterns:
        if _regex(pattern.removeprefix("!")).fullmatch(name):
            verdict = not pattern.startswith("!")
    return verdict


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    """`*` stops at a slash, `**` does not; `**/` may also be nothing."""
    pieces = re.split(r"(\*\*/|\*\*|\*)", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return re.compile("".join(known.get(piece, re.escape(piece)) for piece in pieces), re.DOTALL)
