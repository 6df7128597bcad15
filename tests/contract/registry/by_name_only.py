"""MLflow on SQLite that can search versions by a model's name only, in the two ways of Unity Catalog.

What refuses, ignores and answers here is MLflow's own code for Unity Catalog as it is installed:
`parse_model_name`, its exceptions, and `ModelVersionSearch`, which has no tags. It keeps everything else of
the real store below it, and counts what it was asked.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mlflow.entities.model_registry import ModelVersion
from mlflow.entities.model_registry.model_version_search import ModelVersionSearch
from mlflow.exceptions import RestException
from mlflow.store.entities import PagedList
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as TrackingStore
from mlflow.tracking._model_registry.utils import _get_store_registry
from mlflow.tracking._tracking_service.utils import _tracking_store_registry
from mlflow.utils._unity_catalog_oss_utils import parse_model_name

from bot.adapters.mlflow import MlflowRegistry

ASKED: Counter[str] = Counter()
CATALOG = "main.default."


class IgnoresTags(SqlAlchemyStore):
    """As Unity Catalog's newer clients: the name that a filter begins with counts, the rest does not."""

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int | None = None,  # noqa: ARG002 -- pages are short whatever is asked
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        ASKED["search"] += 1
        # Unity Catalog's names have three levels, SQLite's one.
        full = (filter_string or "").replace("='", f"='{CATALOG}", 1)
        name = parse_model_name(full).removeprefix(CATALOG)
        page = super().search_model_versions(f"name='{name}'", 4, order_by, page_token)
        return PagedList([_listed(version) for version in page], page.token)

    def get_model_version(self, name: str, version: str) -> ModelVersion:
        ASKED["get"] += 1
        return super().get_model_version(name, version)


class RefusesTags(IgnoresTags):
    """As the older client's server, which documents a single condition."""

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        if " and " in (filter_string or ""):
            ASKED["refused"] += 1
            message = f"Unsupported filter query : `{filter_string}`."
            raise RestException({"error_code": "INVALID_PARAMETER_VALUE", "message": message})
        return super().search_model_versions(filter_string, max_results, order_by, page_token)


SCHEMES = {"ignores-tags": IgnoresTags, "refuses-tags": RefusesTags}


def _listed(version: ModelVersion) -> ModelVersion:
    return ModelVersionSearch(
        name=version.name,
        version=version.version,
        creation_timestamp=version.creation_timestamp,
        source=version.source,
        status=version.status,
    )


def _database(uri: str) -> Path:
    return Path(uri.partition("://")[2])


def _tracking(store_uri: str, artifact_uri: str | None = None) -> TrackingStore:
    database = _database(store_uri)
    return TrackingStore(f"sqlite:///{database}", artifact_uri or (database.parent / "artifacts").as_uri())


def _registry(store_uri: str, tracking_uri: str | None = None) -> IgnoresTags:
    assert tracking_uri in {None, store_uri}
    scheme = store_uri.partition(":")[0]
    return SCHEMES[scheme](f"sqlite:///{_database(store_uri)}")


def registry(scheme: str, database: Path) -> MlflowRegistry:
    """The bot's registry at such a store: MLflow finds it by the scheme of the address, as its own."""
    return MlflowRegistry(f"{scheme}://{database}")


def register() -> None:
    """Make the schemes known to MLflow."""
    for scheme in SCHEMES:
        _get_store_registry().register(scheme, _registry)
        _tracking_store_registry.register(scheme, _tracking)
