"""Which thresholds are in force, and setting them: for a company, or for one practice alone."""

import asyncio
from typing import Any, Literal
from zoneinfo import available_timezones

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from compliance.anomalies.tables import company_thresholds, practice_thresholds
from compliance.anomalies.thresholds import USUAL, Thresholds, differences, refuse_impossible
from kernel.clock import wall_now
from kernel.db.transaction import Tx


class ThresholdsShown(msgspec.Struct, frozen=True, kw_only=True):
    """`own` are those set here; without them the ones of whoever stands above are in force."""

    in_force: Thresholds
    set_by: Literal["practice", "company", "nobody"]
    """`nobody` set any: the ones in force are those we advise."""
    own: Thresholds | None


async def thresholds_in_force(tx: Tx) -> ThresholdsShown:
    """Those of the transaction's practice; of the company, where it acts for no practice."""
    own = await _own(tx)
    if own is not None:
        return ThresholdsShown(in_force=own, set_by="company" if _of_company(tx) else "practice", own=own)
    companys = None if _of_company(tx) else await _of(tx, company_thresholds)
    if companys is not None:
        return ThresholdsShown(in_force=companys, set_by="company", own=None)
    return ThresholdsShown(in_force=USUAL, set_by="nobody", own=None)


async def read_thresholds(tx: Tx) -> ThresholdsShown:
    """The same for somebody who looks at them; the look is on record."""
    shown = await thresholds_in_force(tx)
    record(tx, "compliance.thresholds.read", "thresholds", _place(tx))
    return shown


async def lock_thresholds(tx: Tx) -> ThresholdsShown:
    """The same, and nobody else changes them before this transaction ends."""
    table = _table(tx)
    owner = (
        {"company_id": tx.company_id}
        if _of_company(tx)
        else {"practice_id": tx.practice_id, "company_id": tx.company_id}
    )
    await tx.execute(insert(table).values(**owner).on_conflict_do_nothing())
    await tx.execute(sa.select(table.c.changed_at).where(_ours(tx, table)).with_for_update())
    return await thresholds_in_force(tx)


async def set_thresholds(tx: Tx, before: ThresholdsShown, own: Thresholds | None) -> ThresholdsShown:
    """Set them here, or with None go by those above again; what changes by it is on record. Raises Invalid for impossible ones.

    `before` is what `lock_thresholds` gave.
    """
    if own is not None:
        refuse_impossible(own, zones=await asyncio.to_thread(available_timezones))
    table = _table(tx)
    told = sa.null() if own is None else msgspec.to_builtins(own)
    await tx.execute(
        table.update()
        .where(_ours(tx, table))
        .values(thresholds=told, changed_by=tx.scope.user_id, changed_at=wall_now())
    )
    after = await thresholds_in_force(tx)
    changed = {
        **differences(before.in_force, after.in_force),
        "set_by": {"before": before.set_by, "after": after.set_by},
    }
    record(tx, "compliance.thresholds.changed", "thresholds", _place(tx), changed=changed)
    return after


async def _own(tx: Tx) -> Thresholds | None:
    return await _of(tx, _table(tx))


async def _of(tx: Tx, table: sa.Table) -> Thresholds | None:
    told: Any = await tx.scalar(sa.select(table.c.thresholds).where(_ours(tx, table)))
    return None if told is None else msgspec.convert(told, Thresholds)


def _table(tx: Tx) -> sa.Table:
    return company_thresholds if _of_company(tx) else practice_thresholds


def _ours(tx: Tx, table: sa.Table) -> sa.ColumnElement[bool]:
    return table.c.company_id == tx.company_id if table is company_thresholds else table.c.practice_id == tx.practice_id


def _of_company(tx: Tx) -> bool:
    return tx.scope.practice_id is None


def _place(tx: Tx) -> object:
    return tx.company_id if _of_company(tx) else tx.practice_id
