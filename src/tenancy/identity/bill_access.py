"""Patients need no account: a bill code from paper or a link, and the date of birth.

The code has 60 random bits in letters and digits that cannot be mistaken for one another. Only keyed hashes of the code and the
birth date are stored. A link that opens the bill once is signed and names a row. Five wrong dates lock code and links for an hour;
before the right one nothing about the patient is shown.
"""

import datetime as dt
import hashlib
import hmac
import uuid
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.fixed import Fixed
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import TooMany, Unauthenticated
from kernel.ids import named_id, new_id
from tenancy.identity.attempts import address_attempt, pause_before, settle, wait
from tenancy.identity.links import make_link_token, read_link_token
from tenancy.identity.sessions import OpenedSession, SessionOwner, Sessions
from tenancy.identity.sign_in import Visitor
from tenancy.identity.tables import bill_link, patient_access

ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
CODE_LENGTH = 12
ALLOWED_ATTEMPTS = 5
PAUSE = dt.timedelta(hours=1)
LINK_LIFETIME = dt.timedelta(days=7)

_FIND = Fixed(sa.text("select * from identity.find_bill_access(:code_hash)"))
_FIND_LINK = Fixed(sa.text("select * from identity.find_bill_link(:id)"))
_SPEND = sa.text("select identity.spend_bill_link(:practice, :id)")
_COUNT = sa.text("select identity.count_bill_attempt(:practice, :access, :success, :allowed, cast(:pause as interval))")


class BillPractice(msgspec.Struct, frozen=True):
    """What may be shown before the birth date is given: whose bill office this is, and how to reach it."""

    name: str
    phone: str


class BillDoor(msgspec.Struct, frozen=True):
    """What somebody came with: a code, or a link that is spent when it opens the bill."""

    code_hash: str | None = None
    link_id: uuid.UUID | None = None


class BillLink(msgspec.Struct, frozen=True):
    """The secret part of a link's address, and until when it opens."""

    token: str
    expires_at: dt.datetime


def by_code(sessions: Sessions, code: str) -> BillDoor:
    """The door a code opens, however it was typed."""
    return BillDoor(
        code_hash=sessions.hash("bill-code", "".join(letter for letter in code.upper() if letter.isalnum()))
    )


def by_link(sessions: Sessions, token: str) -> BillDoor:
    """The door a link opens; none, for one that is forged, damaged or too old."""
    return BillDoor(link_id=read_link_token("bill", token, sessions.keys.links, now=wall_now()))


async def issue_bill_code(tx: Tx, sessions: Sessions, *, patient_id: uuid.UUID, birth_date: dt.date, key: bytes) -> str:
    """The bill code of a patient, made the first time it is asked for and the same from then on, as XXXX-XXXX-XXXX."""
    code = await _keep_access(tx, sessions, patient_id=patient_id, birth_date=birth_date, key=key)
    record(tx, "tenancy.bill_code.issued", "patient", patient_id, patient_ids=[patient_id])
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


async def issue_bill_link(
    tx: Tx, sessions: Sessions, *, patient_id: uuid.UUID, birth_date: dt.date, key: bytes
) -> BillLink:
    """A link that opens the patient's bill once within a week, after the birth date is given. Each asking makes another."""
    await _keep_access(tx, sessions, patient_id=patient_id, birth_date=birth_date, key=key)
    link_id, now = new_id(), wall_now()
    expires_at = now + LINK_LIFETIME
    await tx.execute(
        bill_link.insert().values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=link_id,
            access_id=_access_id(tx, patient_id),
            created_at=now,
            expires_at=expires_at,
        )
    )
    record(tx, "tenancy.bill_link.issued", "bill_link", link_id, patient_ids=[patient_id])
    return BillLink(make_link_token("bill", link_id, expires_at, sessions.keys.links), expires_at)


async def bill_practice(database: Database, door: BillDoor) -> BillPractice | None:
    """The practice a code or link belongs to; None for one that opens nothing."""
    rows = await database.ask("identity", *_finding(door))
    return BillPractice(rows[0].practice_name, rows[0].practice_phone) if rows else None


