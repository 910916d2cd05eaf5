"""The read-only picture of a claim that rules see: everything they may ask, nothing they could change."""

import datetime as dt
import uuid

import msgspec

from patients.public import Coverage, Patient


class LineSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One service line."""

    line_number: int
    procedure_code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    pointers: tuple[int, ...]
    service_date: dt.date


class ClaimSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A claim at the moment it is scrubbed, for the payer it goes to next."""

    claim_id: uuid.UUID
    number: str
    state: str
    charge_cents: int
    service_date: dt.date
    place_of_service: str
    diagnoses: tuple[str, ...]
    rendering_npi: str
    provider_known: bool
    enrolled: bool
    """Whether the rendering provider is enrolled with this payer on the service date."""
    referring_npi: str
    referring_last_name: str
    patient: Patient
    coverage: Coverage
    timely_filing_days: int
    payer_order: int
    lines: tuple[LineSnapshot, ...]
    today: dt.date
