"""How a policy's model is scored anew: by the evaluator and on the test rows of a trusted revision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import ModelbotError, NotEvaluatedError
from bot.evidence.facts import Comparability, NoPredictions
from bot.evidence.manifest import members_of
from bot.evidence.masked import masked, rejoined
from bot.evidence.predictions import AskedColumns
from bot.evidence.row_file import LARGEST
from bot.evidence.scores import Score, scoring_key
from bot.lineage.stages import Stage
from bot.policy.columns import columns_asked
from bot.policy.load import LoadedPolicy
from bot.ports.scorer import Chunks, Scorer, Work
from bot.usecases.fetched import Objects, bytes_of
from bot.usecases.sides import Revision, artifact_path

MOST_PREDICTIONS = 256 << 20


@dataclass(frozen=True, slots=True)
class Scoring:
    """An evaluator as a trusted revision has it, apart from the model that it is to score.

    `labels` is the column of the test rows with the truth; `measured_with` is everything that decides the
    numbers but the model.
    """

    revision: Revision
    stage: Stage
    artifact: str
    test_set: str
    labels: str
    asked: AskedColumns
    setup: str | None
    measured_with: Comparability

    def key(self, model: str) -> str:
        """What names the score of the model with this DVC name."""
        parts = tuple((one.name, one.digest) for one in self.measured_with.ingredients)
        return scoring_key((*parts, ("setup", self.setup or "")), self.asked.file, model)


def scoring_of(revision: Revision, loaded: LoadedPolicy, measured_with: Comparability) -> Scoring | None:
    """How models are scored by this revision; None where the policy does not declare everything it takes.

    That is: an evaluator that reads the model and the test rows and writes the predictions; a metric with a
    `kind`; and none that the evaluator computes row by row (`kind: mean`), because it does not see the truth.
    """
    policy, asked = loaded.policy, columns_asked(loaded.policy)
    stage = revision.pipeline.stage(policy.evidence.evaluator) if policy.evidence.evaluator else None
    artifact = artifact_path(revision, loaded)
    test_set = policy.data.test_set if policy.data else None
    if stage is None or asked is None or asked.means or artifact is None or test_set is None:
        return None
    reads, writes = {dep.path for dep in stage.deps}, {out.path for out in stage.outs}
    known = measured_with.ingredients and not measured_with.unknown
    if not {artifact, test_set} <= reads or asked.file not in writes or not known:
        return None
    labels = policy.evidence.labels or asked.label
    setup = policy.pipeline.setup
    return Scoring(revision, stage, artifact, test_set, labels, asked, setup, measured_with)


def scored(scoring: Scoring, model: str, objects: Objects, scorer: Scorer, seed: int) -> Score:
    """One model scored; where that cannot be, a score that says why. `seed` nobody may know beforehand."""
    key = scoring.key(model)
    try:
        test = _fetched(scoring.revision, scoring.test_set, objects)
        shown = masked(test, scoring.test_set, scoring.labels, seed)
        made = scorer.score(_work(scoring, model, shown, objects))
        data = rejoined(made.data, scoring.asked, test, scoring.test_set, scoring.labels)
    except ModelbotError as error:
        return Score(key, None, " ".join(error.what.split()))
    return Score(key, data, "", made.isolated)


def _work(scoring: Scoring, model: str, shown: bytes, objects: Objects) -> Work:
    stage = scoring.stage
    return Work(
        _tree(scoring.revision),
        _files(scoring, model, shown, objects),
        scoring.setup,
        stage.wdir,
        stage.cmd_list or (stage.cmd,),
        scoring.asked.file,
        min(MOST_PREDICTIONS, LARGEST),
    )


def _tree(revision: Revision) -> Iterator[tuple[str, Chunks]]:
    for path in revision.tree.paths():
        yield path, (revision.tree.read(path) or b"",)


def _files(scoring: Scoring, model: str, shown: bytes, objects: Objects) -> Iterator[tuple[str, Chunks]]:
    """What the evaluator says that it reads, and nothing else: what lies about might hold the truth."""
    stage, tree = scoring.stage, scoring.revision.tree
    for param in dict.fromkeys(param.file for param in stage.params):
        yield param, (tree.read(param) or b"",)
    for dep in stage.deps:
        if dep.path not in {scoring.artifact, scoring.test_set} and not dep.external:
            yield from _read_by(scoring.revision, dep.path, objects)
    yield scoring.test_set, (shown,)
    yield from _members(scoring.artifact, model, objects)


def _read_by(revision: Revision, path: str, objects: Objects) -> Iterator[tuple[str, Chunks]]:
    """A file or directory that a stage reads: as Git has it, else by the hash that the lock names."""
    data = revision.tree.read(path)
    if data is not None:
        yield path, (data,)
        return
    below = revision.tree.paths(path)
    yield from ((one, (revision.tree.read(one) or b"",)) for one in below)
    locked = revision.lock.out(path)
    if locked and locked.md5:
        yield from _members(path, locked.md5, objects)
    elif not below:
        raise NotEvaluatedError(f"{path}, which the evaluator reads, is neither in Git nor in dvc.lock.")


def _members(path: str, md5: str, objects: Objects) -> Iterator[tuple[str, Chunks]]:
    """The files of an output, by path from the root."""
    if not md5.endswith(".dir"):
        yield path, (_object(md5, path, objects),)
        return
    for member in members_of(_object(md5, path, objects), md5):
        yield f"{path}/{member.path}", (_object(member.md5, path, objects),)


def _object(md5: str, path: str, objects: Objects) -> bytes:
    data = objects.read(md5)
    if data is None:
        raise NotEvaluatedError(f"The object {md5} of {path} is not where objects are kept.")
    return data


def _fetched(revision: Revision, path: str, objects: Objects) -> bytes:
    found = bytes_of(revision, path, objects)
    if isinstance(found, NoPredictions):
        raise NotEvaluatedError(found.what, found.todo)
    return found
