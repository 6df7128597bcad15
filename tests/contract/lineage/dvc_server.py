"""Runs DVC's own command line, once per line of standard input, in a child forked after the imports.

Importing DVC takes about a second and a test file needs it some fifty times; `dvc.cli.main` is what the
`dvc` program calls. A request is JSON {"argv", "cwd", "log"}; the answer is JSON {"code"}.
"""

import importlib
import json
import os
import sys

from dvc.cli import main

for name in (
    "dvc.commands.repro",
    "dvc.commands.data_sync",
    "dvc.repo",
    "dvc.repo.index",
    "dvc.repo.reproduce",
    "dvc.stage.run",
    "dvc.dvcfile",
    "dvc.output",
    "dvc.dependency",
    "dvc.scm",
    "dvc.ignore",
    "dvc.cachemgr",
    "dvc.data_cloud",
    "dvc.repo.graph",
    "dvc.parsing",
    "dvc_data.index",
    "dvc_data.hashfile.build",
    "networkx",
    "ruamel.yaml",
    "dvc.repo.fetch",
    "dvc.repo.checkout",
):
    importlib.import_module(name)


def describe() -> int:
    """Print every stage as DVC resolves it."""
    from dvc.repo import Repo

    stages = []
    for stage in Repo(".").index.stages:
        if not getattr(stage, "name", None):
            continue
        params, deps = {}, []
        for dep in stage.deps:
            if hasattr(dep, "params"):
                params[os.path.relpath(dep.fs_path)] = sorted(dep.params)
            else:
                deps.append(os.path.relpath(dep.fs_path))
        outs = {
            os.path.relpath(o.fs_path): [o.use_cache, bool(o.metric), bool(o.plot), o.persist]
            for o in stage.outs
        }
        stages.append(
            {
                "name": stage.addressing,
                "cmd": stage.cmd,
                "wdir": os.path.relpath(stage.wdir),
                "deps": sorted(deps),
                "params": params,
                "outs": outs,
                "frozen": stage.frozen,
                "always_changed": stage.always_changed,
            }
        )
    sys.__stdout__.write(json.dumps(stages))
    sys.__stdout__.flush()
    return 0


for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(job["cwd"])
        log = os.open(job["log"], os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        os.dup2(log, 1)
        os.dup2(log, 2)
        code = 99
        try:
            code = describe() if job["argv"] == ["describe"] else main(job["argv"])
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(int(code))
    status = os.waitpid(child, 0)[1]
    print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), flush=True)
