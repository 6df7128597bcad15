"""The MLflow model registry, as MLflow 3.17 behaves.

What is odd upstream, and why this is written as it is:

- The client repeats a POST up to 7 times; one lost answer on create made two versions. Writes are sent once;
  who calls finds its own work again by the key tag.
- A fresh SQLite database that two processes use first is broken for ever: first use is under a file lock.
- `models:/name@alias` adds a file `registered_model_meta` to what it loads and, where artifacts are on
  a local disk, to the *stored* version. It is left out of a download when it says just what MLflow writes.
- A direct database connection resolves `models:/m-…` through MLflow's global tracking URI, so that is set.
- No model is ever loaded in this process, in any format.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from bot.adapters.mlflow_database import first_use, sqlite_file
from bot.adapters.mlflow_search import VersionFinder
from bot.adapters.mlflow_values import CREDENTIALS, DIGEST, KEY, absent, first_line, registered
from bot.errors import InvalidInputError, ModelbotError, NotEvaluatedError, StaleError, UnavailableError
from bot.ports.registry import RegisteredVersion

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

META = "registered_model_meta"
RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
FORBIDDEN = re.compile(r"[/:.%\"'`]")


class MlflowRegistry:
    """Implements RegistryWriter on the registry at `uri` (a server, or a database such as `sqlite:///…`).

    Versions are logged under `experiment`, made when it is not there. A call to a server may take `timeout`
    seconds. MLflow's settings live in environment variables only, so they are set for this process; a value
    that somebody already set for the timeout stays.
    """

    def __init__(self, uri: str, experiment: str = "modelbot", timeout: int = 30) -> None:
        self._uri = uri
        self._experiment = experiment
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
        os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", str(timeout))
        os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")

    def alias(self, model: str, alias: str) -> RegisteredVersion | None:
        """The version the alias points to; None when model or alias does not exist."""
        from mlflow.exceptions import MlflowException

        with self._answers("read the alias", retries=2):
            try:
                return registered(self._client.get_model_version_by_alias(model, alias))
            except MlflowException as error:
                # A missing model is RESOURCE_DOES_NOT_EXIST; a missing alias is INVALID_PARAMETER_VALUE.
                if absent(error):
                    return None
                raise

    def find(self, model: str, key: str) -> tuple[RegisteredVersion, ...]:
        """Every version whose key tag is `key`, oldest first."""
        _check_name(model)
        with self._answers("search the registry", retries=2):
            return self._finder.find(model, key)

    def registered(self, model: str) -> tuple[RegisteredVersion, ...]:
        """Every version of a model, whoever made it, oldest first; none when the model does not exist."""
        _check_name(model)
        with self._answers("search the registry", retries=2):
            return self._finder.every(model)

    def download(self, version: RegisteredVersion, into: Path) -> Path:
        """The version's files as the registry serves them, in a new directory below `into`.

        Raises:
            NotEvaluatedError: the version, or its artifacts, are gone.
        """
        from mlflow.exceptions import MlflowException
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        target = Path(mkdtemp(dir=into))
        with self._answers("download the version", retries=2):
            try:
                source = self._client.get_model_version_download_uri(version.model, version.version)
                store = get_artifact_repository(source, tracking_uri=self._uri, registry_uri=self._uri)
                store.download_artifacts("", dst_path=str(target))  # type: ignore[no-untyped-call]
            except MlflowException as error:
                if not absent(error):
                    raise
                raise _without_files(version) from error
        _drop_meta(target, version)
        if not any(target.iterdir()):
            # Where artifacts are on a disk or behind a server, what is gone is downloaded as nothing.
            raise _without_files(version)
        return target

    def create(
        self, model: str, key: str, digest: str, files: Path, tags: tuple[tuple[str, str], ...]
    ) -> RegisteredVersion:
        """Upload the directory and create a version with its key and digest tags in the same call.

        Nothing is repeated: after an error look for the key before creating again.
        """
        _check_name(model)
        with self._answers("register the version", retries=0):
            self._registered_model(model)
            logged = self._client.create_logged_model(self._experiment_id(), name=model)
            self._client.log_model_artifacts(logged.model_id, str(files))
            self._client.finalize_logged_model(logged.model_id, "READY")
            created = self._client.create_model_version(
                model,
                f"models:/{logged.model_id}",
                tags=dict(tags) | {KEY: key, DIGEST: digest},
                model_id=logged.model_id,
            )
        return registered(created)

    def tag(
        self, version: RegisteredVersion, key: str, digest: str, tags: tuple[tuple[str, str], ...]
    ) -> None:
        """Give a version that is there these tags, then its digest, then its key. Tags of others stay.

        Raises:
            StaleError: there is no such version any more.
        """
        self._finder.forget(version)
        with self._answers("tag the version", retries=0), _still_there(version):
            for name, value in (*tags, (DIGEST, digest), (KEY, key)):
                self._client.set_model_version_tag(version.model, version.version, name, value)

    def disown(self, version: RegisteredVersion) -> None:
        """Take our key tag from a version, so that it is found by it no more; its other tags stay.

        Raises:
            StaleError: there is no such version any more.
        """
        self._finder.forget(version)
        with self._answers("take the tag from the version", retries=0), _still_there(version):
            self._client.delete_model_version_tag(version.model, version.version, KEY)

    def point(self, model: str, alias: str, version: str) -> None:
        """Move the alias. Last writer wins in MLflow: the ledger is what orders writers.

        Raises:
            StaleError: there is no such version any more.
        """
        from mlflow.exceptions import MlflowException

        with self._answers("move the alias", retries=0):
            try:
                self._client.set_registered_model_alias(model, alias, version)
            except MlflowException as error:
                if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                    raise
                what = f"Version {version} of {model} is not in MLflow any more; no alias moved."
                raise StaleError(what, "Run this again.") from error

    def _registered_model(self, model: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self._client.create_registered_model(model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    def _experiment_id(self) -> str:
        from mlflow.exceptions import MlflowException

        found = self._client.get_experiment_by_name(self._experiment)
        if found is None:
            try:
                return str(self._client.create_experiment(self._experiment, self._artifacts))
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
                found = self._client.get_experiment_by_name(self._experiment)
        if found is None or found.lifecycle_stage != "active":
            what = f"The MLflow experiment {self._experiment!r} was deleted."
            raise InvalidInputError(what, "Restore it: `mlflow experiments restore -x ID`.")
        return str(found.experiment_id)

    @property
    def _artifacts(self) -> str | None:
        """Beside the database for SQLite, never `./mlruns` of whoever runs us; a server decides itself."""
        database = sqlite_file(self._uri)
        return (database.parent / "artifacts").as_uri() if database else None

    @cached_property
    def _client(self) -> MlflowClient:
        import mlflow
        from mlflow import MlflowClient

        mlflow.set_tracking_uri(self._uri)
        with first_use(self._uri):
            client = MlflowClient(tracking_uri=self._uri, registry_uri=self._uri)
            if sqlite_file(self._uri):
                client.search_registered_models(max_results=1)
                client.get_experiment_by_name(self._experiment)
        return client

    @cached_property
    def _finder(self) -> VersionFinder:
        return VersionFinder(self._client)

    @contextmanager
    def _answers(self, what: str, *, retries: int) -> Iterator[None]:
        """MLflow's errors as ours; reads may be repeated, writes never."""
        import mlflow
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        before, os.environ[RETRIES] = os.environ.get(RETRIES), str(retries)
        try:
            mlflow.set_tracking_uri(self._uri)
            yield
        except MlflowException as error:
            raise self._translated(what, error) from error
        except (SQLAlchemyError, OSError) as error:
            raise self._unavailable(what, first_line(error)) from error
        finally:
            _put_back(RETRIES, before)

    def _translated(self, what: str, error: MlflowException) -> ModelbotError:
        if error.error_code in {"INVALID_PARAMETER_VALUE", "BAD_REQUEST"}:
            todo = "Look at the names in the policy, and at MLFLOW_TRACKING_URI."
            return InvalidInputError(f"MLflow did not {what}: {first_line(error)}", todo)
        return self._unavailable(what, first_line(error))

    def _unavailable(self, what: str, why: str) -> UnavailableError:
        where = CREDENTIALS.sub("", self._uri)
        todo = "Look at MLFLOW_TRACKING_URI, at its credentials and at the server; then run this again."
        return UnavailableError(f"MLflow at {where} did not {what}: {why}", todo)


