"""What is sent to each address besides its path, so that every id in the API can be tried with somebody else's."""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import httpx

Ids = Mapping[str, uuid.UUID]
Sent = Mapping[str, Any]

REASON = "trying the door"
SUSPENSION = {"agency": "County Sheriff", "statement": "written", "stated_on": "2026-03-02", "until": "2026-03-31"}
DISCLOSURE = {
    "disclosed_on": "2026-03-02", "recipient_name": "County Sheriff", "what": "Days of visits", "purpose": "A missing person",
    "ground": "law_enforcement", "suspension": SUSPENSION,
}  # fmt: skip
NO_DIGEST = "0" * 64

BESIDES: dict[str, Callable[[Ids], Sent]] = {
    "POST /api/v1/company/practices/{practice}/offboard": lambda _: {"json": {"digest": NO_DIGEST, "reason": REASON}},
    "POST /api/v1/company/practices/{practice}/resume": lambda _: {"json": {"reason": REASON}},
    "POST /api/v1/company/practices/{practice}/suspend": lambda _: {"json": {"reason": REASON}},
    "POST /api/v1/invitations/{invitation_id}/withdraw": lambda _: {},
    "POST /api/v1/members/roles/{membership_id}/end": lambda _: {"json": {"reason": REASON}},
    "PATCH /api/v1/members/{user_id}": lambda _: {"json": {"display_name": "Another Name"}},
    "POST /api/v1/api-keys/{key_id}/revoke": lambda _: {},
    "POST /api/v1/sessions/{session_id}/end": lambda _: {},
    "POST /api/v1/members/{user_id}/api-keys/{key_id}/revoke": lambda _: {},
    "POST /api/v1/members/{user_id}/sessions/end": lambda _: {},
    "POST /api/v1/practices/{practice_id}/patients/{patient_id}/bill-link": lambda _: {},
    "POST /api/v1/members/{user_id}/end": lambda _: {"json": {"reason": REASON}},
    "POST /api/v1/members/{user_id}/roles": lambda _: {
        "json": {"roles": [{"role": "auditor", "practice_id": None}], "reason": REASON}
    },
    "GET /api/v1/members/{user_id}/transfer": lambda ids: {"params": {"to": str(ids["colleague_id"])}},
    "POST /api/v1/members/{user_id}/transfer": lambda ids: {
        "json": {"to_user_id": str(ids["colleague_id"]), "digest": NO_DIGEST, "reason": REASON}
    },
    "POST /api/v1/practices/{practice_id}/claims/submit": lambda _: {},
    "POST /api/v1/practices/{practice_id}/claims/{claim_id}/scrub": lambda _: {},
    "POST /api/v1/practices/{practice_id}/connections": lambda _: {
        "json": {
            "name": "Another", "folder": f"another-{uuid.uuid4()}", "submitter_id": "SUBMIT", "receiver_id": "RECEIVE",
            "receiver_name": "ANOTHER",
        }
    },
    "POST /api/v1/practices/{practice_id}/edi-files/poll": lambda _: {},
    "POST /api/v1/practices/{practice_id}/enrollments": lambda ids: {
        "json": {"provider_npi": "2999901012", "payer_id": str(ids["payer_id"]), "requested_date": "2026-01-01"}
    },
    "POST /api/v1/practices/{practice_id}/enrollments/{enrollment_id}/approve": lambda _: {
        "json": {"effective_date": "2026-01-01"}
    },
    "POST /api/v1/practices/{practice_id}/enrollments/{enrollment_id}/end": lambda _: {
        "json": {"ended_date": "2026-12-31"}
    },
    "POST /api/v1/practices/{practice_id}/enrollments/{enrollment_id}/refuse": lambda _: {},
    "POST /api/v1/practices/{practice_id}/imports/encounters": lambda _: {
        "content": b"encounter_number\n", "params": {"file_name": "none.csv"},
    },
    "POST /api/v1/practices/{practice_id}/imports/encounters/uploads": lambda _: {
        "json": {"size_bytes": 10, "sha256": NO_DIGEST}
    },
    "POST /api/v1/practices/{practice_id}/imports/encounters/uploads/{upload_id}": lambda _: {},
    "POST /api/v1/practices/{practice_id}/imports/{run_id}/rejects/link": lambda _: {},
    "POST /api/v1/practices/{practice_id}/patients/{patient_id}/bill-code": lambda _: {},
    "POST /api/v1/practices/{practice_id}/people/invitations": lambda _: {
        "json": {
            "email": f"{uuid.uuid4()}@riverbend.example", "display_name": "Sam Example", "role": "clinician", "reason": REASON,
        }
    },
    "POST /api/v1/practices/{practice_id}/people/invitations/{invited_id}/withdraw": lambda _: {},
    "POST /api/v1/practices/{practice_id}/people/{person_id}/end": lambda _: {"json": {"reason": REASON}},
    "POST /api/v1/practices/{practice_id}/people/{person_id}/role": lambda _: {
        "json": {"role": "practice_admin", "reason": REASON}
    },
    "PUT /api/v1/practices/{practice_id}/audit/thresholds": lambda _: {"json": {"own": None}},
    "PUT /api/v1/practices/{practice_id}/patients/{patient_id}/vip": lambda _: {"json": {"vip": True}},
    "POST /api/v1/practices/{practice_id}/patients/{patient_id}/disclosures": lambda _: {"json": DISCLOSURE},
    "POST /api/v1/practices/{practice_id}/disclosures/{disclosure_id}/withdraw": lambda _: {"json": {"reason": REASON}},
    "POST /api/v1/practices/{practice_id}/disclosures/{disclosure_id}/suspensions": lambda _: {"json": SUSPENSION},
    "POST /api/v1/practices/{practice_id}/suspensions/{suspension_id}/lift": lambda _: {"json": {"reason": REASON}},
    "POST /api/v1/practices/{practice_id}/providers": lambda _: {
        "json": {"npi": "2999909023", "last_name": "Another", "first_name": "Ines", "taxonomy": "207Q00000X"}
    },
    "POST /api/v1/practices/{practice_id}/remittances/{remittance_id}/post": lambda _: {
        "json": {"plan_digest": NO_DIGEST}
    },
}  # fmt: skip
"""By route with an id in its path: what a change of anything needs to be understood."""

