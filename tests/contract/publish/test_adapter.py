"""What the GitHub adapter says when GitHub refuses, limits or does not answer; over HTTP only."""

from __future__ import annotations

import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.adapters.github import GitHubAdapter
from bot.errors import NotEvaluatedError, UnavailableError
from bot.ports.github import Annotation, CheckText
from bot.report.check import MOST_ANNOTATIONS, SUMMARY_BYTES

TEXT = CheckText("a title", "a summary")


def test_a_refused_token_is_named(http_world) -> None:
    with pytest.raises(UnavailableError, match="refused the token") as caught:
        http_world.adapter("ghs_wrong").pull_request(http_world.number)
    assert "GITHUB_TOKEN" in caught.value.todo


def test_a_missing_permission_comes_with_the_yaml_that_grants_it(http_world) -> None:
    weak = http_world.server.mint_token(http_world.repository, {"contents": "read"})
    with pytest.raises(UnavailableError, match="Resource not accessible by integration") as caught:
        http_world.adapter(weak).start_check(http_world.head, "modelbot", "x", TEXT)
    assert "permissions:\n      checks: write" in caught.value.todo


def test_a_hyphen_is_written_where_the_workflow_wants_one(http_world) -> None:
    weak = http_world.server.mint_token(http_world.repository, {"contents": "read"})
    with pytest.raises(UnavailableError) as caught:
        http_world.adapter(weak).pull_request(http_world.number)
    assert "pull-requests: read" in caught.value.todo


def test_what_is_not_there_is_named(http_world) -> None:
    with pytest.raises(UnavailableError, match="Could not read pull request 404") as caught:
        http_world.github.pull_request(404)
    assert http_world.repository in caught.value.what


def test_an_unprocessable_request_says_what_github_said(http_world) -> None:
    with pytest.raises(UnavailableError, match="GitHub answered 422"):
        http_world.github.start_check("0" * 40, "modelbot", "x", TEXT)


def test_a_bad_gateway_is_read_again_and_never_written_again(http_world) -> None:
    http_world.server.faults.fail("bad_gateway", times=2, method="GET")
    assert http_world.github.pull_request(http_world.number).number == http_world.number
    http_world.server.faults.fail("bad_gateway", times=1, method="POST")
    with pytest.raises(UnavailableError, match="502"):
        http_world.github.create_comment(http_world.number, "hello")
    assert http_world.comments() == ()


def test_a_short_rate_limit_is_waited_for_even_by_a_write(http_world) -> None:
    http_world.server.faults.fail("secondary_limit", times=1, method="POST", retry_after=7)
    http_world.github.create_comment(http_world.number, "hello")
    assert http_world.waited == [7]
    assert len(http_world.comments()) == 1


def test_a_long_rate_limit_says_retry_later_and_waits_for_nothing(http_world) -> None:
    http_world.server.faults.fail("secondary_limit", times=1, retry_after=3600)
    with pytest.raises(UnavailableError, match="wait 3600 seconds"):
        http_world.github.pull_request(http_world.number)
    assert http_world.waited == []


def test_a_rate_limit_that_goes_on_ends_with_the_budget(http_world) -> None:
    http_world.server.faults.fail("secondary_limit", times=9, retry_after=25)
    with pytest.raises(UnavailableError, match="rate limit"):
        http_world.github.pull_request(http_world.number)
    assert http_world.waited == [25, 25]


def test_nobody_listening_is_said_without_a_traceback() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    adapter = GitHubAdapter(f"http://127.0.0.1:{port}", "t", "acme/flights", timeout=1)
    with pytest.raises(UnavailableError, match="GitHub did not answer"):
        adapter.create_comment(1, "hello")


def test_an_answer_that_is_no_api_is_unavailable_and_not_a_bug() -> None:
    with (
        page(b"<html>please log in</html>") as address,
        pytest.raises(UnavailableError, match="cannot be read"),
    ):
        GitHubAdapter(address.url, "t", "acme/flights", timeout=1).pull_request(1)


def test_a_persons_token_writes_as_that_person(http_world) -> None:
    token = http_world.server.add_user("octo")
    http_world.server.grant(http_world.repository, "octo", "write")
    adapter = http_world.adapter(token)
    assert adapter.create_comment(http_world.number, "hello").author_id == adapter.author_id() != 41898282