@contextmanager
def _still_there(version: RegisteredVersion) -> Iterator[None]:
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if not absent(error):
            raise
        what = f"Version {version.version} of {version.model} is not in MLflow any more."
        raise StaleError(what, "Run this again.") from error


def _without_files(version: RegisteredVersion) -> NotEvaluatedError:
    what = f"Version {version.version} of {version.model} has no artifacts in MLflow any more."
    return NotEvaluatedError(what, "Delete that version, and run this again to register it anew.")


def _check_name(model: str) -> None:
    if not model or FORBIDDEN.search(model):
        what = f"{model!r} cannot be the name of a registered model in MLflow."
        raise InvalidInputError(what, "Use letters, digits, `_` and `-` for `model:` in the policy.")


def _drop_meta(folder: Path, version: RegisteredVersion) -> None:
    """Remove what loading through MLflow wrote into the stored version; another file of that name stays."""
    path = folder / META
    if path.is_symlink() or not path.is_file():
        return
    own = {f"model_name: {version.model}", f"model_version: {version.version}"}
    lines = path.read_bytes()[:1000].decode(errors="replace").splitlines()
    quoted = {line.replace("'", "").replace('"', "") for line in lines}
    if quoted == own and len(lines) == len(own):
        path.unlink()


def _put_back(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
