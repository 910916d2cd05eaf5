"""Codes and amounts: shapes, pointers, units and sums. Which codes exist on a date needs licensed lists and is not checked here."""

import re
from collections.abc import Iterator

from claims.scrubbing.engine import Finding
from claims.scrubbing.snapshot import ClaimSnapshot

_PROCEDURE = re.compile(r"[A-V]\d{4}|\d{4}[0-9AFTU]")
"""HCPCS Level II, or the shape of a CPT code."""
_DIAGNOSIS = re.compile(r"[A-TV-Z]\d[0-9A-Z]([0-9A-Z]{0,4})")
"""ICD-10-CM without the point (CMS guidelines: three to seven characters, the second a digit)."""
_MODIFIER = re.compile(r"[0-9A-Z]{2}")
_PLACE = re.compile(r"\d{2}")

MOST_DIAGNOSES, MOST_LINES = 12, 50


def diagnoses_are_coded(claim: ClaimSnapshot) -> Iterator[Finding]:
    """COD-001 and COD-002: a principal diagnosis, and codes that can be ICD-10-CM."""
    if not claim.diagnoses or not claim.diagnoses[0]:
        yield Finding("COD-001", "block", "diagnoses/1", "the first diagnosis is missing; a claim needs at least one")
    if len(claim.diagnoses) > MOST_DIAGNOSES:
        yield Finding("COD-002", "block", "diagnoses", f"a professional claim holds at most {MOST_DIAGNOSES} diagnoses")
    for place, code in enumerate(claim.diagnoses, start=1):
        if code and not _DIAGNOSIS.fullmatch(code):
            yield Finding(
                "COD-002",
                "block",
                f"diagnoses/{place}",
                f"diagnosis {place} is not shaped like ICD-10-CM, such as J069 or M1711",
            )


def procedures_are_coded(claim: ClaimSnapshot) -> Iterator[Finding]:
    """COD-003: codes that can be HCPCS or CPT."""
    for line in claim.lines:
        if not _PROCEDURE.fullmatch(line.procedure_code):
            yield Finding(
                "COD-003",
                "block",
                f"lines/{line.line_number}/procedure_code",
                f"line {line.line_number}: a procedure code is a letter and four digits, or five digits",
            )


def modifiers_are_sound(claim: ClaimSnapshot) -> Iterator[Finding]:
    """COD-004: at most four modifiers of two characters, none twice."""
    for line in claim.lines:
        field = f"lines/{line.line_number}/modifiers"
        if len(set(line.modifiers)) != len(line.modifiers):
            yield Finding(
                "COD-004", "block", field, f"line {line.line_number}: the same modifier stands there twice; remove one"
            )
        if len(line.modifiers) > 4 or any(not _MODIFIER.fullmatch(one) for one in line.modifiers):
            message = f"line {line.line_number}: at most four modifiers of two letters or digits"
            yield Finding("COD-004", "block", field, message)


def pointers_point(claim: ClaimSnapshot) -> Iterator[Finding]:
    """COD-005: every line points at one to four diagnoses that are there (SV107)."""
    present = {place for place, code in enumerate(claim.diagnoses, start=1) if code}
    for line in claim.lines:
        field = f"lines/{line.line_number}/pointers"
        if not 1 <= len(line.pointers) <= 4:
            yield Finding("COD-005", "block", field, f"line {line.line_number}: point to one to four diagnoses")
        elif not set(line.pointers) <= present:
            yield Finding(
                "COD-005",
                "block",
                field,
                f"line {line.line_number} points to a diagnosis that is not on the claim; it has {len(present)}",
            )


def place_is_coded(claim: ClaimSnapshot) -> Iterator[Finding]:
    """COD-006: a place of service has two digits."""
    if not _PLACE.fullmatch(claim.place_of_service):
        yield Finding(
            "COD-006", "block", "place_of_service", "the place of service needs two digits, such as 11 for an office"
        )


def amounts_add_up(claim: ClaimSnapshot) -> Iterator[Finding]:
    """BAL-001 and BAL-002: each line costs something for at least one unit, and the lines are the claim."""
    if not 1 <= len(claim.lines) <= MOST_LINES:
        yield Finding("BAL-001", "block", "lines", f"a professional claim holds 1 to {MOST_LINES} lines; split it")
    for line in claim.lines:
        where = f"lines/{line.line_number}"
        if line.charge_cents <= 0:
            message = f"line {line.line_number}: the charge must be more than $0.00"
            yield Finding("BAL-001", "block", f"{where}/charge_cents", message)
        if line.units <= 0:
            yield Finding("BAL-001", "block", f"{where}/units", f"line {line.line_number}: at least one unit")
    if sum(line.charge_cents for line in claim.lines) != claim.charge_cents:
        yield Finding("BAL-002", "block", "charge_cents", "the lines do not add up to the claim's charge")
