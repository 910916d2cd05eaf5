"""An 835 arrives: read it, keep all of it, and say what keeps it from being posted.

One remittance per transaction set. What does not balance, came before, or is paid to somebody else is kept and held with the
reason and the sums; nothing is repaired and nothing is dropped.
"""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from audit.public import record
from clearinghouse.public import read_file, refuse_file
from directory.public import payer_by_edi_id
from edi.balance import check_balance
from edi.remittance_835 import Remittance, read_835
from edi.x12.findings import Finding
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.ids import named_id
from kernel.jobs.outbox import announce
from kernel.storage.base import ObjectStore
from payments.remittance.content import keep
from payments.tables import provider_adjustment, remittance, remittance_claim
from tenancy.public import billing_practice

SHOWN_PROBLEMS = 5


async def handle_edi_835(tx: Tx, payload: Mapping[str, str], *, store: ObjectStore) -> None:
    """Job: take in the 835 file a partner sent and announce each remittance in it. Running again adds nothing.

    A file with no 835 that can be kept is refused with the reason; its bytes stay as they came.
    """
    edi_file_id = uuid.UUID(payload["edi_file_id"])
    file = read_835(await read_file(tx, store, edi_file_id))
    remittances = list(file)
    errors = [finding for finding in file.findings if finding.is_error]
    problem = unusable(remittances, errors)
    if problem:
        await refuse_file(tx, edi_file_id, problem)
        return
    for position, one in enumerate(remittances, start=1):
        await _take_in(tx, edi_file_id, position, one, errors)


LARGEST_CENTS = 10**15
"""Ten trillion dollars: a larger amount is a fault of the file, and no column would hold it."""


def unusable(remittances: Sequence[Remittance], errors: Iterable[Finding]) -> str:
    """Why a file as a whole cannot be kept as remittances; empty when it can. What is merely wrong in it is held instead."""
    if not remittances:
        return "the file holds no readable 835: " + (_said(errors) or "no transaction set in it is one")
    if any(abs(cents) > LARGEST_CENTS for one in remittances for cents in _amounts(one)):
        return "the file states an amount that cannot be money; ask the payer to send it again"
    # JSON writes a NUL as an escape; text that happens to hold the escape itself is refused with it.
    if any(rb"\u0000" in msgspec.json.encode([one.payment, one.claims, one.close]) for one in remittances):
        return "the file holds characters that are no text; ask the payer to send it again"
    return ""


def _amounts(one: Remittance) -> Iterator[int]:
    yield one.payment.payment_cents
    yield from (row.amount_cents for row in one.close.provider_adjustments)
    for claim in one.claims:
        yield from (claim.charge_cents, claim.paid_cents, claim.patient_responsibility_cents or 0)
        yield from (reason.amount_cents for reason in claim.adjustments)
        for line in claim.lines:
            yield from (line.charge_cents, line.paid_cents)
            yield from (reason.amount_cents for reason in line.adjustments)


async def _take_in(tx: Tx, edi_file_id: uuid.UUID, position: int, one: Remittance, errors: list[Finding]) -> None:
    remittance_id = named_id("remittance", edi_file_id, position)
    if await _exists(tx, remittance.c.id == remittance_id):
        return
    fingerprint = fingerprint_of(one)
    problem = await _problem(tx, one, fingerprint, errors)
    await _store_head(tx, remittance_id, edi_file_id, position, one, fingerprint, problem)
    await _store_rows(tx, remittance_id, one)
    action = "payments.remittance.held" if problem else "payments.remittance.received"
    record(tx, action, "remittance", remittance_id, changed={"amount_cents": one.payment.payment_cents})
    if not problem:
        await announce(tx, "payments.remittance.received", {"remittance_id": str(remittance_id)})


def fingerprint_of(one: Remittance) -> str:
    """What makes a payment the same payment when it comes again in another file.

    The trace number alone is not enough, because payers repeat "0" and the like (RFI 1847), so the payer's identifier, date,
    amount and the whole decided content count too.
    """
    payment = one.payment
    head = (payment.trace_number, payment.payer_identifier, str(payment.payment_date), payment.payment_cents)
    content = [keep(claim) for claim in one.claims]
    adjustments = [(row.reason, row.reference, row.amount_cents) for row in one.close.provider_adjustments]
    return hashlib.sha256(msgspec.json.encode([head, content, adjustments])).hexdigest()