async def open_bill(
    database: Database, sessions: Sessions, *, door: BillDoor, birth_date: dt.date, visitor: Visitor
) -> OpenedSession:
    """Open a patient's session for the right code or link, and birth date. A link is spent by it.

    Raises Unauthenticated in the same words for a wrong code and a wrong date, and TooMany once the bill is locked, which holds for
    its code and its links alike, or after too many tries from one address.
    """
    attempt = address_attempt(sessions.keys, "bill", visitor.address)
    if seconds := await pause_before(database, attempt):
        raise wait(seconds)
    scope = visitor.scope()
    async with open_transaction(database, scope) as tx:
        row = next(iter(await tx.fetch(*_finding(door))), None)
        opened = None
        if row is not None and not row.locked:
            expected = sessions.hash(f"birth-date:{row.patient_id}", birth_date.isoformat())
            fits = hmac.compare_digest(expected, row.birth_date_hash)
            await tx.execute(_COUNT, _attempt(row, success=fits))
            if fits and await _spend(tx, row.practice_id, door):
                opened = await sessions.open(tx, _patient(row, visitor))
                await settle(tx, attempt)
        action = "tenancy.bill.opened" if opened else "tenancy.bill.refused"
        record(
            tx.acting(_owned(scope, row, opened)),
            action,
            "patient_access",
            row.access_id if row else "",
            patient_ids=[row.patient_id] if row else [],
            changed={"by": "link" if door.code_hash is None else "code"},
            outcome="done" if opened else "refused",
        )
    if row is not None and row.locked:
        raise TooMany(
            "this bill is locked for an hour after too many tries", retry_after_seconds=int(PAUSE.total_seconds())
        )
    if opened is None:
        raise Unauthenticated("that code and date of birth do not belong together")
    return opened


def _finding(door: BillDoor) -> tuple[Fixed, dict[str, object]]:
    if door.code_hash is not None:
        return _FIND, {"code_hash": door.code_hash}
    return _FIND_LINK, {"id": door.link_id}


async def _spend(tx: Tx, practice_id: uuid.UUID, door: BillDoor) -> bool:
    """Of two that open one link at once, one does."""
    if door.link_id is None:
        return True
    return bool(await tx.scalar(_SPEND, {"practice": practice_id, "id": door.link_id}))


def _patient(row: Any, visitor: Visitor) -> SessionOwner:
    return SessionOwner(
        audience="patient",
        company_id=row.company_id,
        practice_id=row.practice_id,
        patient_id=row.patient_id,
        device=visitor.device,
    )


async def _keep_access(tx: Tx, sessions: Sessions, *, patient_id: uuid.UUID, birth_date: dt.date, key: bytes) -> str:
    """The patient's code; what opens with it is stored the first time."""
    code = _code_for(tx.practice_id, patient_id, key)
    await tx.execute(
        insert(patient_access)
        .values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=_access_id(tx, patient_id),
            patient_id=patient_id,
            code_hash=sessions.hash("bill-code", code),
            birth_date_hash=sessions.hash(f"birth-date:{patient_id}", birth_date.isoformat()),
            failed_attempts=0,
            created_at=wall_now(),
        )
        .on_conflict_do_nothing()
    )
    return code


def _access_id(tx: Tx, patient_id: uuid.UUID) -> uuid.UUID:
    return named_id("patient_access", tx.practice_id, patient_id)


def _owned(scope: Scope, row: Any, opened: OpenedSession | None) -> Scope:
    """Opening a patient's bill belongs in that practice's own audit log."""
    if row is None:
        return scope
    scope = msgspec.structs.replace(
        scope, company_id=row.company_id, practice_id=row.practice_id, patient_id=row.patient_id
    )
    return msgspec.structs.replace(scope, role="patient", session_id=opened.id) if opened else scope


def _attempt(row: Any, *, success: bool) -> dict[str, object]:
    return {
        "practice": row.practice_id,
        "access": row.access_id,
        "success": success,
        "allowed": ALLOWED_ATTEMPTS,
        "pause": PAUSE,
    }


def _code_for(practice_id: uuid.UUID, patient_id: uuid.UUID, key: bytes) -> str:
    """Derived rather than drawn, so that a reprinted bill carries the same code and none needs to be kept in the clear."""
    digest = hmac.new(key, f"bill-code\0{practice_id}\0{patient_id}".encode(), hashlib.sha256).digest()
    number, letters = int.from_bytes(digest, "big"), []
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)
