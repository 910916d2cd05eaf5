"""What only the owner of the audit tables can do, by a named operator: drop an old month, begin an epoch, make partitions ahead.

Statements name partitions and offsets, which cannot be parameters; both are made here from numbers.
"""

import datetime as dt
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, text

from app.migrate import as_owner
from audit.batches import EXPIRED
from audit.errors import StillKept
from audit.retention import DroppedChain
from kernel.clock import wall_now
from kernel.ids import new_id
from kernel.settings import Settings

MONTHS_AHEAD = 24

_HELD = text("""
    select count(*) from (
        select distinct on (practice_id) practice_id, state from app.audit_hold order by practice_id, decided_at desc, id desc) as newest
    where state = 'placed' and practice_id = any(:practices)
""")
_RECORD = text("""
    insert into app.audit_event (company_id, practice_id, id, occurred_at, audience, role, purpose, request_id, address, action,
        object_type, object_id, patient_ids, changed, outcome)
    values (:company_id, :practice_id, :id, :at, 'migrator', 'operator', :purpose, 'command', '', :action, 'audit_month', :month, '{}',
        cast(:changed as jsonb), 'done')
""")
_EPOCH = text("""
    insert into app.audit_epoch
    select max(number) + 1, (select system_identifier::text from pg_control_system()), :xid_offset, :after, :reason, :at
    from app.audit_epoch returning number
""")
_OFFSET = text("select xid_offset from app.audit_epoch order by number desc limit 1")
_EXISTS = text("select to_regclass(:name) is not null")


def drop_month(settings: Settings, month: str, chains: Sequence[DroppedChain], *, purpose: str) -> int:
    """Drop a month's partition and record what went, in one transaction; how many events.

    Raises StillKept when the partition holds anything else than the plan says, or a hold was placed meanwhile.
    """
    name = _partition(month)
    planned = sum(one.dropped.events for one in chains)
    with as_owner(settings) as connection:
        if not connection.scalar(_EXISTS, {"name": f"app.{name}"}):
            raise StillKept(
                f"there is no partition of {month}; it was dropped before, or its events are in the default partition"
            )
        connection.execute(text("lock table app.audit_hold in share mode"))
        practices = [one.practice_id for one in chains if one.practice_id]
        if connection.scalar(_HELD, {"practices": practices}):
            raise StillKept("a legal hold was placed meanwhile")
        connection.execute(text(f"lock table app.{name} in access exclusive mode"))
        connection.execute(text(f"alter table app.{name} no force row level security"))
        there = connection.execute(text(f"select count(*) from app.{name}")).scalar_one()  # noqa: S608
        if there != planned:
            raise StillKept(f"{month} has {there} events, and {planned} were sealed; run `billwright audit verify`")
        for one in chains:
            connection.execute(_RECORD, _recorded(one, month, purpose))
        connection.execute(text(f"drop table app.{name}"))
    return planned


def begin_epoch(settings: Settings, *, highest: int, after_checkpoint: int, reason: str) -> int:
    """Number positions on from the highest there is, whatever this cluster's transactions are numbered; the new epoch."""
    with as_owner(settings) as connection:
        own: int = connection.scalar(text("select pg_current_xact_id()::text::bigint")) or 0
        known: int = connection.scalar(_OFFSET) or 0
        offset = known if own + known > highest else highest + 1 - own
        connection.execute(
            text(
                "alter table app.audit_event alter column xid"
                f" set default cast(cast(cast(cast(pg_current_xact_id() as text) as bigint) + {offset:d} as text) as xid8)"
            )
        )
        values = {"xid_offset": offset, "after": after_checkpoint, "reason": reason, "at": wall_now()}
        return int(connection.execute(_EPOCH, values).scalar_one())


def make_partitions(settings: Settings) -> list[str]:
    """Make the partitions of the next two years that are missing; their months. Until then the default one takes events."""
    made = []
    today = wall_now()
    with as_owner(settings) as connection:
        for ahead in range(MONTHS_AHEAD + 1):
            year, number = divmod(today.year * 12 + today.month - 1 + ahead, 12)
            if _make_partition(connection, dt.date(year, number + 1, 1)):
                made.append(f"{year}-{number + 1:02d}")
    return made


def _make_partition(connection: Connection, first: dt.date) -> bool:
    name = _partition(f"{first:%Y-%m}")
    if connection.scalar(_EXISTS, {"name": f"app.{name}"}):
        return False
    after = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    for statement in (
        f"create table app.{name} partition of app.audit_event for values from ('{first} 00:00:00+00') to ('{after} 00:00:00+00')",
        f"alter table app.{name} enable row level security",
        f"alter table app.{name} force row level security",
        f"create trigger {name}_append_only before update or delete or truncate on app.{name}"
        " for each statement execute function scope.refuse_change()",
    ):
        connection.execute(text(statement))
    return True


def _partition(month: str) -> str:
    year, number = (int(part) for part in month.split("-"))
    return f"audit_event_{year:04d}_{number:02d}"


def _recorded(one: DroppedChain, month: str, purpose: str) -> dict[str, object]:
    return {
        "company_id": one.company_id,
        "practice_id": one.practice_id,
        "id": new_id(),
        "at": wall_now(),
        "purpose": purpose,
        "action": EXPIRED,
        "month": month,
        "changed": msgspec.json.encode(one.dropped).decode(),
    }
