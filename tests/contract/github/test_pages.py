"""The pages a person opens, over HTTP and as files: complete, safe, and asking nobody else for anything."""

from __future__ import annotations

import re

import pytest

REPO = "acme/flights"
TITLE = "<img src=x onerror=alert(1)> Faster"


@pytest.fixture
def story(forge):
    """One merged pull request with an approval, folded comment and deployment; one blocked; one reverted."""
    forge.hub.protect(REPO, "main", required_checks=("modelbot",), required_approvals=1, enforce_admins=True)
    bot = forge.repo(
        forge.workflow(checks="write", deployments="write", contents="write", **{"pull-requests": "write"})
    )
    forge.topic("bob", "weather", params__yaml="rate: 2\n")
    first = forge.repo("bob").create_pull(
        title="Weather", body="Hello **there**", head="weather", base="main"
    )
    bot.create_check_run("modelbot", first.head.sha, status="completed", conclusion="success")
    bot.get_pull(1).create_issue_comment("old verdict").minimize()
    link = f"{forge.hub.url}/{REPO}/blob/{first.head.sha}/params.yaml#L1"
    bot.get_pull(1).create_issue_comment(f"### ready to merge\n[policy]({link})\n\n<script>alert(1)</script>")
    forge.repo("cy").get_pull(1).create_review(event="APPROVE")
    sha = first.merge().sha
    bot.create_deployment(sha, environment="production").create_status(
        "success", description="v2 is champion"
    )
    forge.topic("bob", "faster", params__yaml="rate: 3\n")
    second = forge.repo("bob").create_pull(title=TITLE, body="", head="faster", base="main")
    output = {"title": "1 rule fails", "summary": "| a |\n|--|\n| 1 |"}
    bot.create_check_run("modelbot", second.head.sha, status="completed", conclusion="failure", output=output)
    forge.hub.revert(REPO, 1, "ada")
    return forge


def test_the_pull_request_page_says_what_a_reviewer_asks(story) -> None:
    import requests

    merged = requests.get(f"{story.hub.url}/{REPO}/pull/1", timeout=5).text
    said = "Weather|Merged|Hello <strong>there</strong>|marked as outdated|approved these changes"
    for words in f"{said}|successfully merged|v2 is champion|<h3>ready to merge</h3>|rate: 2".split("|"):
        assert words in merged
    blocked = requests.get(f"{story.hub.url}/{REPO}/pull/2", timeout=5).text
    for words in (
        "Merging is blocked",
        "Required status check &#34;modelbot&#34; is failing.",
        "1 rule fails",
    ):
        assert words in blocked
    assert "<td>1</td>" in blocked
    assert "&lt;img src=x onerror=alert(1)&gt; Faster" in blocked
    assert "<script" not in merged + blocked
    assert "<img" not in merged + blocked


def test_pages_are_kept_from_running_anything_and_private_ones_are_hidden(story) -> None:
    import requests

    answer = requests.get(f"{story.hub.url}/{REPO}", timeout=5)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    story.hub.add_repository("acme/secret", public=False)
    assert requests.get(f"{story.hub.url}/acme/secret", timeout=5).status_code == 404


def test_every_link_of_the_written_pages_leads_to_a_file_that_is_there(story, tmp_path) -> None:
    extra = {"Champion's history": "<h2>flights</h2>", "Report": "<!doctype html><title>r</title>whole"}
    files = story.hub.write_pages(tmp_path / "out", extra)
    assert files[0].name == "index.html"
    assert {
        "acme-flights-pull-1.html",
        "acme-flights-pull-2.html",
        "champion-s-history.html",
        "report.html",
    } <= {file.name for file in files}
    for file in files:
        html = file.read_text()
        for address in re.findall(r'(?:href|src)="([^"]*)"', html):
            assert not address.startswith(("http", "/")), (file.name, address)
            name, _hash, fragment = address.partition("#")
            target = (file.parent / name) if name else file
            assert target.is_file(), (file.name, address)
            if re.fullmatch(r"L\d+", fragment):
                assert f'id="{fragment}"' in target.read_text()
        assert "Not found" not in html


def test_an_image_of_the_repository_is_shown_and_written_beside_the_pages(story, tmp_path) -> None:
    import base64

    import requests

    png = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    )
    clone = story.clone("bob")
    story.ok(clone, "checkout", "--quiet", "--orphan", "plots")
    (clone / "roc.png").write_bytes(png)
    sha = story.commit(clone, "Plot")
    story.ok(clone, "push", "--quiet", "origin", "plots")
    address = f"{story.hub.url}/{REPO}/blob/{sha}/roc.png?raw=true"
    story.repo("bob").get_pull(2).create_issue_comment(f"![ROC]({address})")
    page = requests.get(f"{story.hub.url}/{REPO}/pull/2", timeout=5).text
    source = re.search(r'<img src="([^"]+)"', page)[1]
    assert requests.get(story.hub.url + source, timeout=5).content == png
    story.hub.write_pages(tmp_path / "out")
    written = re.search(r'<img src="([^"]+)"', (tmp_path / "out/acme-flights-pull-2.html").read_text())[1]
    assert (tmp_path / "out" / written).read_bytes() == png
