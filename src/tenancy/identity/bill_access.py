"""Patients need no account: a bill code from paper or a link, and the date of birth.

The code has 60 random bits in letters and digits that cannot be mistaken for one another. Only keyed hashes of the code and the
birth date are stored. Five wrong dates lock the code for an hour; before the right one nothing about the patient is shown.
"""

import datetime as dt
import hashlib
import hmac
import uuid

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from audit.public import record
from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import TooMany, Unauthenticated
from kernel.ids import named_id
from tenancy.identity.sessions import OpenedSession, SessionOwner, Sessions
from tenancy.identity.tables import patient_access

ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
CODE_LENGTH = 12
ALLOWED_ATTEMPTS = 5
PAUSE = dt.timedelta(hours=1)

_FIND = sa.text("select * from identity.find_bill_access(:code_hash)")
_COUNT = sa.text("select identity.count_bill_attempt(:practice, :access, :success, :allowed, cast(:pause as interval))")


class BillPractice(msgspec.Struct, frozen=True):
    """What may be shown before the birth date is given: whose bill office this is, and how to reach it."""

    name: str
    phone: str


async def issue_bill_code(tx: Tx, sessions: Sessions, *, patient_id: uuid.UUID, birth_date: dt.date, key: bytes) -> str:
    """The bill code of a patient, made the first time it is asked for and the same from then on, as XXXX-XXXX-XXXX."""
    code = _code_for(tx.practice_id, patient_id, key)
    await tx.execute(
        insert(patient_access)
        .values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=named_id("patient_access", tx.practice_id, patient_id),
            patient_id=patient_id,
            code_hash=sessions.hash("bill-code", code),
            birth_date_hash=sessions.hash(f"birth-date:{patient_id}", birth_date.isoformat()),
            failed_attempts=0,
            created_at=wall_now(),
        )
        .on_conflict_do_nothing()
    )
    await record(tx, "tenancy.bill_code.issued", "patient", patient_id, patient_ids=[patient_id])
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


async def bill_practice(database: Database, sessions: Sessions, code: str) -> BillPractice | None:
    """The practice a code belongs to; None for a code that opens nothing."""
    async with open_transaction(database, Scope(audience="identity")) as tx:
        row = (await tx.execute(_FIND, {"code_hash": _code_hash(sessions, code)})).one_or_none()
    return BillPractice(row.practice_name, row.practice_phone) if row else None


async def open_bill(
    database: Database, sessions: Sessions, *, code: str, birth_date: dt.date, request_id: str, address: str
) -> OpenedSession:
    """Open a patient's session for the right code and birth date.

    Raises Unauthenticated in the same words for a wrong code and a wrong date, and TooMany once the code is locked.
    """
    scope = Scope(audience="identity", request_id=request_id, address=address)
    async with open_transaction(database, scope) as tx:
        row = (await tx.execute(_FIND, {"code_hash": _code_hash(sessions, code)})).one_or_none()
        opened = None
        if row is not None and not row.locked:
            expected = sessions.hash(f"birth-date:{row.patient_id}", birth_date.isoformat())
            fits = hmac.compare_digest(expected, row.birth_date_hash)
            await tx.execute(_COUNT, _attempt(row, success=fits))
            if fits:
                opened = await sessions.open(
                    tx,
                    SessionOwner(
                        audience="patient",
                        company_id=row.company_id,
                        practice_id=row.practice_id,
                        patient_id=row.patient_id,
                    ),
                )
        action = "tenancy.bill.opened" if opened else "tenancy.bill.refused"
        await record(
            tx.acting(_owned(scope, row)),
            action,
            "patient_access",
            row.access_id if row else "",
            patient_ids=[row.patient_id] if row else [],
            outcome="done" if opened else "refused",
        )
    if row is not None and row.locked:
        raise TooMany(
            "this code is locked for an hour after too many tries", retry_after_seconds=int(PAUSE.total_seconds())
        )
    if opened is None:
        raise Unauthenticated("that code and date of birth do not belong together")
    return opened


def _owned(scope: Scope, row: sa.Row[tuple[object, ...]] | None) -> Scope:
    """Opening a patient's bill belongs in that practice's own audit log."""
    if row is None:
        return scope
    return msgspec.structs.replace(
        scope, company_id=row.company_id, practice_id=row.practice_id, patient_id=row.patient_id
    )


def _attempt(row: sa.Row[tuple[object, ...]], *, success: bool) -> dict[str, object]:
    return {
        "practice": row.practice_id,
        "access": row.access_id,
        "success": success,
        "allowed": ALLOWED_ATTEMPTS,
        "pause": PAUSE,
    }


def _code_hash(sessions: Sessions, code: str) -> str:
    return sessions.hash("bill-code", "".join(letter for letter in code.upper() if letter.isalnum()))


def _code_for(practice_id: uuid.UUID, patient_id: uuid.UUID, key: bytes) -> str:
    """Derived rather than drawn, so that a reprinted bill carries the same code and none needs to be kept in the clear."""
    digest = hmac.new(key, f"bill-code\0{practice_id}\0{patient_id}".encode(), hashlib.sha256).digest()
    number, letters = int.from_bytes(digest, "big"), []
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)
