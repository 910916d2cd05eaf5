"""Coverages: added in bulk by what identifies them, so that an import run twice finds what it added.

The member id is kept encrypted. What identifies a coverage is its blind index, which equal member ids of a practice share.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.crypto.fields import Field, FieldKeys, plain_identifier
from kernel.crypto.keyring import company_keys
from kernel.db.among import among_ids
from kernel.db.keyset import PageAsked, paged
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

MEMBER_ID = Field("coverage", "member_id", plain_identifier)

Identity = tuple[uuid.UUID, uuid.UUID, str, int]
"""Patient, payer, blind index of the member id, rank."""


async def add_coverages(tx: Tx, new: Sequence[NewCoverage]) -> list[uuid.UUID]:
    """Add coverages; the id of each, in the order given. Of those on file, group and subscriber follow what is told last."""
    keys = await company_keys(tx)
    identities = [_identity(tx, keys, one) for one in new]
    on_file = await _on_file(tx, {one.patient_id for one in new})
    ids = [on_file.get(one) or named_id("coverage", tx.practice_id, *one) for one in identities]
    told = dict(zip(ids, new, strict=True))
    indexes = dict(zip(ids, (identity[2] for identity in identities), strict=True))

    def stored(key: uuid.UUID, one: NewCoverage) -> dict[str, Any]:
        cells = msgspec.structs.asdict(one)
        sealed = keys.encrypt(MEMBER_ID, key, cells.pop("member_id"), practice_id=tx.practice_id)
        return {**cells, "member_id_sealed": sealed, "member_id_index": bytes.fromhex(indexes[key])}

    kept = await keep(tx, coverage, told, await coverages_by_id(tx, list(told)), FOLLOWS, stored=stored)
    for action, touched, changed in (
        ("patients.coverage.added", kept.added, {"count": len(kept.added)}),
        ("patients.coverage.changed", kept.changed, {"fields": kept.fields}),
    ):
        if touched:
            people = sorted({told[key].patient_id for key in touched})
            record(tx, action, "coverage", patient_ids=people, changed=changed)
    return ids


async def coverages_by_id(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Coverage]:
    """These coverages, as far as this scope may see them."""
    among = among_ids(ids)
    return {one.id: one for one in await _read(tx, _select(tx).where(coverage.c.id == among))}


async def coverages_of(tx: Tx, patient_id: uuid.UUID, page: PageAsked | None = None) -> list[Coverage]:
    """A patient's coverages, the one that pays first at the top. Empty for a patient that this scope does not see."""
    statement = _select(tx).where(coverage.c.patient_id == patient_id)
    return await _read(tx, paged(statement, page, coverage.c.rank, coverage.c.id))


def _identity(tx: Tx, keys: FieldKeys, one: NewCoverage) -> Identity:
    index = keys.blind_index(MEMBER_ID, one.member_id, practice_id=tx.practice_id)
    return one.patient_id, one.payer_id, index.hex(), one.rank


async def _on_file(tx: Tx, patient_ids: Collection[uuid.UUID]) -> dict[Identity, uuid.UUID]:
    among = among_ids(patient_ids)
    names = ("id", "patient_id", "payer_id", "member_id_index", "rank")
    rows = await tx.execute(
        sa.select(*(coverage.c[name] for name in names)).where(
            coverage.c.practice_id == tx.practice_id, coverage.c.patient_id == among
        )
    )
    return {(row.patient_id, row.payer_id, row.member_id_index.hex(), row.rank): row.id for row in rows}


def _select(tx: Tx) -> sa.Select[Any]:
    columns = (coverage.c[name] for name in Coverage.__struct_fields__ if name != "member_id")
    return sa.select(*columns, coverage.c.member_id_sealed).where(coverage.c.practice_id == tx.practice_id)


async def _read(tx: Tx, statement: sa.Select[Any]) -> list[Coverage]:
    rows = (await tx.execute(statement)).all()
    keys = await company_keys(tx) if rows else None
    return [_coverage(tx, keys, row) for row in rows if keys]


def _coverage(tx: Tx, keys: FieldKeys, row: sa.Row[Any]) -> Coverage:
    cells = row._asdict()
    sealed = cells.pop("member_id_sealed")
    return Coverage(**cells, member_id=keys.decrypt(MEMBER_ID, row.id, sealed, practice_id=tx.practice_id))
