"""Finding versions by their key tag, also in a registry that can search by a model's name only.

What is odd upstream, in MLflow 3.17's clients for Unity Catalog (`mlflow/store/_unity_catalog/registry`):

- They document "a single filter condition". One sends the filter on, and the server refuses a second
  condition. The others match `name = '…'` at its beginning and *ignore the rest*: the answer to a question
  for a tag is every version of the model.
- What they answer has no tags: `ModelVersionSearch.tags` is a method that raises. They say to ask for each
  version by its number.

So a refused filter is followed by a list of the model's versions, a version that is listed without tags is
asked for by its number, once, and whoever answers, the key is compared here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bot.adapters.mlflow_values import KEY, absent, registered
from bot.ports.registry import RegisteredVersion

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion
    from mlflow.exceptions import MlflowException

# Not BAD_REQUEST: so MLflow calls a database that it cannot read.
REFUSALS = {"INVALID_PARAMETER_VALUE", "NOT_IMPLEMENTED", "FEATURE_DISABLED"}


class VersionFinder:
    """Searches one registry, and remembers when that refuses to search by tag."""

    def __init__(self, client: MlflowClient) -> None:
        self._client = client
        self._by_name_only = False
        self._asked: dict[tuple[str, str], RegisteredVersion] = {}

    def find(self, model: str, key: str) -> tuple[RegisteredVersion, ...]:
        """Every version of `model` whose key tag is `key`, oldest first. Raises MlflowException."""
        found = self._of(model, self._candidates(model, key))
        return tuple(version for version in found if version.key == key)

    def every(self, model: str) -> tuple[RegisteredVersion, ...]:
        """Every version of `model`, whoever made it, oldest first; each with the tags it has now.

        Raises MlflowException.
        """
        self._asked = {name: found for name, found in self._asked.items() if name[0] != model}
        return self._of(model, tuple(self._search(f"name='{model}'")))

    def forget(self, version: RegisteredVersion) -> None:
        """Ask for this version's tags again: we are about to change them."""
        self._asked.pop((version.model, version.version), None)

    def _of(self, model: str, versions: tuple[ModelVersion, ...]) -> tuple[RegisteredVersion, ...]:
        named = (self._with_tags(version) for version in versions if version.name == model)
        return tuple(sorted((one for one in named if one), key=lambda version: int(version.version)))

    def _candidates(self, model: str, key: str) -> tuple[ModelVersion, ...]:
        from mlflow.exceptions import MlflowException

        if not self._by_name_only:
            try:
                return tuple(self._search(f"name='{model}' and tags.`{KEY}`='{key}'"))
            except MlflowException as error:
                if not _refused(error):
                    raise
        found = tuple(self._search(f"name='{model}'"))
        self._by_name_only = True
        return found

    def _search(self, query: str) -> Iterator[ModelVersion]:
        token = None
        while True:
            page = self._client.search_model_versions(query, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def _with_tags(self, version: ModelVersion) -> RegisteredVersion | None:
        """The version with its tags; None when it was deleted since it was listed."""
        from mlflow.exceptions import MlflowException

        tags: object = version.tags
        if isinstance(tags, Mapping) and tags:
            return registered(version)
        name = (str(version.name), str(version.version))
        try:
            # A number never comes back, and its key was there when it was made: asking once is enough, but
            # for what we change ourselves.
            if name not in self._asked:
                self._asked[name] = registered(self._client.get_model_version(*name))
        except MlflowException as error:
            if not absent(error):
                raise
        return self._asked.get(name)


def _refused(error: MlflowException) -> bool:
    """Whether this registry cannot search like that, whatever the reason; not: that it did not answer."""
    return error.error_code in REFUSALS or str(error).startswith("Unsupported filter")
