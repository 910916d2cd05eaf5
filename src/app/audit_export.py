"""Writes what a client takes away into a folder: an export of a practice's log, a witness, the proof of one event."""

import asyncio
import uuid
from pathlib import Path

import msgspec
import sqlalchemy as sa

from audit.export import About, about_log, export_checkpoints, export_page, kit
from audit.proofs import newest_witnesses, prove_event
from audit.public import record
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.keyset import PageAsked
from kernel.db.transaction import open_transaction
from kernel.errors import Conflict, NotFound

_COMPANY = sa.text("select company_id from app.practice where practice_id = :practice_id")
_SCHEDULER = Scope(audience="scheduler", role="operator", request_id="command")


async def practice_scope(database: Database, practice_id: uuid.UUID, purpose: str) -> Scope:
    """An operator acting for one practice. Raises NotFound."""
    async with open_transaction(database, _SCHEDULER) as tx:
        company_id = await tx.scalar(_COMPANY, {"practice_id": practice_id})
    if company_id is None:
        raise NotFound("there is no practice of this id")
    return Scope(
        audience="staff",
        company_id=company_id,
        practice_id=practice_id,
        role="operator",
        purpose=purpose,
        request_id="command",
    )


async def export_log(database: Database, scope: Scope, folder: Path) -> int:
    """Write the practice's whole sealed log and the verifier; how many events. The folder must be empty or new.

    Raises Conflict when it is not, or nothing was sealed yet. The export is on record before the first line is written.
    """
    await asyncio.to_thread(_make_empty, folder)
    async with open_transaction(database, scope) as tx:
        about = await about_log(tx)
        if about is None:
            raise Conflict("nothing of this practice was sealed yet")
        record(tx, "audit.log.exported", "practice", scope.practice_id)
    events = await _write_seals(database, scope, folder, about)
    await _write_checkpoints(database, scope, folder)
    (folder / "log.json").write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=2) + b"\n")
    for name, content in kit().items():
        (folder / name).write_bytes(content)
    return events


async def write_witness(database: Database, scope: Scope, path: Path) -> None:
    """Write the practice's newest signed seal, for the client to keep; that is on record. Raises Conflict when nothing was sealed yet."""
    async with open_transaction(database, scope) as tx:
        found = await newest_witnesses(tx, PageAsked(1))
        if not found:
            raise Conflict("nothing of this practice was sealed yet")
        record(tx, "audit.checkpoint.taken", "practice", scope.practice_id, changed={"checkpoints": 1})
    await asyncio.to_thread(path.write_bytes, msgspec.json.encode(found[0].witness) + b"\n")


async def write_proof(database: Database, scope: Scope, event_id: uuid.UUID, path: Path) -> None:
    """Write the proof of one event; that is on record."""
    async with open_transaction(database, scope) as tx:
        proof = await prove_event(tx, event_id)
        record(tx, "audit.event.proved", "audit_event", event_id)
    await asyncio.to_thread(path.write_bytes, msgspec.json.encode(proof) + b"\n")


def _make_empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Conflict(
            f"{folder} is not empty; choose a new folder, so that no old file is taken for a part of the export"
        )


async def _write_seals(database: Database, scope: Scope, folder: Path, about: About) -> int:
    after = events = 0
    with (folder / "seals.jsonl").open("wb") as seals, (folder / "events.jsonl").open("wb") as lines:
        while True:
            async with open_transaction(database, scope) as tx:
                page = await export_page(tx, after, about.expired)
            seals.writelines(seal + b"\n" for seal in page.seals)
            lines.writelines(line.encode() + b"\n" for line in page.events)
            after, events = page.last, events + len(page.events)
            if not page.seals:
                return events


async def _write_checkpoints(database: Database, scope: Scope, folder: Path) -> None:
    after = 0
    with (folder / "checkpoints.jsonl").open("wb") as file:
        while True:
            async with open_transaction(database, scope) as tx:
                page = await export_checkpoints(tx, after)
            if not page:
                return
            file.writelines(line + b"\n" for _, line in page)
            after = page[-1][0]
