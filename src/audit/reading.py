"""Events in the order they are sealed in, streamed from the database as it writes them.

COPY costs a third of what fetching rows does and holds no more than a few hundred at a time, however many there are. What is
hashed is made here from the values (`audit.encoding`), never by the database.
"""

import uuid
from collections.abc import Callable, Sequence

from audit.encoding import EventRow
from kernel.db.copy_text import rows_in
from kernel.db.driver import sqlalchemy_errors
from kernel.db.transaction import Tx

Take = Callable[[Sequence[EventRow]], None]
"""What is done with the next events."""


async def read_events(tx: Tx, low: int, high: int, take: Take, practice_id: uuid.UUID | None = None) -> None:
    """Give events with position from `low` to below `high` to `take`, some at a time; of one practice, when it is named.

    Their order: transactions as numbers, then the database's clock, then id.
    """
    rest = b""

    async def parts(part: bytes) -> None:
        nonlocal rest
        whole, _, rest = (rest + part).rpartition(b"\n")
        if whole:
            take([EventRow._make(values) for values in rows_in(whole.decode())])

    with sqlalchemy_errors():
        await tx.driver.copy_from_query(_EVENTS, str(low), str(high), practice_id, output=parts)


async def events_between(tx: Tx, low: int, high: int, practice_id: uuid.UUID) -> list[EventRow]:
    """The same events of one practice in a list: for a few."""
    found: list[EventRow] = []
    await read_events(tx, low, high, found.extend, practice_id)
    return found


_EVENTS = """
    select company_id, practice_id, id,
           case when isfinite(occurred_at) and occurred_at >= '0001-01-01 00:00:00+00'
                then to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') else occurred_at::text end,
           case when isfinite(recorded_at) and recorded_at >= '0001-01-01 00:00:00+00'
                then to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') else recorded_at::text end,
           xid, audience, user_id, role, purpose, session_id, request_id, address, action, object_type, object_id, patient_ids, changed,
           outcome
    from app.audit_event
    where xid >= cast(cast($1 as text) as xid8) and xid < cast(cast($2 as text) as xid8)
      and (cast($3 as uuid) is null or practice_id = cast($3 as uuid))
    order by audit_event.xid, audit_event.recorded_at, audit_event.id
"""
"""The driver puts the values in as literals, so the planner knows them. (`to_char` would write a year before the first as one after.)"""
