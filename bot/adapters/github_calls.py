"""One call to GitHub: PyGithub's exceptions become ours, and a short rate limit is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import github
import requests

from bot.errors import UnavailableError

T = TypeVar("T")

WAIT_BUDGET = 60.0
"""Seconds that one adapter may spend waiting for rate limits, all calls together."""

_MOST_OF_A_BODY = 300


class Calls:
    """Runs calls one after the other and keeps the budget for waiting."""

    def __init__(
        self,
        repository: str,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
        budget: float = WAIT_BUDGET,
    ) -> None:
        self._repository = repository
        self._sleep = sleep
        self._now = now
        self._left = budget

    def __call__(self, doing: str, call: Callable[[], T]) -> T:
        """The call's answer. `doing` completes "could not …". Raises UnavailableError, whatever went wrong.

        A refusal by a rate limit says that nothing was done, so such a call is repeated, writes too; nothing
        else is.
        """
        while True:
            try:
                return call()
            except github.GithubException as error:
                seconds = self._wait_asked(error)
                if seconds is None:
                    raise self._refused(doing, error) from error
                self._wait(doing, seconds, error)
            # PyGithub gives None for what an answer does not have, so a foreign answer shows as these.
            except (github.BadAttributeException, AttributeError, TypeError, KeyError) as error:
                raise _unreadable(doing, str(error)) from error
            except (requests.RequestException, OSError) as error:
                raise UnavailableError(
                    f"Could not {doing}: GitHub did not answer ({type(error).__name__}).",
                    "Run it again; what was done already is found again.",
                ) from error

    def _wait(self, doing: str, seconds: float, error: Exception) -> None:
        if seconds > self._left:
            raise UnavailableError(
                f"Could not {doing}: GitHub's rate limit asks to wait {seconds:.0f} seconds.",
                "Run it again after that; nothing was changed by this call.",
            ) from error
        self._left -= seconds
        self._sleep(seconds)

    def _wait_asked(self, error: github.GithubException) -> float | None:
        """Seconds a rate limit asks for, None for another error (docs: "Rate limits for the REST API")."""
        headers = _lower(error.headers)
        limited = error.status == requests.codes.too_many
        limited = limited or isinstance(error, github.RateLimitExceededException)
        if "retry-after" in headers and (limited or error.status == requests.codes.forbidden):
            return max(_seconds(headers["retry-after"]), 1.0)
        if headers.get("x-ratelimit-remaining") == "0" and "x-ratelimit-reset" in headers:
            limited = True
            return max(_seconds(headers["x-ratelimit-reset"]) - self._now(), 0.0) + 1.0
        # GitHub's advice where a secondary limit comes without headers: wait at least a minute.
        return 60.0 if limited else None

    def _refused(self, doing: str, error: github.GithubException) -> UnavailableError:
        said = _said(error)
        match error.status:
            case requests.codes.unauthorized:
                return UnavailableError(
                    f"Could not {doing}: GitHub refused the token ({said}).",
                    "It has expired, was revoked or is incomplete: set GITHUB_TOKEN to a valid one.",
                )
            case requests.codes.forbidden:
                return UnavailableError(
                    f"Could not {doing}: the token may not ({said}).", _grant(_lower(error.headers))
                )
            case requests.codes.not_found:
                return UnavailableError(
                    f"Could not {doing}: GitHub has no such thing in {self._repository} ({said}).",
                    "Check the name; to a token without access a private repository looks missing too.",
                )
            case _:
                return UnavailableError(f"Could not {doing}: GitHub answered {error.status} ({said}).")


def _grant(headers: Mapping[str, str]) -> str:
    """The workflow YAML that grants what the refused request needed.

    `X-Accepted-GitHub-Permissions` lists alternatives apart by ";", what each needs by ","
    (docs.github.com, "Troubleshooting the REST API", Resource not accessible).
    """
    accepted = headers.get("x-accepted-github-permissions", "")
    needed = [pair.strip() for pair in accepted.split(";")[0].split(",") if "=" in pair]
    lines = []
    for pair in needed:
        name, level = pair.split("=", 1)
        lines.append(f"      {name.replace('_', '-')}: {level}")
    if not lines:
        return "Give the token's owner access to the repository, or the job the permission this needs."
    return "\n".join(("It lacks a permission. Give it to the job:", "    permissions:", *lines))


def _said(error: github.GithubException) -> str:
    data = error.data
    message = data.get("message") if isinstance(data, dict) else data
    details = data.get("errors") if isinstance(data, dict) else None
    words = f"{message}: {details}" if details else str(message or error.message or "no reason given")
    return " ".join(words.split())[:_MOST_OF_A_BODY]


def _unreadable(doing: str, what: str) -> UnavailableError:
    return UnavailableError(
        f"Could not {doing}: GitHub's answer cannot be read ({what[:_MOST_OF_A_BODY]}).",
        "Is GITHUB_API_URL the address of the API, and not of a proxy's login page?",
    )


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return WAIT_BUDGET


def _lower(headers: Mapping[str, str] | None) -> Mapping[str, str]:
    return {name.lower(): value for name, value in (headers or {}).items()}
