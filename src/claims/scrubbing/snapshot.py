"""The read-only picture of a claim that rules see: everything they may ask, nothing they could change."""

import datetime as dt
import uuid

import msgspec

from claims.prior import PriorDecision
from patients.public import Coverage, Patient


class LineSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One service line."""

    id: uuid.UUID
    line_number: int
    procedure_code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    pointers: tuple[int, ...]


class ClaimSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A claim at the moment it is scrubbed, for the payer it goes to next. Dates are the practice's."""

    claim_id: uuid.UUID
    patient_id: uuid.UUID
    state: str
    charge_cents: int
    service_date: dt.date
    place_of_service: str
    prior_authorization: str
    diagnoses: tuple[str, ...]
    rendering_npi: str
    provider_id: uuid.UUID | None
    """The provider of this NPI, if the practice has one now."""
    stored_provider_id: uuid.UUID | None
    """The provider the claim was last known to be of."""
    enrolled: bool
    """Whether that provider is enrolled with this payer on the service date."""
    referring_npi: str
    referring_last_name: str
    patient: Patient
    coverage: Coverage
    payer_kind: str
    payer_order: int
    timely_filing_days: int
    with_payer_already: bool
    """Whether this payer was sent the claim and has not sent it back."""
    prior: tuple[PriorDecision, ...]
    """Decisions of earlier payers that are in force."""
    lines: tuple[LineSnapshot, ...]
    today: dt.date
