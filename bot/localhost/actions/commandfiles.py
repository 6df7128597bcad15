"""The files a step writes to speak to the runner: GITHUB_OUTPUT, GITHUB_ENV and GITHUB_PATH. Performs no
I/O.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.localhost.actions.log import StepFailedError


def parse_pairs(content: str, file: str) -> tuple[tuple[str, str], ...]:
    """`name=value` lines and `name<<MARK … MARK` blocks, in order. Raises StepFailedError for anything
    else.
    """
    pairs: list[tuple[str, str]] = []
    lines = iter(content.splitlines())
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if heredoc >= 0 and (equals < 0 or heredoc < equals):
            name, mark = line[:heredoc], line[heredoc + 2 :]
            if not name or not mark:
                raise StepFailedError(f"{file}: {line!r} is neither name=value nor name<<MARK")
            pairs.append((name, _block(lines, mark, file)))
        elif equals > 0:
            pairs.append((line[:equals], line[equals + 1 :]))
        else:
            raise StepFailedError(f"{file}: {line!r} is neither name=value nor name<<MARK")
    return tuple(pairs)


def _block(lines: Iterator[str], mark: str, file: str) -> str:
    taken: list[str] = []
    for line in lines:
        if line == mark:
            return "\n".join(taken)
        taken.append(line)
    raise StepFailedError(f"{file}: the block is not closed by {mark!r}")


def parse_environment(content: str) -> tuple[tuple[str, str], ...]:
    """What GITHUB_ENV adds. Raises StepFailedError for names GitHub does not let a step set."""
    pairs = parse_pairs(content, "GITHUB_ENV")
    for name, _ in pairs:
        if name.startswith(("GITHUB_", "RUNNER_")) or name == "NODE_OPTIONS":
            raise StepFailedError(f"GITHUB_ENV: {name} cannot be set by a step")
    return pairs


def parse_paths(content: str) -> tuple[str, ...]:
    """The directories GITHUB_PATH adds; a later one is searched first."""
    return tuple(line for line in content.splitlines() if line)
