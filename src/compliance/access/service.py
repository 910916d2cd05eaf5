"""Use case: asking who has seen a patient. The question is on record itself."""

import uuid

import msgspec

from audit.public import accesses_of_patient, record
from compliance.access.viewers import Viewer, viewers
from compliance.periods import Period
from kernel.db.transaction import Tx
from patients.public import patient_exists
from tenancy.public import names_of_people

STATEMENT = (
    "Everything on record that showed this patient or worked with the records, alone or among others: pages of lists, searches, files"
    " and single records. Reading the audit log shows the ids of patients and nothing else about them; it counts where it was asked"
    " for this patient."
)


class PatientAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Who has seen a patient's records in a period, whoever was there last first. `statement` says what is counted."""

    patient_id: uuid.UUID
    period: Period
    statement: str
    viewers: list[Viewer]


async def who_has_seen(tx: Tx, patient_id: uuid.UUID, period: Period) -> PatientAccess:
    """Everybody who had this patient's records before their eyes. Raises NotFound for a patient of nobody or of others."""
    await patient_exists(tx, patient_id)
    accesses = await accesses_of_patient(tx, patient_id, since=period.since, until=period.until)
    names = await names_of_people(tx, (one.user_id for one in accesses))
    record(tx, "compliance.access.reported", "patient", patient_id, patient_ids=[patient_id])
    return PatientAccess(patient_id=patient_id, period=period, statement=STATEMENT, viewers=viewers(accesses, names))
