"""The report pages that the workflow's runs left as artifacts: of each pull request the newest."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

from bot.localhost.demo.town import REPOSITORY, Town

ARTIFACT = "modelbot-report"


def report_pages(town: Town) -> dict[str, str]:
    """Title → the page as it was uploaded, in the order of the pull requests."""
    newest = dict(_pages(town))
    return {f"Report of pull request #{number}": newest[number] for number in sorted(newest)}


def _pages(town: Town) -> Iterator[tuple[int, str]]:
    runs = dict.fromkeys(job.run_id for job in town.actions.results() if job.workflow == "model-report")
    for run_id in runs:
        data = town.github.artifact(REPOSITORY, run_id, ARTIFACT)
        if data is not None:
            with zipfile.ZipFile(io.BytesIO(data)) as files:
                number = json.loads(files.read("report.json"))["pull_request"]
                yield number, files.read("report.html").decode()
