"""Runs every rule over a snapshot. Pure: the same claim on the same day has the same findings."""

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from claims.scrubbing.snapshot import ClaimSnapshot

Severity = Literal["block", "warn", "info"]


class Finding(msgspec.Struct, frozen=True):
    """What a rule has to say: its stable code, how bad it is, the field, and what would be right. It repeats no personal value."""

    code: str
    severity: Severity
    field: str
    message: str


Rule = Callable[[ClaimSnapshot], Iterator[Finding]]


def run_rules(claim: ClaimSnapshot, rules: tuple[Rule, ...]) -> list[Finding]:
    """Everything the rules find, in the order of the rules."""
    return [finding for rule in rules for finding in rule(claim)]


def is_clean(findings: list[Finding]) -> bool:
    """Whether the claim may go: nothing blocks it."""
    return not any(finding.severity == "block" for finding in findings)
