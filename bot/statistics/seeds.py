"""Seeds that a re-run finds again. Performs no I/O."""

from __future__ import annotations

from hashlib import sha256


def seed_of(*parts: str) -> int:
    """A seed of 32 bits from these texts, the same in every process; where a text ends matters."""
    digest = sha256()
    for part in parts:
        text = part.encode("utf-8", "surrogatepass")
        digest.update(f"{len(text)}:".encode() + text)
    return int.from_bytes(digest.digest()[:4], "big")
