"""Sizes are exact; times and latencies are noisy, and by how much only a history can say. Performs no I/O."""

from __future__ import annotations

from dataclasses import replace

from bot.evidence.facts import Evidence
from bot.policy.noise import EXACT, has_history
from bot.policy.verdict import RuleResult, Severity


def capped_until_known(results: tuple[RuleResult, ...], evidence: Evidence) -> tuple[RuleResult, ...]:
    """The results; a rule on a time or a latency warns only, until promotions tell how noisy it is."""
    return tuple(_capped(result, evidence) for result in results)


def _capped(result: RuleResult, evidence: Evidence) -> RuleResult:
    noisy = result.rule.startswith("resources.") and result.metric not in EXACT
    if not noisy or result.severity is not Severity.BLOCK or has_history(evidence, result.metric):
        return result
    words = "; a warning until ten promotions tell how noisy it is"
    return replace(result, severity=Severity.WARN, reason=(*result.reason, words))