def test_a_full_check_with_annotations_is_accepted(http_world) -> None:
    notes = tuple(Annotation("params.yaml", 1, "failure", f"rule {n}", "t") for n in range(MOST_ANNOTATIONS))
    check = http_world.github.start_check(http_world.head, "modelbot", "x", TEXT)
    full = CheckText("t" * 255, "é" * (SUMMARY_BYTES // 2), notes)
    http_world.github.complete_check(check, "failure", full)
    (seen,) = http_world.server.snapshot(http_world.repository).check_runs(http_world.head)
    assert (seen.annotations, seen.conclusion, len(seen.title)) == (MOST_ANNOTATIONS, "failure", 255)


def test_a_workflow_run_is_what_the_api_says(http_world) -> None:
    run_id = opened_run(http_world)
    run = http_world.github.workflow_run(run_id)
    assert (run.workflow_path, run.event, run.head_sha, run.attempt) == (
        ".github/workflows/model-pr.yml",
        "pull_request",
        http_world.head,
        1,
    )
    assert (run.head_branch, run.head_repository) == ("trees", http_world.repository)


def test_an_artifact_is_read_whole_and_only_below_the_cap(http_world) -> None:
    run_id, data = opened_run(http_world), bundle()
    http_world.server.add_artifact(http_world.repository, run_id, "modelbot-bundle", data)
    assert http_world.github.artifact(run_id, "modelbot-bundle", len(data)) == data
    assert http_world.github.artifact(run_id, "another", len(data)) is None
    with pytest.raises(NotEvaluatedError, match="larger than"):
        http_world.github.artifact(run_id, "modelbot-bundle", len(data) - 1)


def test_the_storage_behind_an_artifact_never_sees_the_token() -> None:
    with page(b"zip bytes") as storage, redirecting(storage.url) as api:
        adapter = GitHubAdapter(api.url, "secret-token", "acme/flights", timeout=1)
        assert adapter.artifact(1, "modelbot-bundle", 100) == b"zip bytes"
    assert "Authorization" not in storage.headers[-1]
    assert "secret-token" in api.headers[-1]["Authorization"]


def test_a_download_that_lies_about_its_length_stops_at_the_cap() -> None:
    with (
        page(b"x" * 200_000) as storage,
        redirecting(storage.url) as api,
        pytest.raises(NotEvaluatedError, match="larger than"),
    ):
        GitHubAdapter(api.url, "t", "acme/flights", timeout=1).artifact(1, "modelbot-bundle", 1000)


def opened_run(world) -> int:
    return world.server.open_run(
        world.repository,
        workflow_path=".github/workflows/model-pr.yml",
        name="model-pr",
        event="pull_request",
        head_branch="trees",
        head_sha=world.head,
        head_repository=world.repository,
        actor="mona",
    )


def bundle() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("bundle.json", "{}" * 500)
    return made.getvalue()


@dataclass
class Served:
    """An address, and the headers of the requests that came."""

    url: str
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[Served]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = Served(f"http://127.0.0.1:{server.server_port}")
        handler.seen = address.headers
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield address
        server.shutdown()
        thread.join()


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.seen.append(dict(self.headers))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def page(body: bytes):
    class Page(Quiet):
        def do_GET(self) -> None:
            self.answer(200, body)

    return serving(Page)


def redirecting(target: str):
    class Api(Quiet):
        def do_GET(self) -> None:
            if self.path.endswith("/zip"):
                self.answer(302, b"", Location=f"{target}/storage")
            else:
                body = b'{"artifacts": [{"id": 5, "name": "modelbot-bundle", "expired": false}]}'
                self.answer(200, body, Content_Type="application/json")

    return serving(Api)


@pytest.mark.parametrize("role", ["read", "triage", "write", "maintain", "admin"])
def test_a_persons_role_is_what_github_says(http_world, role) -> None:
    http_world.server.add_user(f"new-{role}")
    http_world.server.grant(http_world.repository, f"new-{role}", role)
    assert http_world.github.role(f"new-{role}") == role


def test_an_account_that_is_gone_has_no_role(http_world) -> None:
    assert http_world.github.role("nobody-here") == "none"


def test_a_role_of_an_organizations_own_making_counts_as_what_it_includes() -> None:
    class Custom(Quiet):
        def do_GET(self) -> None:
            self.answer(200, b'{"permission": "write", "role_name": "Data steward"}')

    with serving(Custom) as served:
        assert GitHubAdapter(served.url, "x", "acme/flights").role("dora") == "write"
