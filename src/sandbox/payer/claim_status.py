"""The 277CA: which claims the payers took, and which they send back unread."""

import datetime as dt

import msgspec

from edi.ack_277ca import ACCEPT, REJECT, ClaimAcknowledgment, ClaimStatus, Status
from edi.claim_837 import Claim
from edi.parties import Party
from sandbox.payer.adjudication import patient_of, payer_claim_number, plain
from sandbox.payer.profiles import is_served
from sandbox.payer.reading import ReceivedSet

WRONG_PAYER = ("A3", "116", "PR")
"""Returned as unprocessable: submitted to a payer that is not served here."""
NO_MEMBER_ID = ("A6", "164", "IL")
"""Rejected for missing information: the subscriber's member number."""
TAKEN = ("A2", "20", "PR")
"""Accepted into adjudication."""


def find_rejection(claim: Claim) -> tuple[str, str, str] | None:
    """Category, status code and entity of why a claim is sent back, or None when it is taken."""
    if not is_served(claim.subscriber.payer.identifier):
        return WRONG_PAYER
    if not claim.subscriber.party.identifier:
        return NO_MEMBER_ID
    return None


def acknowledge_claims(
    one: ReceivedSet, *, file_number: str, reference: str, today: dt.date
) -> list[ClaimAcknowledgment]:
    """The 277CAs of one set: one for each payer and billing provider in it."""
    groups: dict[tuple[str, str], list[Claim]] = {}
    for claim in one.claims:
        groups.setdefault((claim.subscriber.payer.identifier, claim.billing.party.identifier), []).append(claim)
    submitter = one.head.submitter
    return [
        ClaimAcknowledgment(
            reference=f"{reference}-{place}",
            created=today,
            created_time=dt.time(8),
            sender=_organization("PR", claims[0].subscriber.payer),
            receiver=_organization("41", submitter),
            provider=_organization("85", claims[0].billing.party),
            batch_reference=one.head.reference,
            claims=[_status(claim, file_number, today) for claim in claims],
        )
        for place, claims in enumerate(groups.values(), start=1)
    ]


def _organization(role: str, party: Party) -> Party:
    return Party(role, plain(party.name), id_qualifier=party.id_qualifier, identifier=party.identifier)


def _patient_with_member_id(claim: Claim) -> Party:
    """A 277CA has no place for the subscriber, so that the patient carries the member id."""
    patient, member_id = patient_of(claim), claim.subscriber.party.identifier
    return msgspec.structs.replace(patient, id_qualifier="MI" if member_id else "", identifier=member_id)


def _status(claim: Claim, file_number: str, today: dt.date) -> ClaimStatus:
    rejection = find_rejection(claim)
    category, code, entity = rejection or TAKEN
    action = REJECT if rejection else ACCEPT
    dates = [line.service_date for line in claim.lines if line.service_date is not None]
    return ClaimStatus(
        control_number=claim.control_number,
        patient=_patient_with_member_id(claim),
        statuses=[Status(category, code, entity, today, action, claim.charge_cents)],
        payer_claim_number="" if rejection else payer_claim_number(claim, file_number),
        service_date=min(dates, default=None),
        charge_cents=claim.charge_cents,
    )
