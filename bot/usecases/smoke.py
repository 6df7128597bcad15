"""Whether the model that main asks for loads as it will be served, tried where there is nothing to take."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from bot.errors import MissingObjectError, NotEvaluatedError
from bot.evidence.answers import difference, parse_answered, parse_recorded, unfit
from bot.evidence.manifest import members_of
from bot.evidence.smoke import Smoke, SmokeOutcome, Smokes
from bot.policy.load import LoadedPolicy, load_policies
from bot.ports.candidate import Materialised, ModelFiles
from bot.ports.dvc import ObjectReader
from bot.ports.git import RecordReader, Revisions
from bot.ports.loading import Loaded, Loader, Loading
from bot.promotion.digest import digest_of
from bot.promotion.ledger import BRANCH, ModelLedger, read_ledger
from bot.promotion.plan import Smoked
from bot.usecases.sides import Revision, artifact_path, read_revision

MODEL_FILE = "MLmodel"
LOADED_BY = b"python_function"
NO_MODEL = "it has no MLmodel file with the flavor python_function, so no serving host loads it with MLflow"


@dataclass(frozen=True, slots=True)
class SmokeWorld:
    """What trying a model needs from the world."""

    revisions: Revisions
    records: RecordReader
    files: ModelFiles
    objects: ObjectReader
    loader: Loader


def smoke_main(world: SmokeWorld, head: str) -> tuple[Smoke, ...]:
    """Every model of main's `head` that may be promoted and that nobody tried yet, tried.

    Raises:
        ModelbotError: it cannot be told what main asks for; promotion finds the same, and says it.
    """
    main = read_revision("main", head, world.revisions.tree(head))
    ledger = read_ledger(world.records.entries(BRANCH))
    wanted = {}
    for loaded in load_policies(main.tree):
        path = artifact_path(main, loaded)
        locked = main.lock.out(path) if path else None
        if path and locked and locked.md5 and untried(loaded, ledger.model(loaded.policy.model), locked.md5):
            wanted[locked.md5] = (path, loaded)
    return tuple(_tried(world, main, loaded, path, md5) for md5, (path, loaded) in wanted.items())


def untried(loaded: LoadedPolicy, served: ModelLedger, md5: str) -> bool:
    """Whether the policy asks for it, and no record has the answer: neither champion nor tried before."""
    asked = loaded.policy.promotion.smoke != "off" and served.served_lock(md5) is None
    return asked and _recorded(served, md5) is None


def smoked(
    loaded: LoadedPolicy, served: ModelLedger, md5: str, made: Smokes, objects: ObjectReader
) -> Smoked | None:
    """What is known of these bytes: tried just now, or on record; None where nothing is asked of them."""
    if loaded.policy.promotion.smoke == "off" or served.served_lock(md5):
        return None
    required = loaded.policy.promotion.smoke == "required"
    found = made.get(md5) or _recorded(served, md5)
    try:
        return Smoked(found, required) if found or required or _loadable(md5, objects) else None
    except MissingObjectError:
        return Smoked(None, unread=True)


def _recorded(served: ModelLedger, md5: str) -> Smoke | None:
    """From a refusal for another reason, where the model had loaded; what failed is tried again."""
    found = (one.judgement.smoke for one in served.refusals if one.artifact.lock_md5 == md5)
    return next((one for one in found if one and one.outcome is SmokeOutcome.PASSED), None)


def _loadable(md5: str, objects: ObjectReader) -> bool:
    """Whether its MLmodel file names the flavor by which MLflow serves.

    Raises MissingObjectError where that cannot be read: promotion cannot bring the model then either.
    """
    if not md5.endswith(".dir"):
        return False
    members = members_of(_object(md5, objects), md5)
    named = next((member.md5 for member in members if member.path == MODEL_FILE), None)
    return named is not None and LOADED_BY in _object(named, objects)


def _object(md5: str, objects: ObjectReader) -> bytes:
    data = objects.read(md5)
    if data is None:
        what = f"The object {md5} of the model is not where objects are kept."
        raise MissingObjectError(what, "Push it from a machine that has it: `dvc push`.")
    return data


def _tried(world: SmokeWorld, main: Revision, loaded: LoadedPolicy, path: str, md5: str) -> Smoke:
    try:
        brought = world.files.materialise(md5, path)
    except NotEvaluatedError as error:
        return Smoke(md5, "", SmokeOutcome.ERROR, error.what)
    digest = digest_of(brought.files)
    if not _loadable(md5, world.objects):
        return Smoke(md5, digest, SmokeOutcome.NOTHING, NO_MODEL)
    try:
        return _judged(md5, digest, world.loader.load(_loading(main, loaded, brought)))
    except NotEvaluatedError as error:
        return Smoke(md5, digest, SmokeOutcome.ERROR, error.what)


def _loading(main: Revision, loaded: LoadedPolicy, brought: Materialised) -> Loading:
    tree = ((path, (main.tree.read(path) or b"",)) for path in main.tree.paths())
    return Loading(brought.directory, tree, loaded.policy.pipeline.setup)


def _judged(md5: str, digest: str, found: Loaded) -> Smoke:
    """The first thing that is wrong with it, or how it passed."""
    if found.failure:
        why = found.failure
        return Smoke(md5, digest, SmokeOutcome.FAILED, why, found.environment, isolated=found.isolated)
    answered = parse_answered(found.answer)
    compared, expected = _expected(found) if answered.example else ("", None)
    wrong = unfit(answered) or (difference(answered.answer, expected) if compared else None)
    return Smoke(
        md5,
        digest,
        SmokeOutcome.FAILED if wrong else SmokeOutcome.PASSED,
        wrong or "",
        found.environment,
        compared,
        round(answered.load_seconds, 2),
        round(answered.answer_seconds, 2),
        found.isolated,
    )


def _expected(found: Loaded) -> tuple[str, JsonValue]:
    """What the answers are held against, and by which name; nothing where nothing is known of them."""
    if found.recorded is not None:
        return "recorded outputs", parse_recorded(found.recorded)
    if found.reference is None:
        return "", None
    return "repository", parse_answered(found.reference).answer
