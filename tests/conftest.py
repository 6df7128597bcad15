"""Guards: every test runs on loopback only, with a home of its own and no settings of the person's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

PRIVATE = ("GITHUB_", "GH_", "MLFLOW_", "MODELBOT_", "DVC_", "AWS_", "ACTIONS_", "GIT_", "RUNNER_")
ALONE = ("CI", "NO_COLOR", "FORCE_COLOR", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")
# What CI says that its machine must have: tests that lack it fail there, and are skipped elsewhere.
NEEDED = ("MODELBOT_BROWSER", "MODELBOT_POSTGRES")
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def pytest_configure(config: pytest.Config) -> None:
    """Before anything of ours is imported: a clean environment, and no way out of this machine."""
    cache = _uv_cache()
    for name in [key for key in os.environ if key.startswith(PRIVATE) or key in ALONE]:
        if name not in NEEDED:
            del os.environ[name]
    home = tempfile.mkdtemp(prefix="modelbot-home-")
    config.add_cleanup(lambda: subprocess.run(["rm", "-rf", home], check=False))
    os.environ |= {
        "HOME": home,
        "UV_CACHE_DIR": cache,
        "DVC_NO_ANALYTICS": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    gitconfig = "[user]\n\tname = test\n\temail = test@localhost\n[init]\n\tdefaultBranch = main\n"
    (Path(home) / ".gitconfig").write_text(gitconfig)
    sys.addaudithook(_only_loopback)


def _uv_cache() -> str:
    """Where uv keeps packages, so that an environment a test makes comes from there."""
    from uv import find_uv_bin

    found = subprocess.run([find_uv_bin(), "cache", "dir"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def _only_loopback(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and address[0] not in LOOPBACK:
        raise RuntimeError(f"a test tried to reach {address[0]!r}: tests stay on this machine")
