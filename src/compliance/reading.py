"""Use cases over the audit log: searching it, and asking who has seen a patient. Each is on record itself."""

import uuid

import msgspec

from audit.public import EventFilter, FoundEvent, accesses_of_patient, find_events, record
from compliance.actors import actor_name
from compliance.patient_access import Viewer, viewers, words_of
from compliance.periods import Period
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from patients.public import patient_exists
from tenancy.public import names_of_people


class ShownEvent(FoundEvent, frozen=True, kw_only=True):
    """An event with what it means: who, by name, did what, in words."""

    name: str
    words: str


class PatientAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Who has seen a patient's records in a period, whoever was there last first."""

    patient_id: uuid.UUID
    period: Period
    viewers: list[Viewer]


async def search_events(tx: Tx, asked: EventFilter, page: PageAsked) -> list[ShownEvent]:
    """Events of the practice, newest first, a page and one more."""
    found = await find_events(tx, asked, page)
    names = await names_of_people(tx, (one.user_id for one in found))
    return [
        ShownEvent(
            **msgspec.structs.asdict(one),
            name=actor_name(one.audience, one.user_id, names),
            words=words_of(one.action),
        )
        for one in found
    ]


async def who_has_seen(tx: Tx, patient_id: uuid.UUID, period: Period) -> PatientAccess:
    """Everybody who had this patient's records before their eyes. Raises NotFound for a patient of nobody or of others."""
    await patient_exists(tx, patient_id)
    accesses = await accesses_of_patient(tx, patient_id, since=period.since, until=period.until)
    names = await names_of_people(tx, (one.user_id for one in accesses))
    await record(tx, "compliance.access.reported", "patient", patient_id, patient_ids=[patient_id])
    return PatientAccess(patient_id=patient_id, period=period, viewers=viewers(accesses, names))
