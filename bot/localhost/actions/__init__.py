"""Actions on localhost: runs the real files of `.github/workflows/` on this machine. It is not GitHub.

What it knows is listed here; a key, event, filter, action, context or function outside the list is an
error that names file and line, never something skipped over.

Events
    `pull_request` (types, branches, paths; default types opened, synchronize, reopened),
    `pull_request_review` (types), `push` (branches, paths), `workflow_run` (workflows, types, branches),
    `schedule` (run by hand), `workflow_dispatch` (inputs). Filter patterns know `*`, `**` and a leading `!`.
    A workflow is read from the pull request's merge commit, from the pushed commit, or, for the other events,
    from the tip of the default branch. What a `GITHUB_TOKEN` did starts nothing.

Workflow keys
    `name`, `run-name`, `on`, `permissions`, `env`, `defaults.run`, `concurrency` (group,
    cancel-in-progress, queue), `jobs`. Of a job: `name`, `runs-on` (any), `needs`, `if`, `permissions`,
    `environment` (name, url), `concurrency`, `outputs`, `env`, `defaults.run`, `timeout-minutes`, `steps`. Of
    a step: `id`, `name`, `if`, `env`, `continue-on-error`, `timeout-minutes`, and `run` (with `shell: bash`,
    `working-directory`) or `uses` (with `with`). No matrix, no containers, no reusable workflows.

Expressions
    `${{ }}` with null, true, false, numbers, 'strings', `.name`, `[index]`, `!`, `<`, `<=`, `>`, `>=`, `==`,
    `!=`, `&&`, `||` and parentheses; the functions contains, startsWith, endsWith, format, join, toJSON,
    fromJSON, success, failure, always, cancelled; the contexts github, env, vars, secrets, inputs, needs,
    steps, job, runner, each only where GitHub has it.

Actions
    actions/checkout, actions/upload-artifact, actions/download-artifact, actions/setup-python and
    astral-sh/setup-uv (the last two are already there and only say so), each pinned to a known commit, and
    this repository's own action, `$/` (at the commit that runs) or `./` (as checked out): its file is read
    and checked, and the `modelbot` that is already here stands in for it.

Different from GitHub
    Jobs run as the user who started it, with a clean environment and a private HOME but without a virtual
    machine; a background process ends with its step; an environment that nobody made is an error (GitHub
    makes it, unprotected); a job enters its concurrency group before its environment asks for an approval;
    `run-name`, job names, an environment's url and `retention-days` are checked and change nothing.
"""
