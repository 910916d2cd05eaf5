"""Deletes what has expired: settled jobs, idempotency keys and sessions.

The policies of the `intake` role let it delete nothing that has not expired (see the revision that made them).
"""

from collections.abc import Mapping

import sqlalchemy as sa

from kernel.db.transaction import Tx

BATCH = 5_000
"""A first cleaning of a large table must not hold its transaction for minutes; the next run goes on."""

_EXPIRED = (
    sa.text(
        "delete from app.outbox where id in (select id from app.outbox where created_at < now() - interval '7 days'"
        " and coalesce(done_at, dismissed_at) < now() - interval '7 days' limit :batch)"
    ),
    sa.text(
        "delete from app.idempotency_key where (practice_id, key) in"
        " (select practice_id, key from app.idempotency_key limit :batch)"
    ),
    sa.text(
        "delete from app.company_idempotency_key where (company_id, key) in"
        " (select company_id, key from app.company_idempotency_key limit :batch)"
    ),
    sa.text("delete from app.session where id in (select id from app.session limit :batch)"),
)


async def handle_expiry_due(tx: Tx, _payload: Mapping[str, str]) -> None:
    """Job (intake): delete what the policies show as expired, so many rows of each table at a time."""
    for statement in _EXPIRED:
        await tx.execute(statement, {"batch": BATCH})
