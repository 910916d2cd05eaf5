"""Which of our claims, and which of its lines, a payer is talking about; with the reason, because a person may have to judge it.

Claims: our control number first, which payers must return (CLP01, RFI 1945), then the payer's own number for a claim it answered
before (CLP07). Lines: the control number we sent (REF*6R, RFI 1917), then procedure, date and charge, then procedure and charge.
Never by position, never by name.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Protocol

import msgspec

from payments.remittance.content import KeptClaim, KeptLine

SURE = 100
CERTAIN_ENOUGH = 80
"""From this score on a match posts without a person."""


class OurLine(Protocol):
    """What matching needs to know of a claim line of ours."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def control_number(self) -> str: ...
    @property
    def procedure_code(self) -> str: ...
    @property
    def charge_cents(self) -> int: ...
    @property
    def service_date(self) -> dt.date: ...


class OurClaim(Protocol):
    """What matching needs to know of a claim of ours."""

    @property
    def number(self) -> str: ...
    @property
    def payer_claim_number(self) -> str: ...
    @property
    def charge_cents(self) -> int: ...


class Match(msgspec.Struct, frozen=True):
    """How sure, and why, in words that a person reads beside the row."""

    score: int
    reason: str


def match_claim(kept: KeptClaim, ours: OurClaim) -> Match:
    """How well a claim payment fits a claim that was found by one of its numbers."""
    same_charge = abs(kept.charge_cents) == ours.charge_cents
    charge = "same charge" if same_charge else "another charge"
    if kept.claim_number == ours.number:
        return Match(SURE if same_charge else 60, f"our claim number, {charge}")
    if kept.payer_claim_number and kept.payer_claim_number == ours.payer_claim_number:
        return Match(90 if same_charge else 50, f"the payer's claim number, {charge}")
    return Match(0, "neither claim number fits")


def match_lines(kept: Sequence[KeptLine], ours: Sequence[OurLine]) -> dict[int, uuid.UUID] | None:
    """For each paid line, by its place, the id of our line; None when any is without a line of its own."""
    free = list(ours)
    found: dict[int, uuid.UUID] = {}
    for fits in (_by_control_number, _by_procedure_date_charge, _by_procedure_charge):
        for place, line in enumerate(kept):
            if place in found:
                continue
            candidates = [one for one in free if fits(line, one)]
            if len(candidates) == 1 or (candidates and _interchangeable(candidates)):
                found[place] = candidates[0].id
                free.remove(candidates[0])
    return found if len(found) == len(kept) else None


def _by_control_number(kept: KeptLine, ours: OurLine) -> bool:
    return bool(kept.control_number) and kept.control_number == ours.control_number


def _by_procedure_date_charge(kept: KeptLine, ours: OurLine) -> bool:
    return _by_procedure_charge(kept, ours) and kept.service_date == ours.service_date


def _by_procedure_charge(kept: KeptLine, ours: OurLine) -> bool:
    code = kept.submitted_code or kept.procedure_code
    return code == ours.procedure_code and abs(kept.charge_cents) == ours.charge_cents


def _interchangeable(lines: Sequence[OurLine]) -> bool:
    """Lines of one claim with the same procedure, date and charge: the books do not care which is which."""
    return len({(line.procedure_code, line.charge_cents, line.service_date) for line in lines}) == 1
