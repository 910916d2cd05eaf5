"""Leaving a trace: one event in the transaction of the fact, sent with its commit.

Values of protected health information never enter an event: `changed` holds field names, and before/after only for fields that
describe no person (states, dates of enrollment, amounts).
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from audit.actions import known
from kernel.clock import now
from kernel.db.at_commit import RowsFunction
from kernel.db.transaction import Tx
from kernel.ids import new_id

Outcome = Literal["done", "refused", "failed"]

_RECORD = RowsFunction("app.record_events")


def record(
    tx: Tx,
    action: str,
    object_type: str,
    object_id: object = "",
    *,
    patient_ids: Sequence[uuid.UUID] = (),
    changed: Mapping[str, Any] | None = None,
    reason: str = "",
    outcome: Outcome = "done",
) -> None:
    """Write one event, sent with the commit. `action` is a line of audit/actions.py; `object_id` identifies what it happened to.

    Who acted, for which practice, in which role, session and request is taken from the transaction's scope, so a caller cannot
    get it wrong; `reason` is what that person gave, where one is asked for. A patient who acts is among the patients, since no
    account names them. Raises ValueError for an action that is not in the vocabulary. 45 CFR 164.312(b).
    """
    known(action, object_type)
    scope = tx.scope
    concerned = list(patient_ids)
    if scope.patient_id is not None and scope.patient_id not in concerned:
        concerned.append(scope.patient_id)
    tx.keep_for_commit(
        _RECORD,
        {
            "company_id": scope.company_id,
            "practice_id": scope.practice_id,
            "id": new_id(),
            "occurred_at": now(),
            "audience": scope.audience,
            "user_id": scope.user_id,
            "role": scope.role,
            "purpose": reason or scope.purpose,
            "session_id": scope.session_id,
            "request_id": scope.request_id,
            "address": scope.address,
            "action": action,
            "object_type": object_type,
            "object_id": str(object_id),
            "patient_ids": concerned,
            "changed": dict(changed or {}),
            "outcome": outcome,
        },
    )
