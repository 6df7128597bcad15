"""What approvals, protected paths and waivers ask of the keys around them. Performs no I/O."""

from __future__ import annotations

import re

from bot.evidence.located import Entry, Leaf, Listing, Mapping
from bot.evidence.source import Source
from bot.policy.approvals import ROLES

LOGIN = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?")


def check_people(source: Source, root: Mapping) -> None:
    """Report a protected path that nobody can approve, and names that are neither a person nor a role."""
    protected = root.get("protected")
    if protected and not root.get("approvals"):
        what = "a change of these needs an approval; say whose under `approvals:`"
        source.report(protected.place, ("protected",), what)
    approvals = root.get("approvals")
    listed = approvals.node.get("from") if approvals and isinstance(approvals.node, Mapping) else None
    if listed and isinstance(listed.node, Listing):
        _check_names(source, listed, listed.node)


def _check_names(source: Source, listed: Entry, names: Listing) -> None:
    for number, item in enumerate(names.items):
        name = item.value if isinstance(item, Leaf) else None
        if not isinstance(name, str) or name in ROLES or LOGIN.fullmatch(name):
            continue
        place = item.place if isinstance(item, Leaf) else listed.place
        source.report(place, ("approvals", "from", f"[{number}]"), _why_not(name))


def _why_not(name: str) -> str:
    if name.startswith("@") and "/" in name:
        return "the token of a workflow cannot read teams; name people (@user) or a role (maintain)"
    return f"neither @user nor a role of the repository ({', '.join(ROLES)})"
