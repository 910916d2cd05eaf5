"""Encounters become claims: numbered in the order of their encounters, charged to the books, scrubbed, released or held."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from audit.public import record
from claims.charges.posting import charge_entry
from claims.history import Move, write_events
from claims.scrubbing.service import scrub
from claims.tables import charge, claim, claim_line, encounter
from directory.public import providers_by_npi
from kernel.clock import today, wall_now
from kernel.db.among import among_ids
from kernel.db.counters import next_numbers
from kernel.db.transaction import Tx
from kernel.ids import control_number, named_id
from ledger.public import post
from patients.public import coverages_by_id
from tenancy.public import practice_profile


async def handle_encounters_captured(tx: Tx, _: Mapping[str, str]) -> None:
    """Job: make a claim of every encounter that has none."""
    await build_claims(tx)


async def build_claims(tx: Tx) -> int:
    """Make claims of the encounters that have none; returns how many. One claim an encounter, however often it runs."""
    encounters = await _unclaimed(tx)
    if not encounters:
        return 0
    practice = await practice_profile(tx)
    coverages = await coverages_by_id(tx, [one.primary_coverage_id for one in encounters])
    providers = await providers_by_npi(tx)
    numbers = await next_numbers(tx, "claim", len(encounters))
    rows = []
    for sequence, one in zip(numbers, encounters, strict=True):
        provider = providers.get(one.rendering_npi)
        rows.append(
            {
                "practice_id": tx.practice_id,
                "company_id": tx.company_id,
                "id": named_id("claim", one.id),
                "number": control_number(practice.claim_prefix, sequence),
                "encounter_id": one.id,
                "patient_id": one.patient_id,
                "provider_id": provider.id if provider else None,
                "coverage_id": one.primary_coverage_id,
                "payer_id": coverages[one.primary_coverage_id].payer_id,
                "payer_order": 1,
                "service_date": one.service_date,
                "state": "held",
                "payer_claim_number": "",
                "version": 1,
                "created_at": wall_now(),
                "updated_at": wall_now(),
            }
        )
    await _store(tx, rows, today(practice.time_zone))
    return len(rows)


async def _unclaimed(tx: Tx) -> Sequence[sa.Row[Any]]:
    """Encounters without a claim, by number; locked, so that two jobs never build the same one."""
    has_claim = sa.exists().where(
        claim.c.practice_id == encounter.c.practice_id, claim.c.encounter_id == encounter.c.id
    )
    await tx.execute(_LOCK, {"practice": str(tx.practice_id)})
    rows = await tx.execute(
        sa.select(encounter).where(encounter.c.practice_id == tx.practice_id, ~has_claim).order_by(encounter.c.number)
    )
    return rows.all()


_LOCK = sa.text("select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('claims.build:' || :practice, 0))")


async def _store(tx: Tx, rows: list[dict[str, Any]], posted_date: dt.date) -> None:
    lines = await _lines(tx, {row["encounter_id"]: row for row in rows})
    for row in rows:
        row["charge_cents"] = sum(line["charge_cents"] for line in lines[row["id"]])
    await tx.execute(claim.insert(), rows)
    line_rows = [line for row in rows for line in lines[row["id"]]]
    if line_rows:
        await tx.execute(claim_line.insert(), line_rows)
    entries = [
        charge_entry(
            claim_id=row["id"],
            number=row["number"],
            payer_id=row["payer_id"],
            lines=[(line["id"], line["charge_cents"]) for line in lines[row["id"]]],
            posted_date=posted_date,
        )
        for row in rows
    ]
    await post(tx, [entry for entry in entries if entry is not None])
    await write_events(
        tx,
        [Move(claim_id=row["id"], from_state="", to_state="held", reason="built from the encounter") for row in rows],
    )
    record(
        tx,
        "claims.claim.built",
        "claim",
        patient_ids=sorted({row["patient_id"] for row in rows}),
        changed={"count": len(rows)},
    )
    await scrub(tx, [row["id"] for row in rows])


async def _lines(tx: Tx, by_encounter: Mapping[uuid.UUID, Mapping[str, Any]]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    found: dict[uuid.UUID, list[dict[str, Any]]] = {row["id"]: [] for row in by_encounter.values()}
    charges = await tx.execute(
        sa.select(charge)
        .where(
            charge.c.practice_id == tx.practice_id,
            charge.c.encounter_id == among_ids(by_encounter),
        )
        .order_by(charge.c.encounter_id, charge.c.line_number)
    )
    for one in charges:
        owner = by_encounter[one.encounter_id]
        found[owner["id"]].append(
            {
                "practice_id": tx.practice_id,
                "company_id": tx.company_id,
                "id": named_id("claim_line", owner["id"], one.line_number),
                "claim_id": owner["id"],
                "line_number": one.line_number,
                "control_number": f"{owner['number']}L{one.line_number}",
                "procedure_code": one.procedure_code,
                "modifiers": one.modifiers,
                "units": one.units,
                "charge_cents": one.charge_cents,
                "pointers": one.pointers,
                "service_date": owner["service_date"],
            }
        )
    return found