async def _problem(tx: Tx, one: Remittance, fingerprint: str, errors: list[Finding]) -> str:
    """Why this remittance must not post by itself; empty when nothing speaks against it."""
    practice = await billing_practice(tx)
    payee = one.payment.payee_npi or one.payment.payee_tax_id
    if payee not in {practice.npi, practice.tax_id}:
        return "paid to another provider than this practice: kept here unposted until it is handed to the right one"
    await tx.execute(_LOCK_FINGERPRINT, {"fingerprint": f"{tx.practice_id}:{fingerprint}"})
    if await _exists(tx, remittance.c.fingerprint == fingerprint):
        return "this payment came before, in another file; posting it again would count it twice"
    if one.payment.payment_date is None:
        return "the payment has no date that can be read (BPR16); ask the payer, or post it by hand"
    unread = [*errors, *one.payment.problems, *one.close.problems]
    if unread:
        return "parts of the file could not be read: " + _said(unread)
    unbalanced = list(check_balance(one))
    if unbalanced:
        return "the remittance does not balance: " + _said(unbalanced)
    return ""


# Of two files that bring the same payment at once, the second waits here and then finds the first.
_LOCK_FINGERPRINT = sa.text(
    "select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('remittance:' || :fingerprint, 0))"
)


def _said(findings: Iterable[Finding]) -> str:
    """The first few findings with their place, and how many more there are. Messages hold sums and codes, no person."""
    said = [f"segment {one.segment}: {one.message}" if one.segment else one.message for one in findings]
    more = f" (and {len(said) - SHOWN_PROBLEMS} more)" if len(said) > SHOWN_PROBLEMS else ""
    return "; ".join(said[:SHOWN_PROBLEMS]) + more


async def _exists(tx: Tx, where: sa.ColumnElement[bool]) -> bool:
    found = await tx.scalar(sa.select(sa.literal(1)).where(remittance.c.practice_id == tx.practice_id, where).limit(1))
    return found is not None


async def _store_head(
    tx: Tx,
    remittance_id: uuid.UUID,
    edi_file_id: uuid.UUID,
    position: int,
    one: Remittance,
    fingerprint: str,
    problem: str,
) -> None:
    payment = one.payment
    payer_edi_id = _payer_edi_id(one)
    payer = await payer_by_edi_id(tx, payer_edi_id)
    await tx.execute(
        remittance.insert().values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=remittance_id,
            edi_file_id=edi_file_id,
            position=position,
            fingerprint=fingerprint,
            trace_number=payment.trace_number,
            payer_edi_id=payer_edi_id,
            payer_name=payment.payer.name if payment.payer else "",
            payer_id=payer.id if payer else None,
            payee_npi=payment.payee_npi,
            paid_date=payment.payment_date,
            amount_cents=payment.payment_cents,
            claims_paid_cents=one.close.claim_paid_cents,
            provider_adjustment_cents=one.close.provider_adjustment_cents,
            claim_count=len(one.claims),
            state="held" if problem else "received",
            problem=problem,
            plan_digest="",
            created_at=wall_now(),
        )
    )


def _payer_edi_id(one: Remittance) -> str:
    """The payer's own identifier as the directory knows it: REF*2U, else N104."""
    payer = one.payment.payer
    return (payer.reference("2U") or payer.identifier) if payer else ""


async def _store_rows(tx: Tx, remittance_id: uuid.UUID, one: Remittance) -> None:
    owner = {"practice_id": tx.practice_id, "company_id": tx.company_id, "remittance_id": remittance_id}
    rows = [
        {
            **owner,
            "position": position,
            "claim_number": claim.control_number,
            "payer_claim_number": claim.payer_claim_number,
            "status_code": claim.status_code,
            "charge_cents": claim.charge_cents,
            "paid_cents": claim.paid_cents,
            "patient_cents": claim.patient_responsibility_cents or 0,
            "offset_bytes": claim.byte_start,
            "length_bytes": claim.byte_end - claim.byte_start,
            "match_score": 0,
            "match_reason": "",
            "payer_order": 0,
            "state": "received",
            "problem": "",
            "content": msgspec.to_builtins(keep(claim)),
        }
        for position, claim in enumerate(one.claims, start=1)
    ]
    if rows:
        await tx.execute(remittance_claim.insert(), rows)
    adjustments = [
        {
            **owner,
            "position": position,
            "reason": row.reason,
            "reference": row.reference,
            "amount_cents": row.amount_cents,
        }
        for position, row in enumerate(one.close.provider_adjustments, start=1)
    ]
    if adjustments:
        await tx.execute(provider_adjustment.insert(), adjustments)
