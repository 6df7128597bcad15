"""Who calls, and whether they may: tokens, roles, and the permissions a workflow's token carries.

Performs no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.localhost.github.model import Repository, User
from bot.localhost.github.values import ROLES, Role
from bot.localhost.github.wire import Refusal, not_found

_LEVELS = ("none", "read", "write")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request acts as.

    `user` is None for an anonymous one; `permissions` is None for a person or an app.
    """

    user: User | None = None
    permissions: Mapping[str, str] | None = None
    repository: str | None = None

    @property
    def is_workflow(self) -> bool:
        """Whether this is a workflow's own token (GITHUB_TOKEN)."""
        return self.permissions is not None

    @property
    def signed_in(self) -> User:
        """The user; 401 for an anonymous caller."""
        if self.user is None:
            raise Refusal(401, "Requires authentication")
        return self.user

    def role(self, repo: Repository) -> Role:
        """The caller's role in `repo`; a workflow's token has none, its permissions decide."""
        if self.user is None or self.is_workflow:
            return "none"
        return role_of(repo, self.user)

    def allows(self, repo: Repository, permission: str, level: str) -> bool:
        """Whether a workflow's token carries `permission` at `level` in this repository (metadata: always
        read).
        """
        if self.repository != repo.full_name:
            return repo.public and level == "read" and permission == "metadata"
        held = {"metadata": "read", **(self.permissions or {})}.get(permission, "none")
        return _LEVELS.index(held) >= _LEVELS.index(level)


def role_of(repo: Repository, user: User) -> Role:
    """A person's role: what was granted, and at least read where the repository is public."""
    least: Role = "read" if repo.public else "none"
    granted = repo.roles.get(user.login, "none")
    return granted if at_least(granted, least) else least


def at_least(role: Role, wanted: Role) -> bool:
    """Whether `role` includes `wanted`."""
    return ROLES.index(role) >= ROLES.index(wanted)


def authorise(caller: Caller, repo: Repository, needs: str, role: Role) -> None:
    """Refuse unless the caller may: 401 anonymous write, 404 hidden repository, 403 in GitHub's words."""
    if caller.is_workflow:
        _authorise_workflow(caller, repo, needs)
        return
    held = caller.role(repo)
    if caller.user is None:
        if role != "read":
            raise Refusal(401, "Requires authentication")
        held = "read" if repo.public else "none"
    if held == "none":
        raise not_found()
    if not at_least(held, role):
        raise Refusal(403, _ROLE_WORDS.get(role, "Must have push access to repository"))


_ROLE_WORDS: Mapping[Role, str] = {"admin": "Must have admin rights to Repository."}


def _authorise_workflow(caller: Caller, repo: Repository, needs: str) -> None:
    wanted = [tuple(need.split(":")) for need in needs.split("|")]
    if not any(caller.allows(repo, permission, level) for permission, level in wanted):
        accepted = "; ".join(f"{permission}={level}" for permission, level in wanted)
        raise Refusal(
            403, "Resource not accessible by integration", headers={"X-Accepted-GitHub-Permissions": accepted}
        )
