"""The door to claims."""

from claims.acknowledgements import handle_edi_277ca, handle_edi_999
from claims.adjudications import NewAdjudication, record_adjudications
from claims.building import build_claims, handle_encounters_captured
from claims.charges.capture import Captured, NewCharge, NewEncounter, capture_encounters
from claims.concerned import patients_of_claims, patients_submitted_in
from claims.errors import EncounterChanged
from claims.reading import (
    ClaimLine,
    PatientClaim,
    charged_cents,
    claims_of_patient,
    count_by_state,
    count_open_claims,
    service_dates,
    settle_claims,
)
from claims.remitted import RemittedClaim, RemittedLine, claims_for_remittance
from claims.scrubbing.service import handle_enrollment_approved
from claims.submission.service import Submitted, handle_file_sent, submit_ready

__all__ = [
    "Captured",
    "ClaimLine",
    "EncounterChanged",
    "NewAdjudication",
    "NewCharge",
    "NewEncounter",
    "PatientClaim",
    "RemittedClaim",
    "RemittedLine",
    "Submitted",
    "build_claims",
    "capture_encounters",
    "charged_cents",
    "claims_for_remittance",
    "claims_of_patient",
    "count_by_state",
    "count_open_claims",
    "handle_edi_277ca",
    "handle_edi_999",
    "handle_encounters_captured",
    "handle_enrollment_approved",
    "handle_file_sent",
    "patients_of_claims",
    "patients_submitted_in",
    "record_adjudications",
    "service_dates",
    "settle_claims",
    "submit_ready",
]
