"""Codes: shapes and pointers. Which codes exist on a date needs licensed lists and is not checked here."""

import re
from collections.abc import Iterator

from claims.scrubbing.engine import Fault
from claims.scrubbing.snapshot import ClaimSnapshot

_PROCEDURE = re.compile(r"[A-V]\d{4}|\d{4}[0-9AFTU]")
"""HCPCS Level II, or the shape of a CPT code."""
_DIAGNOSIS = re.compile(r"[A-Z]\d[0-9A-Z][0-9A-Z]{0,4}")
"""ICD-10-CM without the point (CMS guidelines: three to seven characters, a letter and a digit first)."""
_MODIFIER = re.compile(r"[0-9A-Z]{2}")
_PLACE = re.compile(r"\d{2}")

MOST_DIAGNOSES = 12
MOST_MODIFIERS = 4
MOST_POINTERS = 4


def a_diagnosis_comes_first(claim: ClaimSnapshot) -> Iterator[Fault]:
    """The first diagnosis is there: it is the reason for the visit."""
    if not claim.diagnoses or not claim.diagnoses[0]:
        yield Fault("diagnoses/1", "the first diagnosis is missing; a claim needs at least one")


def diagnoses_have_shape(claim: ClaimSnapshot) -> Iterator[Fault]:
    """Diagnoses can be ICD-10-CM codes, at most twelve."""
    if len(claim.diagnoses) > MOST_DIAGNOSES:
        yield Fault("diagnoses", f"a professional claim holds at most {MOST_DIAGNOSES} diagnoses; split the claim")
    for place, code in enumerate(claim.diagnoses, start=1):
        if code and not _DIAGNOSIS.fullmatch(code):
            yield Fault(f"diagnoses/{place}", f"diagnosis {place} is not shaped like ICD-10-CM, such as J069 or M1711")


def procedures_have_shape(claim: ClaimSnapshot) -> Iterator[Fault]:
    """Procedures can be HCPCS or CPT codes."""
    for line in claim.lines:
        if not _PROCEDURE.fullmatch(line.procedure_code):
            yield Fault(
                f"lines/{line.line_number}/procedure_code",
                f"line {line.line_number}: a procedure code is a letter and four digits, or five digits",
            )


def modifiers_are_sound(claim: ClaimSnapshot) -> Iterator[Fault]:
    """A line has at most four modifiers of two characters, none twice."""
    for line in claim.lines:
        field = f"lines/{line.line_number}/modifiers"
        if len(set(line.modifiers)) != len(line.modifiers):
            yield Fault(field, f"line {line.line_number}: the same modifier stands there twice; remove one")
        if len(line.modifiers) > MOST_MODIFIERS or not all(_MODIFIER.fullmatch(one) for one in line.modifiers):
            yield Fault(field, f"line {line.line_number}: at most four modifiers of two letters or digits")


def pointers_point(claim: ClaimSnapshot) -> Iterator[Fault]:
    """Every line points at one to four diagnoses that are there (SV107)."""
    present = {place for place, code in enumerate(claim.diagnoses, start=1) if code}
    for line in claim.lines:
        field = f"lines/{line.line_number}/pointers"
        if not 1 <= len(line.pointers) <= MOST_POINTERS:
            yield Fault(field, f"line {line.line_number}: point to one to four diagnoses")
        elif not set(line.pointers) <= present:
            yield Fault(
                field,
                f"line {line.line_number} points to a diagnosis that is not on the claim; it has {len(present)}",
            )


def place_has_shape(claim: ClaimSnapshot) -> Iterator[Fault]:
    """The place of service has two digits."""
    if not _PLACE.fullmatch(claim.place_of_service):
        yield Fault("place_of_service", "the place of service needs two digits, such as 11 for an office")
