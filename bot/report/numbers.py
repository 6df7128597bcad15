"""Numbers as people read them: digits enough for a difference to be seen. Performs no I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable

MINUS = "\N{MINUS SIGN}"
_MOST_DECIMALS = 10
_PLAIN_BELOW = 1e9
_ROUNDING = 1e-12
_WRITTEN_BY_HAND = 5


def decimals_for(
    values: Iterable[float | None],
    changes: Iterable[float | None] = (),
    gaps: Iterable[float | None] = (),
) -> int:
    """Decimals that show each value with four significant digits, each change with two, each gap with one.

    A gap is what a limit is missed by. Missing and non-finite numbers and zero ask for none; at most ten.
    """
    wanted = [_decimals(value, 4) for value in values]
    wanted += [_decimals(apart, 2) for apart in changes]
    wanted += [_decimals(gap, 1) for gap in gaps]
    return min(max(wanted, default=0), _MOST_DECIMALS)


def difference(before: float, after: float) -> float:
    """`after - before`, and 0 where that is only the rounding of binary fractions."""
    apart = after - before
    return 0.0 if abs(apart) <= _ROUNDING * max(abs(before), abs(after)) else apart


def number(value: float | None, decimals: int) -> str:
    """The value with so many decimals and a true minus sign; "none" when there is no value."""
    if value is None:
        return "none"
    if not math.isfinite(value):
        return _not_finite(value)
    if abs(value) >= _PLAIN_BELOW:
        return _with_minus(f"{value:.6g}")
    shown = _with_minus(f"{value:.{decimals}f}")
    # Rounded to nothing: the digits asked for cannot show it, and "-0.000" says less than the value.
    return shown if value == 0 or any(digit in "123456789" for digit in shown) else shortest(value)


def change(value: float | None, decimals: int) -> str:
    """The difference with its sign, plus or minus; "0" when there is none."""
    if value is None:
        return "none"
    if value == 0:
        return "0"
    shown = number(value, decimals)
    return shown if shown.startswith(MINUS) or math.isnan(value) else f"+{shown}"


def shortest(value: float) -> str:
    """A limit as its author would write it."""
    if not math.isfinite(value):
        return _not_finite(value)
    return _with_minus(f"{value:.10g}")


def limit(value: float) -> str:
    """A limit as its author wrote it; one that was computed (a percentage) to four significant digits."""
    written = shortest(value)
    digits = sum(character.isdigit() for character in written.strip("0.").split("e")[0])
    return written if digits <= _WRITTEN_BY_HAND else _with_minus(f"{value:.4g}")


def short_sha(sha: str) -> str:
    """The first seven characters, as Git shows them."""
    return sha[:7]


def duration(seconds: float) -> str:
    """Seconds as "0.4 s", "8 s", "3 min 20 s", "2 h 5 min"."""
    if seconds < 1:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004 -- a minute
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:  # noqa: PLR2004 -- an hour
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def size(count: int) -> str:
    """Bytes in decimal units: "812 B", "4.1 MB"."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004 -- decimal units
            return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def counted(count: int, one: str, many: str = "") -> str:
    """The count with its noun: "1 rule", "3 rules"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _with_minus(text: str) -> str:
    return MINUS + text[1:] if text.startswith("-") else text


def _decimals(value: float | None, significant: int) -> int:
    if value is None or value == 0 or not math.isfinite(value):
        return 0
    return max(0, significant - 1 - math.floor(math.log10(abs(value))))


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "infinity" if value > 0 else f"{MINUS}infinity"
