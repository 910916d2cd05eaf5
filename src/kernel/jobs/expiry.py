"""Deletes what is past use: settled jobs, idempotency keys, sessions, links and invitations that open nothing, sign-in attempts.

How long each is kept is said once, by the policies of the login role `intake`, which see nothing that is younger (docs/operations.md).
Audit events stay: they tell of all of it.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from kernel.db.transaction import Tx
from kernel.jobs.listeners import Recorder
from kernel.jobs.outbox import announce

TOPIC = "kernel.expiry.due"
BATCH = 5_000
"""Rows of a table at a time, so that no transaction holds for minutes."""

_EXPIRED = {
    "outbox": sa.text(
        "delete from app.outbox where id in (select id from app.outbox where created_at < now() - interval '7 days'"
        " and coalesce(done_at, dismissed_at) < now() - interval '7 days' limit :batch)"
    ),
    "idempotency_key": sa.text(
        "delete from app.idempotency_key where (practice_id, key) in"
        " (select practice_id, key from app.idempotency_key limit :batch)"
    ),
    "company_idempotency_key": sa.text(
        "delete from app.company_idempotency_key where (company_id, key) in"
        " (select company_id, key from app.company_idempotency_key limit :batch)"
    ),
    "session": sa.text(
        "delete from app.session where (company_id, id) in (select company_id, id from app.session limit :batch)"
    ),
    "password_reset": sa.text(
        "delete from app.password_reset where (company_id, id) in"
        " (select company_id, id from app.password_reset limit :batch)"
    ),
    "invitation": sa.text(
        "delete from app.invitation where (company_id, id) in (select company_id, id from app.invitation limit :batch)"
    ),
    "bill_link": sa.text(
        "delete from app.bill_link where (practice_id, id) in (select practice_id, id from app.bill_link limit :batch)"
    ),
    "sign_in_throttle": sa.text(
        "delete from app.sign_in_throttle where id in (select id from app.sign_in_throttle limit :batch)"
    ),
}


async def handle_expiry_due(tx: Tx, _payload: Mapping[str, str], *, record: Recorder, batch: int = BATCH) -> None:
    """Job (intake): delete so many expired rows of each table; where there may be more, another job goes on at once.

    How many went is on record.
    """
    deleted = {}
    for table, statement in _EXPIRED.items():
        deleted[table] = (await tx.execute(statement, {"batch": batch})).rowcount
    if any(deleted.values()):
        record(tx, "jobs.expired.deleted", "table", changed=deleted)
    if max(deleted.values()) >= batch:
        await announce(tx, TOPIC, {})
