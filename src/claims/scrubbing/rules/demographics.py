"""Patient and subscriber: what a payer needs to know whose claim this is."""

import re
from collections.abc import Iterator

from claims.scrubbing.engine import Finding
from claims.scrubbing.snapshot import ClaimSnapshot

_ZIP = re.compile(r"\d{5}(\d{4})?")


def patient_is_complete(claim: ClaimSnapshot) -> Iterator[Finding]:
    """DEM-001: name and address of the patient (X222A1 loops 2010BA and 2010CA)."""
    for field in ("last_name", "first_name", "address", "city", "state_code"):
        if not getattr(claim.patient, field):
            name = field.replace("_", " ")
            yield Finding(
                "DEM-001",
                "block",
                f"patient.{field}",
                f"the patient's {name} is missing; enter it from the registration",
            )


def zip_has_shape(claim: ClaimSnapshot) -> Iterator[Finding]:
    """DEM-002: a ZIP code has five or nine digits."""
    if not _ZIP.fullmatch(claim.patient.zip.replace("-", "")):
        yield Finding("DEM-002", "block", "patient.zip", "the patient's ZIP code needs five or nine digits")


def birth_date_is_sane(claim: ClaimSnapshot) -> Iterator[Finding]:
    """DEM-003: nobody is treated before being born."""
    if claim.service_date < claim.patient.birth_date:
        yield Finding(
            "DEM-003",
            "block",
            "patient.birth_date",
            "the service date lies before the patient's birth; check both dates",
        )


def member_id_is_present(claim: ClaimSnapshot) -> Iterator[Finding]:
    """COV-001: the payer finds the member by this id."""
    if not claim.coverage.member_id:
        yield Finding(
            "COV-001", "block", "coverage.member_id", "the member id of the insurance is missing; copy it from the card"
        )


def subscriber_is_present(claim: ClaimSnapshot) -> Iterator[Finding]:
    """COV-002: a dependent's claim names the subscriber."""
    coverage = claim.coverage
    if coverage.relationship == "self":
        return
    if not (coverage.subscriber_last_name and coverage.subscriber_first_name):
        yield Finding(
            "COV-002",
            "block",
            "coverage.subscriber",
            "the patient is insured through somebody else; enter the subscriber's name",
        )
