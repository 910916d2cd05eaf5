"""Drafts of encounters, made into what patients and claims keep; pure."""

import uuid
from collections.abc import Mapping, Sequence

from claims.public import NewCharge, NewEncounter
from interop.csv.drafts import CoverageDraft, EncounterDraft, ReferringDraft, ServiceLineDraft, SubscriberDraft
from patients.public import NewCoverage, NewPatient

_NOBODY = SubscriberDraft(last_name="", first_name="", birth_date=None, sex="")
_NOT_REFERRED = ReferringDraft(npi="", last_name="", first_name="")


def patient_of(draft: EncounterDraft) -> NewPatient:
    """Who was treated."""
    person = draft.patient
    return NewPatient(
        account_number=person.account_no,
        last_name=person.last_name,
        first_name=person.first_name,
        birth_date=person.birth_date,
        sex=person.sex,
        address=person.address_1,
        city=person.city,
        state_code=person.state,
        zip=person.zip,
        phone=person.phone,
    )


def coverages_of(draft: EncounterDraft, patient_id: uuid.UUID, payers: Mapping[str, uuid.UUID]) -> list[NewCoverage]:
    """Who pays, the primary first. `payers` are the ids of payer codes."""
    told = (draft.primary,) if draft.secondary is None else (draft.primary, draft.secondary)
    return [_coverage(one, rank, patient_id, payers[one.payer_id]) for rank, one in enumerate(told, start=1)]


def encounter_of(
    draft: EncounterDraft, patient_id: uuid.UUID, coverage_ids: Sequence[uuid.UUID], source: str
) -> NewEncounter:
    """The visit, paid for by these coverages in this order."""
    referring = draft.referring or _NOT_REFERRED
    return NewEncounter(
        number=draft.encounter_no,
        patient_id=patient_id,
        service_date=draft.service_date,
        rendering_npi=draft.rendering_npi,
        referring_npi=referring.npi,
        referring_last_name=referring.last_name,
        referring_first_name=referring.first_name,
        place_of_service=draft.place_of_service,
        prior_authorization=draft.prior_authorization_no,
        diagnoses=draft.diagnoses,
        primary_coverage_id=coverage_ids[0],
        secondary_coverage_id=coverage_ids[1] if len(coverage_ids) > 1 else None,
        source=source,
        charges=tuple(_charge(line) for line in draft.lines),
    )


def _coverage(told: CoverageDraft, rank: int, patient_id: uuid.UUID, payer_id: uuid.UUID) -> NewCoverage:
    subscriber = told.subscriber or _NOBODY
    return NewCoverage(
        patient_id=patient_id,
        rank=rank,
        payer_id=payer_id,
        member_id=told.member_id,
        group_number=told.group_no,
        relationship=told.relationship,
        subscriber_last_name=subscriber.last_name,
        subscriber_first_name=subscriber.first_name,
        subscriber_birth_date=subscriber.birth_date,
        subscriber_sex=subscriber.sex,
    )


def _charge(line: ServiceLineDraft) -> NewCharge:
    return NewCharge(
        line_number=line.line_no,
        procedure_code=line.procedure_code,
        modifiers=line.modifiers,
        units=line.units,
        charge_cents=line.charge_cents,
        pointers=line.diagnosis_pointers,
    )