MENTIONED: dict[str, Callable[[Ids], Sent]] = {
    "POST /api/v1/practices/{practice_id}/enrollments": BESIDES["POST /api/v1/practices/{practice_id}/enrollments"],
    "POST /api/v1/invitations": lambda ids: {
        "json": {
            "email": f"{uuid.uuid4()}@northgate.example", "display_name": "Sam Example", "reason": REASON,
            "roles": [{"role": "biller", "practice_id": str(ids["practice_id"])}],
        }
    },
    "POST /api/v1/members/{user_id}/roles": lambda ids: {
        "json": {"roles": [{"role": "biller", "practice_id": str(ids["practice_id"])}], "reason": REASON}
    },
    "GET /api/v1/members/{user_id}/transfer": BESIDES["GET /api/v1/members/{user_id}/transfer"],
    "POST /api/v1/members/{user_id}/transfer": BESIDES["POST /api/v1/members/{user_id}/transfer"],
}  # fmt: skip
"""By route: an id in what is sent, under an address of our own."""

NAMES_NOBODY = {
    "GET /api/v1/access-review", "GET /api/v1/access-review/files/{file_format}", "GET /api/v1/company/practices",
    "GET /api/v1/company/audit/actions", "GET /api/v1/company/audit/events", "GET /api/v1/company/audit/events/csv",
    "GET /api/v1/company/audit/thresholds", "PUT /api/v1/company/audit/thresholds",
    "GET /api/v1/invitations", "POST /api/v1/invitations/accept", "GET /api/v1/members", "GET /api/v1/openapi",
    "GET /api/v1/openapi/openapi.json", "GET /api/v1/openapi/{path}", "POST /api/v1/payers", "POST /api/v1/practices",
    "GET /api/v1/roles", "GET /api/v1/session", "POST /api/v1/session", "POST /api/v1/session/end",
    "GET /api/v1/api-keys", "POST /api/v1/api-keys", "GET /api/v1/sessions", "POST /api/v1/sessions/end-others",
    "POST /api/v1/session/password-again", "POST /api/v1/session/second-factor", "POST /api/v1/session/password",
    "POST /api/v1/password-reset", "POST /api/v1/password-reset/finish", "GET /api/v1/sign-in-policy", "PUT /api/v1/sign-in-policy",
    "GET /api/v1/second-factor", "POST /api/v1/second-factor", "POST /api/v1/second-factor/confirm",
    "POST /api/v1/second-factor/disable", "POST /api/v1/second-factor/recovery-codes",
    "GET /bill/once/{token}", "POST /bill/once/{token}",
    "GET /bill", "POST /bill", "GET /bill/account", "POST /bill/end", "GET /bill/link/{code}", "POST /bill/link/{code}",
    "GET /bill/pay", "POST /bill/pay", "GET /bill/text/{size}", "GET /health/live", "GET /health/ready", "GET /static/{path}",
    "GET /files/{token}", "PUT /files/{token}",
    "POST /webhooks/stripe",
}  # fmt: skip
"""Routes without any id: the caller's own things, the company's, or nobody's. Codes and tokens are secrets, and tried where they live."""

ANSWERED_EMPTY = {"GET /api/v1/members/{user_id}/api-keys", "POST /api/v1/members/{user_id}/sessions/end"}
"""Routes that answer an id of nobody with nothing instead of a refusal."""

WITHOUT_ROWS = {"table": "aging", "file_format": "csv"}
"""Parts of a path that are no ids."""


def ids_in(route: str) -> set[str]:
    """The names of the ids in a route's path."""
    return set(re.findall(r"{(\w+)}", route)) - {*WITHOUT_ROWS, "path", "code", "size", "token"}


async def knock(
    client: httpx.AsyncClient, route: str, ids: Ids, besides: Callable[[Ids], Sent] | None = None
) -> httpx.Response:
    """Call a route with these ids in its path and in what is sent."""
    method, path = route.split(" ")
    address = re.sub(r"{(\w+)}", lambda name: str({**WITHOUT_ROWS, **ids}[name[1]]), path)
    sent = dict((besides or BESIDES.get(route, lambda _: {}))(ids))
    if method != "GET":
        sent["headers"] = {"Idempotency-Key": str(uuid.uuid4()), "If-Match": "*"}
    return await client.request(method, address, **sent)
