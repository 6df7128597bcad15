"""Which models of a pull request are scored anew, and by which evaluator. Starts nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.evidence.bundle import Bundle
from bot.evidence.reproduced import verify_bundle
from bot.lineage.tree import Tree
from bot.policy.load import load_policies
from bot.ports.git import RecordReader, Revisions
from bot.promotion.ledger import BRANCH, read_ledger
from bot.usecases.gather import compares
from bot.usecases.scope import Scope, impact_in
from bot.usecases.scoring import Scoring, scoring_of
from bot.usecases.sides import Revision, artifact_path, read_revision


def to_score(
    revisions: Revisions, records: RecordReader, scope: Scope, bundle: Callable[[], Bundle | None]
) -> Iterator[tuple[Scoring, str]]:
    """Each policy's evaluator, as base has it, with the models to score by it: candidate, main's, champion.

    Models by DVC's name. Nothing for a policy that does not say how it is done (`scoring_of`).
    """
    base = read_revision("main", scope.base, revisions.tree(scope.base))
    head = read_revision("this PR", scope.head, _head(revisions, scope, bundle))
    ledger = read_ledger(records.entries(BRANCH))
    for loaded in load_policies(base.tree):
        artifact = artifact_path(base, loaded)
        scoring = scoring_of(base, loaded, compares(base, loaded.policy, artifact))
        if scoring and artifact:
            champion = ledger.model(loaded.policy.model).champion
            found = (*_locked(artifact, head, base), champion.lock_md5 if champion else None)
            yield from ((scoring, name) for name in dict.fromkeys(found) if name)


def to_score_of_main(revisions: Revisions, records: RecordReader, head: str) -> Iterator[tuple[Scoring, str]]:
    """The same of what main itself asks for: its model where it is not champion yet, and the champion."""
    main = read_revision("main", head, revisions.tree(head))
    ledger = read_ledger(records.entries(BRANCH))
    for loaded in load_policies(main.tree):
        artifact = artifact_path(main, loaded)
        scoring = scoring_of(main, loaded, compares(main, loaded.policy, artifact))
        now = ledger.model(loaded.policy.model).champion
        wanted = main.lock.out(artifact) if artifact else None
        if scoring and wanted and wanted.md5 and not (now and now.lock_md5 == wanted.md5):
            yield from ((scoring, name) for name in (wanted.md5, now.lock_md5 if now else None) if name)


def _locked(artifact: str, *revisions: Revision) -> tuple[str | None, ...]:
    entries = (revision.lock.out(artifact) for revision in revisions)
    return tuple(entry.md5 if entry else None for entry in entries)


def _head(revisions: Revisions, scope: Scope, bundle: Callable[[], Bundle | None]) -> Tree:
    """The head, with what its own job wrote where something was out of date."""
    tree, impact = revisions.tree(scope.head), impact_in(revisions, scope)
    found = bundle() if impact.to_run else None
    if found is None or found.statement.outcome != "reproduced":
        return tree
    return verify_bundle(found, tree, impact).tree
