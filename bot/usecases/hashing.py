"""What the registry serves as a version, by its digest."""

from __future__ import annotations

from bot.errors import ModelbotError, UnavailableError
from bot.ports.candidate import ModelFiles
from bot.ports.registry import RegisteredVersion, RegistryReader
from bot.promotion.damage import Hashed
from bot.promotion.digest import digest_of


def hashed(registry: RegistryReader, files: ModelFiles, version: RegisteredVersion) -> Hashed:
    """The digest of what is served, or why there is none.

    Raises:
        UnavailableError: MLflow, or its artifact store, did not answer; that says nothing of the bytes.
    """
    try:
        with files.scratch() as folder:
            digest = digest_of(files.read(registry.download(version, folder)))
    except UnavailableError:
        raise
    except ModelbotError as error:
        return Hashed(version.version, None, error.what)
    return Hashed(version.version, digest)
