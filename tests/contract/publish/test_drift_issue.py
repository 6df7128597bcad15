"""The one issue about drift, over HTTP at the localhost GitHub: opened, rewritten, closed, opened again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import UnavailableError
from bot.promotion.findings import Finding
from bot.report.drift_issue import LABEL, MARKER, drift_text, settled_text
from bot.usecases.drift_issue import keep_issue
from bot.usecases.verify import Verified

NEEDED = {"contents": "read", "issues": "write"}
WRONG = Finding("Version 3 of flights is not in MLflow.", "`modelbot rebuild`", model="flights", version="3")
WORSE = Finding("The alias champion of flights points to nothing.", "`modelbot status`", model="flights")
SOUND = Verified("ab" * 20, 6, 2, (), None)
DRIFT = replace(SOUND, findings=(WRONG,))


@pytest.fixture
def hub(http_world):
    """The job's token can write issues and read the rest; a person's can do more."""
    http_world.tracker = http_world.adapter(
        http_world.server.mint_token(http_world.repository, NEEDED)
    ).issues()
    return http_world


def issues(hub):
    found = hub._api("GET", "issues?state=all", None)
    return [one for one in found if "pull_request" not in one]


def patch(hub, issue, **changes):
    hub._api("PATCH", f"issues/{issue['number']}", changes)


def state(hub):
    return [(one["state"], one["body"].strip()) for one in issues(hub)]


TOLD = ("open", drift_text((WRONG,)).body.strip())


def test_where_everything_agrees_there_is_no_issue(hub):
    assert keep_issue(hub.tracker, SOUND) is None
    assert issues(hub) == []


def test_drift_is_one_issue_however_often_it_is_found(hub):
    made = keep_issue(hub.tracker, DRIFT)
    writes = []
    for _hour in range(3):
        before = [(one["updated_at"], one["number"]) for one in issues(hub)]
        assert keep_issue(hub.tracker, DRIFT).number == made.number
        writes.append(before == [(one["updated_at"], one["number"]) for one in issues(hub)])
    (issue,) = issues(hub)
    assert writes == [True] * 3, "nothing is written while nothing changes"
    assert (issue["title"], issue["labels"][0]["name"]) == (
        "MLflow is not what the ledger says (flights)",
        LABEL,
    )
    assert state(hub) == [TOLD]


def test_it_is_rewritten_when_what_is_wrong_changes(hub):
    keep_issue(hub.tracker, DRIFT)
    keep_issue(hub.tracker, replace(DRIFT, findings=(WRONG, WORSE)))
    assert state(hub) == [("open", drift_text((WRONG, WORSE)).body.strip())]


def test_it_is_closed_when_nothing_is_wrong_any_more_and_opened_again_when_something_is(hub):
    keep_issue(hub.tracker, DRIFT)
    for _hour in range(2):
        keep_issue(hub.tracker, SOUND)
        assert state(hub) == [("closed", settled_text().strip())]
    keep_issue(hub.tracker, DRIFT)
    assert state(hub) == [TOLD]


def test_one_that_a_person_closed_stays_closed_until_something_else_is_wrong(hub):
    keep_issue(hub.tracker, DRIFT)
    patch(hub, issues(hub)[0], state="closed")
    keep_issue(hub.tracker, DRIFT)
    assert state(hub) == [("closed", TOLD[1])]
    keep_issue(hub.tracker, replace(DRIFT, findings=(WORSE,)))
    assert state(hub) == [("open", drift_text((WORSE,)).body.strip())]


def test_what_a_person_wrote_over_it_is_put_right(hub):
    keep_issue(hub.tracker, DRIFT)
    patch(hub, issues(hub)[0], body=f"{MARKER}\n\nAll is well.", title="Nothing to see")
    keep_issue(hub.tracker, DRIFT)
    assert state(hub) == [TOLD]
    assert issues(hub)[0]["title"].startswith("MLflow")


def test_an_issue_of_a_person_that_looks_like_ours_is_left_alone(hub):
    body = drift_text((WRONG,)).body
    hub._api("POST", "issues", {"title": "Mine", "body": body, "labels": [LABEL]})
    keep_issue(hub.tracker, DRIFT)
    keep_issue(hub.tracker, SOUND)
    assert sorted(one["state"] for one in issues(hub)) == ["closed", "open"]
    assert [one["title"] for one in issues(hub) if one["state"] == "open"] == ["Mine"]


def test_a_lost_answer_leaves_one_open_issue_at_the_next_run(hub):
    hub.lose_answer("POST", "issues")
    with pytest.raises(UnavailableError, match="open an issue"):
        keep_issue(hub.tracker, DRIFT)
    keep_issue(hub.tracker, DRIFT)
    assert state(hub) == [TOLD]


def test_further_ones_are_closed_and_name_the_first(hub):
    first = hub.tracker.create_issue("x", TOLD[1], LABEL)
    hub.tracker.create_issue("y", TOLD[1], LABEL)
    keep_issue(hub.tracker, DRIFT)
    assert [one["state"] for one in issues(hub)] == ["closed", "open"]
    assert f"See #{first.number}" in issues(hub)[0]["body"]


def test_without_its_label_it_is_found_by_its_marker(hub):
    keep_issue(hub.tracker, DRIFT)
    hub._api("DELETE", f"issues/{issues(hub)[0]['number']}/labels/{LABEL}", None)
    keep_issue(hub.tracker, DRIFT)
    assert len(issues(hub)) == 1


def test_a_pull_request_with_the_label_is_no_issue(hub):
    hub._api("POST", f"issues/{hub.number}/labels", {"labels": [LABEL]})
    assert hub.tracker.issues_labelled(LABEL) == ()


def test_what_could_not_be_asked_closes_nothing(hub):
    keep_issue(hub.tracker, DRIFT)
    keep_issue(hub.tracker, replace(SOUND, unanswered="MLflow did not answer"))
    assert state(hub) == [TOLD]


def test_a_token_that_may_not_write_issues_is_said(hub):
    tracker = hub.adapter(hub.server.mint_token(hub.repository, {"contents": "read", "issues": "read"}))
    with pytest.raises(UnavailableError, match="open an issue"):
        keep_issue(tracker.issues(), DRIFT)


def test_strangers_words_stay_words():
    nasty = Finding("x](http://evil) <img> @mona `` ` #1", "Look at `modelbot history`.", model="a`b@c")
    text = drift_text((nasty,))
    assert text.title == "MLflow is not what the ledger says"
    assert "```x](http://evil) <img> @mona `` ` #1```" in text.body
    assert "`modelbot history`" in text.body


def test_many_findings_are_counted():
    text = drift_text(tuple(replace(WRONG, what=f"Version {n} is gone.") for n in range(30)))
    assert "and 10 more" in text.body


def test_a_warning_alone_is_no_drift():
    assert drift_text((replace(WRONG, warning=True),)) is None
