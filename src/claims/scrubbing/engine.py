"""Runs every rule over a snapshot. Pure: the same claim on the same day has the same findings."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import msgspec

from claims.scrubbing.snapshot import ClaimSnapshot

Severity = Literal["block", "warn", "info"]


class Fault(msgspec.Struct, frozen=True):
    """What a rule saw: the field, what would be right, how bad it is. It repeats no personal value.

    `info` says that the rule could not judge this claim, which is not the same as finding nothing.
    """

    field: str
    message: str
    severity: Severity = "block"


class Rule(msgspec.Struct, frozen=True):
    """A check under its stable code. What it is for is the first line of the check's docstring."""

    code: str
    check: Callable[[ClaimSnapshot], Iterator[Fault]]

    @property
    def subject(self) -> str:
        """What is checked, in words."""
        return (self.check.__doc__ or "").strip().splitlines()[0]


class Finding(msgspec.Struct, frozen=True):
    """A fault with the code of the rule that saw it."""

    code: str
    severity: Severity
    field: str
    message: str


def run_rules(claim: ClaimSnapshot, rules: Sequence[Rule]) -> list[Finding]:
    """Everything the rules find, in the order of the rules."""
    return [
        Finding(rule.code, fault.severity, fault.field, fault.message) for rule in rules for fault in rule.check(claim)
    ]


def blocking_codes(findings: Sequence[Finding]) -> list[str]:
    """The codes that keep a claim from going out, each once, in alphabetical order; none means that it may go."""
    return sorted({one.code for one in findings if one.severity == "block"})
