"""Rows kept as they were told last: new ones are added, known ones follow, and what is told again changes nothing."""

import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kernel.clock import wall_now
from kernel.db.transaction import Tx


class Kept(msgspec.Struct, frozen=True):
    """What was written: the ids added, the ids changed, and the names of the fields in which they changed."""

    added: list[uuid.UUID]
    changed: list[uuid.UUID]
    fields: list[str]


async def keep(
    tx: Tx,
    table: sa.Table,
    told: Mapping[uuid.UUID, msgspec.Struct],
    known: Mapping[uuid.UUID, msgspec.Struct],
    follows: Collection[str],
    *,
    stored: Callable[[uuid.UUID, Any], dict[str, Any]] = lambda _, one: msgspec.structs.asdict(one),
) -> Kept:
    """Write what was told by id, given the known rows of these ids; of those only the columns `follows` change.

    `stored` makes the columns of a new row, where they differ from the fields told.
    Rows are written in the order of their ids, so that two imports wait for each other instead of deadlocking.
    """
    added = sorted(key for key in told if key not in known)
    differing = {key: _differing(told[key], known[key], follows) for key in sorted(told.keys() & known.keys())}
    changed = [key for key, fields in differing.items() if fields]
    if added:
        owner = {"practice_id": tx.practice_id, "company_id": tx.company_id, "created_at": wall_now()}
        rows = [{**owner, "id": key, **stored(key, told[key])} for key in added]
        await tx.execute(insert(table).on_conflict_do_nothing(), rows)
    if changed:
        statement = (
            table.update()
            .where(table.c.practice_id == tx.practice_id, table.c.id == sa.bindparam("key"))
            .values({name: sa.bindparam(f"told_{name}", type_=table.c[name].type) for name in follows})
        )
        await tx.execute(statement, [_parameters(key, told[key], follows) for key in changed])
    return Kept(added, changed, sorted({name for fields in differing.values() for name in fields}))


def _differing(told: msgspec.Struct, known: msgspec.Struct, follows: Collection[str]) -> list[str]:
    return [name for name in follows if getattr(told, name) != getattr(known, name)]


def _parameters(key: uuid.UUID, told: msgspec.Struct, follows: Collection[str]) -> dict[str, Any]:
    return {"key": key, **{f"told_{name}": getattr(told, name) for name in follows}}
