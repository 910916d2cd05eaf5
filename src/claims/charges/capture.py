"""Encounters come in: kept as they were captured, known by their number, never changed by coming again."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec
import sqlalchemy as sa

from audit.public import record
from claims.errors import EncounterChanged
from claims.tables import charge, encounter
from kernel.clock import wall_now
from kernel.db.among import among_ids
from kernel.db.transaction import Tx
from kernel.ids import named_id
from kernel.jobs.outbox import announce

MOST_SHOWN = 10


class NewCharge(msgspec.Struct, frozen=True, kw_only=True):
    """One service of an encounter. `pointers` count the encounter's diagnoses from 1."""

    line_number: int
    procedure_code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    pointers: tuple[int, ...]


class NewEncounter(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as the practice reports it. What is wrong with it for billing is the scrubber's to say, later."""

    number: str
    patient_id: uuid.UUID
    service_date: dt.date
    rendering_npi: str
    referring_npi: str = ""
    referring_last_name: str = ""
    referring_first_name: str = ""
    place_of_service: str
    prior_authorization: str = ""
    diagnoses: tuple[str, ...]
    primary_coverage_id: uuid.UUID
    secondary_coverage_id: uuid.UUID | None = None
    source: str
    charges: tuple[NewCharge, ...]


class Captured(msgspec.Struct, frozen=True):
    """How many encounters were new and how many were on file."""

    new: int
    known: int


async def capture_encounters(tx: Tx, encounters: Sequence[NewEncounter]) -> Captured:
    """Keep what is new and announce it.

    Raises EncounterChanged, naming the numbers, when a known encounter comes with other content: a visit is corrected by a
    person, not by importing it again. The same number twice in one call is judged alike.
    """
    by_id = {named_id("encounter", tx.practice_id, one.number): one for one in encounters}
    known = await _content_of_known(tx, list(by_id))
    expected = known | {key: _content(one) for key, one in by_id.items() if key not in known}
    changed = {
        one.number for one in encounters if _content(one) != expected[named_id("encounter", tx.practice_id, one.number)]
    }
    if changed:
        _refuse(sorted(changed))
    new = {key: one for key, one in by_id.items() if key not in known}
    if new:
        await tx.execute(encounter.insert(), [_encounter_row(tx, key, one) for key, one in new.items()])
        charges = [row for key, one in new.items() for row in _charge_rows(tx, key, one)]
        if charges:
            await tx.execute(charge.insert(), charges)
        await announce(tx, "claims.encounters.captured", {})
        record(
            tx,
            "claims.encounters.captured",
            "encounter",
            patient_ids=sorted({one.patient_id for one in new.values()}),
            changed={"count": len(new)},
        )
    return Captured(new=len(new), known=len(known))


def _refuse(numbers: Sequence[str]) -> NoReturn:
    shown = ", ".join(numbers[:MOST_SHOWN])
    more = f" and {len(numbers) - MOST_SHOWN} more" if len(numbers) > MOST_SHOWN else ""
    raise EncounterChanged(f"encounters {shown}{more} are on file with other content; correct them there")


CONTENT = tuple(field for field in NewEncounter.__struct_fields__ if field not in {"source", "charges"})
LINE_CONTENT = NewCharge.__struct_fields__
"""What makes two captures the same. Where an encounter was read from does not."""


def _content(one: NewEncounter) -> tuple[Any, ...]:
    lines = sorted(one.charges, key=lambda line: line.line_number)
    return (
        *(getattr(one, field) for field in CONTENT),
        tuple(tuple(getattr(line, field) for field in LINE_CONTENT) for line in lines),
    )


def _stored(row: sa.Row[Any], fields: Sequence[str]) -> tuple[Any, ...]:
    values = (getattr(row, field) for field in fields)
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)


async def _content_of_known(tx: Tx, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[Any, ...]]:
    among = among_ids(ids)
    rows = await tx.execute(
        sa.select(encounter).where(encounter.c.practice_id == tx.practice_id, encounter.c.id == among)
    )
    found = {row.id: _stored(row, CONTENT) for row in rows}
    lines: dict[uuid.UUID, list[Any]] = {key: [] for key in found}
    for line in await tx.execute(
        sa.select(charge)
        .where(charge.c.practice_id == tx.practice_id, charge.c.encounter_id == among)
        .order_by(charge.c.encounter_id, charge.c.line_number)
    ):
        lines[line.encounter_id].append(_stored(line, LINE_CONTENT))
    return {key: (*content, tuple(lines[key])) for key, content in found.items()}


def _encounter_row(tx: Tx, key: uuid.UUID, one: NewEncounter) -> dict[str, Any]:
    values = msgspec.structs.asdict(one)
    del values["charges"]
    return {
        **values,
        "practice_id": tx.practice_id,
        "company_id": tx.company_id,
        "id": key,
        "diagnoses": list(one.diagnoses),
        "created_at": wall_now(),
    }


def _charge_rows(tx: Tx, key: uuid.UUID, one: NewEncounter) -> list[dict[str, Any]]:
    return [
        {
            "practice_id": tx.practice_id,
            "company_id": tx.company_id,
            "encounter_id": key,
            "line_number": line.line_number,
            "procedure_code": line.procedure_code,
            "modifiers": list(line.modifiers),
            "units": line.units,
            "charge_cents": line.charge_cents,
            "pointers": list(line.pointers),
        }
        for line in one.charges
    ]
