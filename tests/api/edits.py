"""What asks for If-Match, and what does not although it is about something that is there already."""

ENROLLMENT = "/api/v1/practices/{practice_id}/enrollments/{enrollment_id}"

TAKES_IF_MATCH = {
    "PATCH /api/v1/members/{user_id}": "/api/v1/members/{user_id}",
    "POST /api/v1/members/{user_id}/roles": "/api/v1/members/{user_id}",
    f"POST {ENROLLMENT}/approve": ENROLLMENT,
    f"POST {ENROLLMENT}/end": ENROLLMENT,
    f"POST {ENROLLMENT}/refuse": ENROLLMENT,
    "POST /api/v1/practices/{practice_id}/people/{person_id}/role": "/api/v1/practices/{practice_id}/people/{person_id}",
    "PUT /api/v1/company/audit/thresholds": "/api/v1/company/audit/thresholds",
    "PUT /api/v1/practices/{practice_id}/audit/thresholds": "/api/v1/practices/{practice_id}/audit/thresholds",
    "PUT /api/v1/sign-in-policy": "/api/v1/sign-in-policy",
}
"""Edits: they write over what somebody else may have written a moment ago. Each with the address whose ETag it takes."""

ENDS = "ends something for good, whatever it looks like; asked again it is refused by the state, with 409 or 404"
NEW_SECRET = "makes something new of the caller's own, and overwrites nothing that somebody else wrote"
SEEN = "names by its digest the plan that was seen, and is 409 when that has changed"
LOOKS_AGAIN = "takes no value from the caller: it looks at the thing again, as it is now"
ADDS = "adds a thing of its own beside what is read"

MOVES = "moves between states that are its whole content, and is 409 unless the state it is in allows it"
ONCE = "uses a thing once; whoever comes second is refused, or told what the first was told"
SHOWS = "changes nothing"

EXEMPT = {
    "POST /api/v1/api-keys/{key_id}/revoke": ENDS,
    "POST /api/v1/company/practices/{practice}/offboard": SEEN,
    "POST /api/v1/company/practices/{practice}/resume": MOVES,
    "POST /api/v1/company/practices/{practice}/suspend": MOVES,
    "POST /api/v1/invitations/{invitation_id}/withdraw": ENDS,
    "POST /api/v1/members/roles/{membership_id}/end": ENDS,
    "POST /api/v1/members/{user_id}/api-keys/{key_id}/revoke": ENDS,
    "POST /api/v1/members/{user_id}/sessions/end": ENDS,
    "POST /api/v1/practices/{practice_id}/disclosures/{disclosure_id}/withdraw": ENDS,
    "POST /api/v1/practices/{practice_id}/disclosures/{disclosure_id}/suspensions": ADDS,
    "POST /api/v1/practices/{practice_id}/suspensions/{suspension_id}/lift": ENDS,
    "POST /api/v1/practices/{practice_id}/imports/encounters/uploads/{upload_id}": ONCE,
    "POST /api/v1/practices/{practice_id}/imports/{run_id}/rejects/link": SHOWS,
    "POST /api/v1/practices/{practice_id}/people/invitations/{invited_id}/withdraw": ENDS,
    "POST /api/v1/sessions/{session_id}/end": ENDS,
    "POST /api/v1/members/{user_id}/end": ENDS,
    "POST /api/v1/members/{user_id}/transfer": SEEN,
    "POST /api/v1/practices/{practice_id}/claims/{claim_id}/scrub": LOOKS_AGAIN,
    "POST /api/v1/practices/{practice_id}/patients/{patient_id}/bill-code": ADDS,
    "POST /api/v1/practices/{practice_id}/patients/{patient_id}/bill-link": ADDS,
    "POST /api/v1/practices/{practice_id}/patients/{patient_id}/disclosures": ADDS,
    "POST /api/v1/practices/{practice_id}/people/{person_id}/end": ENDS,
    "PUT /api/v1/practices/{practice_id}/patients/{patient_id}/vip": "sets one mark, which has two states and is no part of the record",
    "POST /api/v1/practices/{practice_id}/remittances/{remittance_id}/post": SEEN,
    "PUT /files/{token}": "keeps one file, once; what is there is never replaced",
    "POST /api/v1/second-factor": NEW_SECRET,
    "POST /api/v1/second-factor/confirm": NEW_SECRET,
    "POST /api/v1/second-factor/disable": ENDS,
    "POST /api/v1/second-factor/recovery-codes": NEW_SECRET,
    "POST /api/v1/session": NEW_SECRET,
    "POST /api/v1/session/end": ENDS,
    "POST /api/v1/session/password": "asks for the old password, which is the version of it",
    "POST /api/v1/session/password-again": NEW_SECRET,
    "POST /api/v1/session/second-factor": NEW_SECRET,
}
"""Commands about one thing, each with why nobody's edit can be lost by it."""
