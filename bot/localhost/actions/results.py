"""The results of jobs that never started. Performs no I/O."""

from __future__ import annotations

from typing import Final

from bot.localhost.actions.log import Conclusion, JobLog, JobResult, StepLog
from bot.localhost.actions.occasion import Occasion
from bot.localhost.actions.state import Run

HEADER: Final = "Actions on localhost. This is not GitHub."


def unstarted(run: Run, job: str, conclusion: Conclusion, why: str) -> JobResult:
    """A job that was skipped, cancelled or refused before its first step; `why` may be empty."""
    steps = (StepLog("Set up job", conclusion, 0.0, why),) if why else ()
    log = JobLog(run.workflow.name, job, HEADER, steps)
    occasion = run.occasion
    return JobResult(
        occasion.full_name, run.id, run.workflow.name, job, occasion.event, conclusion, (), 0.0, log
    )


def unreadable(occasion: Occasion, path: str, why: str) -> JobResult:
    """A workflow file that could not be read: a failure without a run."""
    failure = Conclusion.FAILURE
    log = JobLog(path, "", HEADER, (StepLog("Read the workflow file", failure, 0.0, why),))
    return JobResult(occasion.full_name, 0, path, "", occasion.event, failure, (), 0.0, log)
