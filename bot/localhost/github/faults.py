"""Faults on purpose: what a test turns to see how the bot copes when GitHub does not. Performs no I/O."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, replace
from typing import Literal

from bot.localhost.github.wire import Refusal

FaultKind = Literal["bad_gateway", "lost_answer", "secondary_limit", "not_found", "unprocessable"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the next `times` matching requests.

    `path` is a regular expression over the API path.
    """

    kind: FaultKind
    times: int
    method: str
    path: str
    retry_after: int


class FaultKnobs:
    """Faults waiting for a matching API request, first added first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def fail(
        self, kind: FaultKind, *, times: int = 1, method: str = "", path: str = "", retry_after: int = 1
    ) -> None:
        """Let the next `times` requests of `method` (any) to a path matching `path` (any) meet `kind`.

        `lost_answer` does the work and drops the connection; the others refuse before any work.
        """
        with self._lock:
            self._waiting.append(Fault(kind, times, method.upper(), path, retry_after))

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, used up by one."""
        with self._lock:
            for position, fault in enumerate(self._waiting):
                if fault.method in ("", method) and re.search(fault.path, path):
                    self._waiting[position] = replace(fault, times=fault.times - 1)
                    self._waiting = [waiting for waiting in self._waiting if waiting.times > 0]
                    return fault
            return None


def refusal_of(fault: Fault) -> Refusal | None:
    """What the request is answered with, or None for a fault that strikes after the work."""
    match fault.kind:
        case "bad_gateway":
            return Refusal(502, "Server Error")
        case "secondary_limit":
            words = (
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            )
            return Refusal(403, words, headers={"Retry-After": str(fault.retry_after)})
        case "not_found":
            return Refusal(404, "Not Found")
        case "unprocessable":
            return Refusal(422, "Validation Failed")
        case "lost_answer":
            return None
