"""From GitHub's delivery to an occasion: which commit the workflow is read from, and what it checks out."""

from __future__ import annotations

from bot.localhost.actions.occasion import Occasion, member, whole, words
from bot.localhost.github.store import EMPTY_TREE, ZERO, BareRepository, ConflictError, Signature
from bot.localhost.github.values import Delivery, JsonObject


def read_occasion(delivery: Delivery, store: BareRepository) -> Occasion | None:
    """The occasion, or None when GitHub would start nothing.

    That is: the event is none we know, a workflow's own token caused it, a branch was deleted, or the pull
    request conflicts with its base.
    """
    if delivery.suppressed:
        return None
    match delivery.event:
        case "pull_request" | "pull_request_review":
            return _pull_request(delivery, store)
        case "push":
            return _push(delivery)
        case "workflow_run":
            return _workflow_run(delivery, store)
        case _:
            return None


def default_occasion(
    full_name: str, event: str, branch: str, store: BareRepository, actor: str
) -> Occasion | None:
    """The occasion of an event that belongs to a branch's tip: schedule and dispatch. None without that
    branch.
    """
    tip = store.branch(branch)
    if tip is None:
        return None
    owner, name = full_name.split("/", 1)
    payload: JsonObject = {
        "repository": {
            "full_name": full_name,
            "name": name,
            "owner": {"login": owner},
            "default_branch": branch,
        },
        "sender": {"login": actor},
        "ref": f"refs/heads/{branch}",
    }
    return Occasion(
        full_name,
        event,
        "",
        payload,
        actor,
        tip,
        f"refs/heads/{branch}",
        branch,
        tip,
        full_name,
        filter_branch=branch,
    )


def changed_paths(occasion: Occasion, store: BareRepository) -> tuple[str, ...]:
    """The paths a `paths:` filter looks at; none for an event that has none."""
    if occasion.compare is None:
        return ()
    listed = store.git("diff", "--name-only", "--no-renames", "-z", *occasion.compare)
    return tuple(path for path in listed.split("\0") if path)


def _pull_request(delivery: Delivery, store: BareRepository) -> Occasion | None:
    pull = member(delivery.payload, "pull_request")
    number = whole(pull, "number")
    head, head_repository = words(pull, "head", "sha"), words(pull, "head", "repo", "full_name")
    base_ref, head_ref = words(pull, "base", "ref"), words(pull, "head", "ref")
    merge = _merge_commit(store, number, base_ref, head)
    if merge is None:
        return None
    fork_point = store.merge_base(store.branch(base_ref) or head, head) or EMPTY_TREE
    return Occasion(
        full_name=delivery.full_name,
        event=delivery.event,
        action=delivery.action or "",
        payload=delivery.payload,
        actor=delivery.actor,
        sha=merge,
        ref=f"refs/pull/{number}/merge",
        head_branch=head_ref,
        head_sha=head,
        head_repository=head_repository,
        base_ref=base_ref,
        head_ref=head_ref,
        filter_branch=base_ref,
        pull_requests=(number,),
        compare=(fork_point, head),
    )


def _merge_commit(store: BareRepository, number: int, base_ref: str, head: str) -> str | None:
    """The test merge; made here when GitHub on localhost keeps none. None when the two conflict."""
    base = store.branch(base_ref)
    if base is None:
        return None
    kept = store.ref(f"refs/pull/{number}/merge")
    if kept and store.commit(kept).parents == (base, head):
        return kept
    try:
        tree = store.merge_tree(base, head)
    except ConflictError:
        return None
    who = Signature("GitHub", "noreply@github.com", store.commit(head).committer.date)
    return store.write_commit(tree, (base, head), f"Merge {head} into {base}", who)


def _push(delivery: Delivery) -> Occasion | None:
    ref, after, before = (words(delivery.payload, name) for name in ("ref", "after", "before"))
    if after == ZERO or not after:
        return None
    branch = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ""
    return Occasion(
        full_name=delivery.full_name,
        event="push",
        action="",
        payload=delivery.payload,
        actor=delivery.actor,
        sha=after,
        ref=ref,
        head_branch=branch or ref.removeprefix("refs/tags/"),
        head_sha=after,
        head_repository=delivery.full_name,
        filter_branch=branch,
        compare=(EMPTY_TREE if before in {ZERO, ""} else before, after),
    )


def _workflow_run(delivery: Delivery, store: BareRepository) -> Occasion | None:
    branch = words(delivery.payload, "repository", "default_branch")
    tip = store.branch(branch)
    if tip is None:
        return None
    return Occasion(
        full_name=delivery.full_name,
        event="workflow_run",
        action=delivery.action or "",
        payload=delivery.payload,
        actor=delivery.actor,
        sha=tip,
        ref=f"refs/heads/{branch}",
        head_branch=branch,
        head_sha=tip,
        head_repository=delivery.full_name,
        filter_branch=words(delivery.payload, "workflow_run", "head_branch"),
        source_workflow=words(delivery.payload, "workflow_run", "name"),
    )
