"""Who approved what: reviews at GitHub, each held against the content of the commit that was reviewed.

A merge, a rebase or our own lock commit makes another commit of the same bytes, and leaves the approval as it
is; another model, another way to measure it, or another content of a protected path voids it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.errors import ModelbotError
from bot.evidence.facts import Approval, Comparability
from bot.policy.load import LoadedPolicy
from bot.ports.git import Revisions
from bot.ports.github import GitHubReader, PullRequest, Review
from bot.usecases.contents import content
from bot.usecases.gather import compares
from bot.usecases.sides import Revision, artifact_path, read_revision

VOTES = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}

Approvers = Callable[[LoadedPolicy, Revision, tuple[str, ...]], tuple[Approval, ...]]
"""Who approved this revision's candidate of the policy, or the content it gives these paths."""


def nobody(_loaded: LoadedPolicy, _judged: Revision, _paths: tuple[str, ...]) -> tuple[Approval, ...]:
    """Where there are no reviews: on a person's own machine."""
    return ()


def standing(reviews: tuple[Review, ...]) -> tuple[Review, ...]:
    """The approvals that stand, by author: a person's last word counts, and a comment is none."""
    last = {review.author: review for review in reviews if review.state in VOTES}
    return tuple(last[author] for author in sorted(last) if last[author].state == "APPROVED")


@dataclass
class Reviews:
    """The reviews of pull requests, asked for once; an author's own approval never counts."""

    github: GitHubReader
    revisions: Revisions
    _votes: dict[int, tuple[Review, ...]] = field(default_factory=dict)
    _roles: dict[str, str] = field(default_factory=dict)
    _seen: dict[str, Revision | None] = field(default_factory=dict)

    def approvals(
        self, pull: PullRequest, loaded: LoadedPolicy, judged: Revision, paths: tuple[str, ...]
    ) -> tuple[Approval, ...]:
        """Who approved the candidate of `judged`, or the content that it gives to these paths.

        Raises:
            UnavailableError: GitHub does not say who reviewed, or what their role is.
        """
        found = (self._approval(vote, loaded, judged, paths) for vote in self._standing(pull))
        return tuple(one for one in found if one is not None)

    def _standing(self, pull: PullRequest) -> tuple[Review, ...]:
        if pull.number not in self._votes:
            self._votes[pull.number] = standing(self.github.reviews(pull.number))
        return tuple(vote for vote in self._votes[pull.number] if vote.author != pull.author)

    def _approval(
        self, vote: Review, loaded: LoadedPolicy, judged: Revision, paths: tuple[str, ...]
    ) -> Approval | None:
        seen = self._reviewed(vote.commit)
        if seen is None:
            return None
        same = _candidate(seen, loaded) == _candidate(judged, loaded) != (None, None)
        known = tuple(path for path in paths if content(seen.tree, path) == content(judged.tree, path))
        return Approval(vote.author, self._role(vote.author), same, known)

    def _role(self, login: str) -> str:
        if login not in self._roles:
            self._roles[login] = self.github.role(login)
        return self._roles[login]

    def _reviewed(self, commit: str) -> Revision | None:
        """What was reviewed. After a squash this clone lacks the commit, and GitHub still has it."""
        if commit not in self._seen:
            self._seen[commit] = self._read(commit)
        return self._seen[commit]

    def _read(self, commit: str) -> Revision | None:
        try:
            try:
                self.revisions.resolve(commit)
            except ModelbotError:
                self.revisions.fetch(commit)
            return read_revision("reviewed", commit, self.revisions.tree(commit))
        except ModelbotError:
            # One that cannot be had does not count.
            return None


def _candidate(revision: Revision, loaded: LoadedPolicy) -> tuple[str | None, Comparability | None]:
    """What an approval of a candidate is of: the model's bytes, and what they were measured with."""
    path = artifact_path(revision, loaded)
    locked = revision.lock.out(path) if path else None
    if locked is None or locked.md5 is None:
        return None, None
    return locked.md5, compares(revision, loaded.policy, path)
