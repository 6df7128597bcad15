"""The guards of the test suite itself."""

from __future__ import annotations

import os
import socket

import pytest


def test_a_test_that_reaches_for_another_machine_is_stopped() -> None:
    with socket.socket() as connection, pytest.raises(RuntimeError, match="tests stay on this machine"):
        connection.connect(("192.0.2.1", 80))


def test_no_setting_of_the_person_who_runs_the_tests_reaches_them() -> None:
    private = ("GITHUB_", "MODELBOT_", "AWS_", "ACTIONS_")
    said_by_ci = (
        "MODELBOT_BROWSER",
        "MODELBOT_POSTGRES",
    )  # what the machine must have; nothing of a person's
    leaked = [key for key in os.environ if key.startswith(private) and key not in said_by_ci]
    assert leaked == []
    assert "modelbot-home-" in os.environ["HOME"]
