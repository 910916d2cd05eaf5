"""Coverages: added in bulk by what identifies them, so that an import run twice finds what it added."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.db.transaction import Tx
from kernel.ids import named_id
from patients.tables import coverage
from patients.told import keep


class NewCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """Insurance of a patient. `rank` 1 pays first. The subscriber's fields are empty when it is the patient."""

    patient_id: uuid.UUID
    rank: int
    payer_id: uuid.UUID
    member_id: str
    group_number: str = ""
    relationship: str = "self"
    subscriber_last_name: str = ""
    subscriber_first_name: str = ""
    subscriber_birth_date: dt.date | None = None
    subscriber_sex: str = ""


class Coverage(NewCoverage, frozen=True, kw_only=True):
    """A coverage on file."""

    id: uuid.UUID


FOLLOWS = (
    "group_number", "relationship", "subscriber_last_name", "subscriber_first_name", "subscriber_birth_date", "subscriber_sex",
)  # fmt: skip
"""What may change about a coverage. Patient, payer, member id and rank say which one it is."""


async def add_coverages(tx: Tx, new: Sequence[NewCoverage]) -> list[uuid.UUID]:
    """Add coverages; the id of each, in the order given. Of those on file, group and subscriber follow what is told last."""
    ids = [named_id("coverage", tx.practice_id, one.patient_id, one.payer_id, one.member_id, one.rank) for one in new]
    told = dict(zip(ids, new, strict=True))
    kept = await keep(tx, coverage, told, await coverages_by_id(tx, list(told)), FOLLOWS)
    for action, keys, changed in (
        ("patients.coverage.added", kept.added, {"count": len(kept.added)}),
        ("patients.coverage.changed", kept.changed, {"fields": kept.fields}),
    ):
        if keys:
            people = sorted({told[key].patient_id for key in keys})
            await record(tx, action, "coverage", patient_ids=people, changed=changed)
    return ids


async def coverages_by_id(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Coverage]:
    """These coverages, as far as this scope may see them."""
    among: Any = sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid())))
    rows = await tx.execute(_select(tx).where(coverage.c.id == among))
    return {row.id: _coverage(row) for row in rows}


async def coverages_of(tx: Tx, patient_id: uuid.UUID) -> list[Coverage]:
    """A patient's coverages, the one that pays first at the top. Empty for a patient that this scope does not see."""
    statement = _select(tx).where(coverage.c.patient_id == patient_id).order_by(coverage.c.rank, coverage.c.id)
    return [_coverage(row) for row in await tx.execute(statement)]


def _select(tx: Tx) -> sa.Select[Any]:
    columns = (coverage.c[name] for name in Coverage.__struct_fields__)
    return sa.select(*columns).where(coverage.c.practice_id == tx.practice_id)


def _coverage(row: sa.Row[Any]) -> Coverage:
    return Coverage(**row._asdict())
