"""The actions Actions on localhost stands in for: their known commits and the inputs it understands.

Tags and commits were read from the actions' own repositories. Performs no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SELF_ACTION: Final = "$/"
"""This repository's own action at the commit that runs; needs no checkout."""

LOCAL_ACTION: Final = "./"
"""The action that lies in the workspace, whatever was checked out there."""

_PINS: Final[Mapping[tuple[str, str], str]] = {
    ("actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1"): "v7.0.1",
    ("actions/checkout", "9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0"): "v7.0.0",
    ("actions/setup-python", "5fda3b95a4ea91299a34e894583c3862153e4b97"): "v7.0.0",
    ("actions/setup-python", "ece7cb06caefa5fff74198d8649806c4678c61a1"): "v6.3.0",
    ("actions/upload-artifact", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f"): "v7.0.0",
    ("actions/upload-artifact", "b7c566a772e6b6bfb58ed0dc250532a479d7789f"): "v6.0.0",
    ("actions/download-artifact", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c"): "v8.0.1",
    ("actions/download-artifact", "70fc10c6e5e1ce46ad2ea6f2b72d43f7d47b13c3"): "v8.0.0",
    ("astral-sh/setup-uv", "20cfd1bf945f4377ade1205e4dbc17946fc9a30d"): "v10.0.1",
    ("astral-sh/setup-uv", "ae62891fec2bb8e7d6c99fc78c9fec3a63790f8d"): "v10.0.0",
    ("actions/create-github-app-token", "1b10c78c7865c340bc4f6099eb2f838309f1e8c3"): "v3.1.1",
    ("actions/create-github-app-token", "7bd03711494f032dfa3be3558f7dc8787b0be333"): "v3.1.0",
}

INPUTS: Final[Mapping[str, frozenset[str]]] = {
    "actions/checkout": frozenset(
        {"repository", "ref", "token", "path", "fetch-depth", "persist-credentials"}
    ),
    "actions/upload-artifact": frozenset(
        {
            "name",
            "path",
            "if-no-files-found",
            "retention-days",
            "compression-level",
            "include-hidden-files",
        }
    ),
    "actions/download-artifact": frozenset({"name", "path", "run-id", "github-token", "repository"}),
    "actions/setup-python": frozenset({"python-version", "python-version-file"}),
    "astral-sh/setup-uv": frozenset({"version", "enable-cache", "python-version"}),
    "actions/create-github-app-token": frozenset(
        {"app-id", "client-id", "private-key", "owner", "repositories"}
    ),
    SELF_ACTION: frozenset(),
    LOCAL_ACTION: frozenset(),
}


def version_of(action: str, commit: str) -> str:
    """The tag that commit is, such as `v7.0.1`; empty when the pair is not known."""
    return _PINS.get((action, commit), "")
