"""Settings from environment variables."""

from pathlib import Path

import pytest

from bot.errors import ExitCode, InvalidInputError
from bot.settings import Settings

GITHUB = {"GITHUB_REPOSITORY": "ann/flights", "GITHUB_TOKEN": "ghs_x"}


def refused(call, name):
    with pytest.raises(InvalidInputError, match=name) as caught:
        call()
    assert caught.value.exit_code == ExitCode.INVALID
    assert caught.value.todo


@pytest.mark.parametrize("mark", [{"CI": "true"}, {"CI": "1"}, {"CI": "yes"}, {"GITHUB_ACTIONS": "true"}])
def test_in_ci_a_missing_registry_or_remote_is_an_error_and_never_the_embedded_default(mark):
    for given in ({}, {"MLFLOW_TRACKING_URI": "", "MODELBOT_DVC_REMOTE": " \n"}):
        settings = Settings.read(mark | given)
        assert settings.ci
        refused(lambda: settings.mlflow_uri(Path("/work")), "MLFLOW_TRACKING_URI")  # noqa: B023
        refused(settings.remote_url, "MODELBOT_DVC_REMOTE")


@pytest.mark.parametrize("mark", [{}, {"CI": ""}, {"CI": "false"}, {"CI": "0"}])
def test_on_a_person_s_machine_there_is_an_embedded_registry_and_the_repository_s_remote(mark):
    settings = Settings.read(mark)
    assert not settings.ci
    assert settings.mlflow_uri(Path("/work")) == "sqlite:////work/.modelbot/mlflow/mlflow.db"
    assert settings.remote_url() is None
    assert settings.cache(Path("/work")) == Path("/work/.modelbot/cache")


def test_what_is_given_counts_everywhere_without_the_white_space_of_a_secret():
    given = {"CI": "true", "MLFLOW_TRACKING_URI": "https://m\n", "MODELBOT_DVC_REMOTE": " s3://r "}
    settings = Settings.read(given | {"MODELBOT_CACHE": "/c"})
    assert settings.mlflow_uri(Path("/work")) == "https://m"
    assert settings.remote_url() == "s3://r"
    assert settings.cache(Path("/work")) == Path("/c")


@pytest.mark.parametrize("name", GITHUB)
@pytest.mark.parametrize("value", [None, "", " "])
def test_github_needs_a_repository_and_a_token(name, value):
    given = {key: text for key, text in (GITHUB | {name: value}).items() if text is not None}
    refused(Settings.read(given).github, name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_REPOSITORY", "flights"),
        ("GITHUB_REPOSITORY", "ann/flights/../other"),
        ("GITHUB_REPOSITORY", "https://github.com/ann/flights"),
        ("GITHUB_API_URL", "api.github.com"),
        ("GITHUB_SERVER_URL", "file:///etc"),
        ("MODELBOT_AUTHOR_ID", "ann"),
        ("MODELBOT_AUTHOR_ID", "²"),
    ],
)
def test_a_variable_that_makes_no_sense_is_named(name, value):
    refused(Settings.read(GITHUB | {name: value}).github, name)


def test_the_token_is_in_no_error():
    with pytest.raises(InvalidInputError) as caught:
        Settings.read({"GITHUB_TOKEN": "ghs_secret", "GITHUB_REPOSITORY": "x"}).github()
    assert "ghs_secret" not in str(caught.value)


def test_github_is_github_com_unless_said_otherwise():
    found = Settings.read(GITHUB).github()
    assert (found.api_url, found.server_url, found.author_id) == (
        "https://api.github.com",
        "https://github.com",
        None,
    )
    found = Settings.read(
        GITHUB | {"GITHUB_API_URL": "http://127.0.0.1:1/", "MODELBOT_AUTHOR_ID": "41"}
    ).github()
    assert (found.api_url, found.author_id) == ("http://127.0.0.1:1", 41)


def test_outside_actions_there_is_no_run_and_a_broken_number_is_an_error():
    actions = Settings.read({}).actions()
    assert (actions.run_id, actions.event_path, actions.output, actions.summary) == (0, None, None, None)
    for name in ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"):
        refused(Settings.read({name: "12x"}).actions, name)
    given = {"GITHUB_RUN_ID": "12", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_EVENT_PATH": "/e"}
    actions = Settings.read(given).actions()
    assert (actions.run_id, actions.attempt, actions.event_path) == (12, 2, Path("/e"))
