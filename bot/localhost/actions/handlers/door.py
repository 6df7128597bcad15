"""Which stand-in belongs to which action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bot.localhost.actions.definition import UseStep
from bot.localhost.actions.handlers.artifacts import download_artifact, upload_artifact
from bot.localhost.actions.handlers.call import Call, Done
from bot.localhost.actions.handlers.checkout import checkout
from bot.localhost.actions.handlers.provided import (
    install_checked_out,
    install_running,
    refuse_app_token,
    setup_python,
    setup_uv,
)
from bot.localhost.actions.log import Conclusion
from bot.localhost.actions.pins import LOCAL_ACTION, SELF_ACTION, version_of
from bot.localhost.actions.stepcontext import Changes, StepContext
from bot.localhost.github.values import Json

_ACTIONS: Final[Mapping[str, Callable[[Call], Done]]] = {
    "actions/checkout": checkout,
    "actions/upload-artifact": upload_artifact,
    "actions/download-artifact": download_artifact,
    "actions/setup-python": setup_python,
    "astral-sh/setup-uv": setup_uv,
    "actions/create-github-app-token": refuse_app_token,
    SELF_ACTION: install_running,
    LOCAL_ACTION: install_checked_out,
}


def run_action(step: UseStep, context: StepContext) -> Changes:
    """Run the stand-in of an action. Raises StepFailedError when it cannot do what its inputs ask."""
    folder = context.place.temp / f"_step-{context.number}"
    folder.mkdir(parents=True)
    github = context.scope.contexts["github"]
    facts: Mapping[str, Json] = github if isinstance(github, Mapping) else {}
    call = Call(
        inputs={name: template.text(context.scope) for name, template in step.inputs},
        assignment=context.assignment,
        machine=context.machine,
        workspace=context.place.work,
        folder=folder,
        github=facts,
        environment=context.environment,
        limits=context.limits,
        mask=context.mask,
    )
    done = _ACTIONS[step.action](call)
    version = version_of(step.action, step.commit)
    title = f"{step.action} {version}, stood in for by Actions on localhost".replace(" ,", ",")
    return Changes(Conclusion.SUCCESS, f"{title}\n{done.text}", outputs=done.outputs, paths=done.paths)
