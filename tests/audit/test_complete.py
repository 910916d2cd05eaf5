"""The check that an event says all it must is itself able to fail."""

import uuid
from typing import Any

import msgspec
import pytest
from tests.audit.complete import Event, lacks

SOMEBODY = uuid.UUID(int=7)
EDIT = Event(
    action="patients.patient.changed",
    outcome="done",
    audience="staff",
    user_id=SOMEBODY,
    role="biller",
    purpose="",
    session_id=SOMEBODY,
    request_id="r",
    address="2001:db8::1",
    object_type="patient",
    object_id="",
    patient_ids=[SOMEBODY],
    changed={"fields": ["phone"]},
    practice_id=SOMEBODY,
    company_id=SOMEBODY,
)


@pytest.mark.parametrize(
    ("change", "lack"),
    [
        ({"request_id": ""}, "request"),
        ({"address": ""}, "address"),
        ({"user_id": None}, "actor"),
        ({"session_id": None}, "session"),
        ({"role": ""}, "role"),
        ({"role": "patient", "patient_ids": []}, "patient"),
        ({"changed": {}}, "what changed, or why"),
        ({"action": "patients.patient.listed", "patient_ids": [], "changed": {}}, "object"),
        ({"role": "job"}, "topic"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_left_out_is_noticed(change: dict[str, Any], lack: str) -> None:
    assert list(lacks(EDIT)) == []
    assert list(lacks(msgspec.structs.replace(EDIT, **change))) == [lack]
