"""Downloads an artifact in pieces, with a cap, and without showing the token to the storage behind GitHub."""

from __future__ import annotations

import requests

from bot.errors import NotEvaluatedError, UnavailableError

_CONNECT_AND_READ = (10, 60)
_PIECE = 64 * 1024


def download(api_url: str, token: str, repository: str, artifact_id: int, limit: int) -> bytes | None:
    """The artifact's zip; None when it has expired.

    The API redirects to storage whose address carries its own signature. The token is sent to the API only:
    PyGithub's own download would follow with it. Raises NotEvaluatedError above `limit` bytes and
    UnavailableError when there is no download.
    """
    address = _signed_address(f"{api_url}/repos/{repository}/actions/artifacts/{artifact_id}/zip", token)
    if address is None:
        return None
    with requests.get(address, stream=True, timeout=_CONNECT_AND_READ, allow_redirects=False) as answer:
        if answer.status_code != requests.codes.ok:
            raise UnavailableError(
                f"Could not download artifact {artifact_id}: the storage answered {answer.status_code}.",
                "Run it again: the address it gave is good for a minute only.",
            )
        return _capped(answer, artifact_id, limit)


def _signed_address(url: str, token: str) -> str | None:
    headers = {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": "2022-11-28"}
    with requests.get(url, headers=headers, timeout=_CONNECT_AND_READ, allow_redirects=False) as answer:
        if answer.status_code == requests.codes.gone:
            return None
        address = answer.headers.get("Location")
        if answer.status_code != requests.codes.found or not address:
            raise UnavailableError(
                f"Could not read the artifact at {url}: GitHub answered {answer.status_code}.",
                "Does the job have the permission `actions: read`?",
            )
        return address


def _capped(answer: requests.Response, artifact_id: int, limit: int) -> bytes:
    pieces: list[bytes] = []
    total = 0
    for piece in answer.iter_content(_PIECE):
        total += len(piece)
        if total > limit:
            raise NotEvaluatedError(
                f"Artifact {artifact_id} is larger than {limit:,} bytes, so it was not read.",
                "Let the pull request's job upload what the report needs and no more.",
            )
        pieces.append(piece)
    return b"".join(pieces)
