"""What a row of the encounter template says, as typed values: read and consistent, but not yet judged as a claim.

An empty optional cell is "" for text and None for dates. Amounts are integer cents.
"""

from datetime import date

import msgspec


class PatientDraft(msgspec.Struct, frozen=True):
    """The patient as the practice sent them; `account_no` is unique within the practice only."""

    account_no: str
    last_name: str
    first_name: str
    birth_date: date
    sex: str
    address_1: str
    city: str
    state: str
    zip: str
    phone: str


class SubscriberDraft(msgspec.Struct, frozen=True):
    """Who holds the insurance, when that is not the patient. Any of it may be missing."""

    last_name: str
    first_name: str
    birth_date: date | None
    sex: str


class CoverageDraft(msgspec.Struct, frozen=True):
    """One insurance. `payer_id` is our payer code; `subscriber` is None when `relationship` is self."""

    payer_id: str
    member_id: str
    group_no: str
    relationship: str
    subscriber: SubscriberDraft | None


class ReferringDraft(msgspec.Struct, frozen=True):
    """Who referred the patient. Any of it may be missing, or wrong."""

    npi: str
    last_name: str
    first_name: str


class ServiceLineDraft(msgspec.Struct, frozen=True):
    """One service. `file_line` is the physical line of its row; `diagnosis_pointers` count diagnoses from 1."""

    file_line: int
    line_no: int
    procedure_code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    diagnosis_pointers: tuple[int, ...]
    note: str


class EncounterDraft(msgspec.Struct, frozen=True):
    """One visit with its service lines in order of `line_no`.

    `diagnoses` stand without the dot, as claims carry them, and keep their positions: a missing first one is "".
    """

    encounter_no: str
    service_date: date
    patient: PatientDraft
    primary: CoverageDraft
    secondary: CoverageDraft | None
    rendering_npi: str
    referring: ReferringDraft | None
    place_of_service: str
    prior_authorization_no: str
    diagnoses: tuple[str, ...]
    lines: tuple[ServiceLineDraft, ...]

    @property
    def charge_cents(self) -> int:
        """The charge of all lines."""
        return sum(line.charge_cents for line in self.lines)
