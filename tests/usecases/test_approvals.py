"""Approvals and protected paths, from check to promotion: what is approved is content, not a commit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import NotEvaluatedError
from bot.usecases.report import Brought

POLICY = """\
version: 1
model: tiny
artifact: model
metrics:
  auc: {better: higher, min: 0.7, max_regression: 0.01}
"""
ASKS = POLICY + "approvals: {count: 1}\n"
GUARDS = ASKS + "protected: [evaluate.py, README.md]\n"
CANNOT_TELL = {"params__yaml": "lr: 0.2\n"}
"""A new model and another evaluator: nothing compares, so that a person has to decide."""


@pytest.fixture
def measured_anew(promoted):
    """A candidate that was measured by another evaluator than main's; answers its run's id."""

    def proposed() -> int:
        changed = promoted.repository.files("main")["evaluate.py"].decode() + "# as before\n"
        return promoted.propose(**{"params__yaml": "lr: 0.2\n", "evaluate.py": changed})

    return proposed


@pytest.fixture
def asks(promoted, measured_anew):
    """A pull request that a person has to decide, reported, with the lock commit on its branch."""
    promoted.put(**{"policies/tiny.yaml": ASKS})
    promoted.report(measured_anew())
    return promoted


@pytest.fixture
def guards(promoted):
    promoted.put(**{"policies/tiny.yaml": GUARDS})
    return promoted


def conclusions(team) -> list[str | None]:
    return [conclusion for _, conclusion, _ in team.checks(team.head)]


class TestACandidateThatTheDataCannotJudge:
    def test_waits_for_an_approval(self, asks):
        assert conclusions(asks) == ["action_required"]
        assert "needs an approval" in asks.comments()[0]

    def test_passes_as_soon_as_somebody_who_may_approves_it(self, asks):
        assert asks.report(asks.review("ana")).conclusion == "success"
        assert conclusions(asks) == ["success"]
        (comment,) = asks.comments()
        assert "**Approved:** by `ana`" in comment

    def test_promotion_honours_the_approval_and_records_who_gave_it(self, asks):
        asks.report(asks.review("ana"))
        asks.merge()
        asks.hub.pull = replace(asks.hub.pull, state="closed")
        assert asks.promote().exit_code == 0
        assert asks.champion() == "lr 0.2"
        assert asks.ledger()[-1].origin.approvers == ("ana",)

    def test_is_not_promoted_when_it_was_merged_without_one(self, asks):
        asks.merge()
        assert asks.promote().exit_code == 5
        assert asks.champion() == "lr 0.1"

    @pytest.mark.parametrize(
        ("who", "state"),
        [
            ("eve", "APPROVED"),
            ("stranger", "APPROVED"),
            ("ben", "APPROVED"),
            ("ana", "COMMENTED"),
            ("ana", "CHANGES_REQUESTED"),
        ],
        ids=["may only read", "no role", "the author", "a comment", "asks for changes"],
    )
    def test_still_waits_when_the_review_is_no_approval_that_counts(self, asks, who, state):
        assert asks.report(asks.review(who, state)).conclusion == "action_required"

    def test_waits_again_when_the_approval_is_dismissed(self, asks):
        asks.report(asks.review("ana"))
        asks.hub.said_of_it.clear()
        assert asks.report(asks.review("ana", "DISMISSED")).conclusion == "action_required"
        assert len(asks.comments()) == 1

    def test_an_approval_from_before_the_lock_commit_was_of_another_model(self, asks):
        (author,) = asks.repository.commits[asks.head].parents
        published = asks.report(asks.review("ana", commit=author))
        assert published.conclusion == "action_required"

    def test_an_approval_does_not_outlive_the_model(self, asks):
        asks.review("ana")
        files = asks.repository.files(asks.head) | {"params.yaml": b"lr: 0.4\n"}
        asks.move(files)
        asks.hub.pull_request(7)
        assert asks.report(asks.begin()).conclusion == "action_required"

    def test_an_approval_does_not_outlive_the_way_it_was_measured(self, asks):
        asks.review("ana")
        files = asks.repository.files(asks.head)
        asks.move(files | {"evaluate.py": files["evaluate.py"] + b"# once more\n"})
        asks.hub.pull_request(7)
        assert asks.report(asks.begin()).conclusion == "action_required"

    def test_an_approval_holds_in_a_later_commit_of_the_same_bytes(self, asks):
        asks.review("ana")
        asks.move(asks.repository.files(asks.head) | {"NOTES.md": b"Tried this and that.\n"})
        asks.hub.pull_request(7)
        assert asks.report(asks.begin()).conclusion == "success"

    def test_an_approval_of_a_commit_that_cannot_be_had_does_not_count(self, asks):
        assert asks.report(asks.review("ana", commit="0" * 40)).conclusion == "action_required"


class TestWhoMayApprove:
    @pytest.mark.parametrize(
        ("listed", "people", "conclusion"),
        [
            ("{count: 2}", ["ana"], "action_required"),
            ("{count: 2}", ["ana", "ana"], "action_required"),
            ("{count: 2}", ["ana", "bob"], "success"),
            ("{count: 1, from: [maintain]}", ["ana"], "action_required"),
            ("{count: 1, from: [maintain]}", ["bob"], "success"),
            ('{count: 1, from: ["@eve"]}', ["ana"], "action_required"),
            ('{count: 1, from: ["@EVE"]}', ["eve"], "success"),
        ],
    )
    def test_is_what_the_policy_says(self, promoted, measured_anew, listed, people, conclusion):
        promoted.put(**{"policies/tiny.yaml": f"{POLICY}approvals: {listed}\n"})
        promoted.report(measured_anew())
        for person in people:
            published = promoted.report(promoted.review(person))
        assert published.conclusion == conclusion

    def test_nobody_is_asked_when_the_policy_asks_for_no_approval(self, promoted):
        promoted.report(promoted.propose(**CANNOT_TELL))
        assert promoted.hub.asked_for_reviews == 0


class TestAProtectedPath:
    def test_asks_for_an_approval_though_no_stage_reads_it(self, guards):
        run = guards.propose(README__md="Tiny, explained.\n")
        assert guards.start(run)
        assert guards.report(run).conclusion == "action_required"
        assert "`README.md` changed: 1 more approval needed" in guards.comments()[0]
        assert guards.report(guards.review("ana")).conclusion == "success"

    def test_asks_for_none_when_it_is_not_changed(self, guards):
        assert guards.report(guards.propose(params__yaml="lr: 0.2\n")).conclusion == "success"

    def test_an_approval_does_not_outlive_what_it_holds(self, guards):
        guards.report(guards.propose(README__md="Tiny, explained.\n"))
        guards.review("ana")
        guards.move(guards.repository.files(guards.head) | {"README.md": b"Something else.\n"})
        guards.hub.pull_request(7)
        assert guards.report(guards.begin()).conclusion == "action_required"

    def test_is_not_approved_by_an_approval_of_the_model_alone(self, guards):
        guards.report(guards.propose(params__yaml="lr: 0.2\n"))
        guards.review("ana")
        guards.move(guards.repository.files(guards.head) | {"README.md": b"Something else.\n"})
        guards.hub.pull_request(7)
        assert guards.report(guards.begin()).conclusion == "action_required"

    @pytest.mark.parametrize(("answer", "conclusion"), [("pass", "action_required"), ("fail", "failure")])
    def test_is_never_let_pass_as_a_question_of_noise(self, promoted, measured_anew, answer, conclusion):
        policy = f"{GUARDS}compare: {{inconclusive: {answer}}}\n"
        promoted.put(**{"policies/tiny.yaml": policy})
        assert promoted.report(measured_anew()).conclusion == conclusion

    def test_an_output_of_dvc_can_be_protected(self, promoted):
        promoted.put(**{"policies/tiny.yaml": f"{ASKS}protected: [model]\n"})
        assert promoted.report(promoted.propose(params__yaml="lr: 0.2\n")).conclusion == "action_required"
        assert "`model` changed" in promoted.comments()[0]

    def test_taking_it_away_is_a_change(self, guards):
        run = guards.propose(removed=("README.md",))
        assert guards.report(run).conclusion == "action_required"

    def test_that_came_to_main_unapproved_stops_every_promotion_after_it(self, guards):
        guards.report(guards.propose(README__md="Tiny, explained.\n"))
        guards.merge()
        guards.hub.shelve()
        guards.report(guards.propose(params__yaml="lr: 0.2\n"))
        guards.merge()
        done = guards.promote()
        assert done.exit_code == 5
        assert guards.champion() == "lr 0.1"

    def test_that_was_approved_in_another_pull_request_is_approved(self, guards):
        guards.report(guards.propose(README__md="Tiny, explained.\n"))
        guards.review("ana")
        guards.merge()
        guards.hub.shelve()
        guards.report(guards.propose(params__yaml="lr: 0.2\n"))
        guards.merge()
        assert guards.promote().exit_code == 0
        assert guards.champion() == "lr 0.2"

    def test_nobody_approves_where_there_is_no_github(self, guards):
        guards.report(guards.propose(params__yaml="lr: 0.2\n", README__md="Tiny, explained.\n"))
        guards.review("ana")
        guards.merge()
        assert guards.promote(github=False).exit_code == 5

    def test_a_policy_that_cannot_be_read_protects_everything(self, promoted):
        promoted.put(**{"policies/tiny.yaml": "version: 1\n"})
        run = promoted.propose(README__md="Tiny, explained.\n")
        with pytest.raises(Exception, match=r"policies/tiny\.yaml"):
            promoted.report(run)
        assert conclusions(promoted) == ["failure"]


class TestARunThatSaysThatThereWasAReview:
    def test_opens_nothing_when_it_starts(self, asks):
        before = asks.state()
        assert not asks.start(asks.review("ana"))
        assert asks.state() == before

    def test_says_the_same_twice_and_changes_nothing_the_second_time(self, asks):
        asks.report(asks.review("ana"))
        before = asks.state()
        asks.report(asks.review("ana"))
        assert asks.state() == before

    def test_leaves_a_report_that_is_still_running_to_itself(self, promoted, measured_anew):
        promoted.put(**{"policies/tiny.yaml": ASKS})
        promoted.start(measured_anew())
        before = promoted.state()
        assert promoted.report(promoted.review("ana")) is None
        assert promoted.state() == before

    def test_has_nothing_to_say_of_a_pull_request_that_is_merged(self, asks):
        asks.merge()
        before = asks.state()
        assert asks.report(asks.review("ana")) is None
        assert asks.state() == before

    def test_judges_the_lock_commit_by_itself_when_its_runs_artifacts_have_expired(self, asks):
        run = asks.review("ana")
        assert asks.report(run, Brought(None, {})).conclusion == "success"
        assert "reproduced by the bot" in asks.comments()[0]

    def test_a_check_that_names_a_run_of_another_workflow_is_not_believed(self, asks):
        number, (where, check, text) = next(
            (number, one) for number, one in asks.hub.runs.items() if one[0] == asks.head
        )
        review = asks.review("ana")
        asks.hub.runs[number] = (where, replace(check, external_id=f"pull-7-run-{review}-attempt-1"), text)
        with pytest.raises(NotEvaluatedError, match="model-review"):
            asks.report(review)


class TestTheFirstPromotion:
    """Main has a model that nobody promoted, and the policy has no threshold."""

    @pytest.fixture
    def bare(self, team):
        team.put(**{"policies/tiny.yaml": POLICY.replace("min: 0.7, ", "")})
        team.report(team.propose(**CANNOT_TELL))
        return team

    def test_is_refused_without_an_approval_and_the_report_says_so_before_the_merge(self, bare):
        assert "**If merged:** nothing: the first promotion needs a threshold" in bare.comments()[0]
        bare.merge()
        assert bare.promote().exit_code == 5
        assert bare.champion() is None

    def test_is_made_with_one_and_the_report_says_so_before_the_merge(self, bare):
        bare.report(bare.review("ana"))
        assert "becomes the first champion" in bare.comments()[0]
        bare.merge()
        assert bare.promote().exit_code == 0
        assert bare.champion() == "lr 0.2"
