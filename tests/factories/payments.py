"""Payers that pay: remittances about real claims, as files that are taken in the way partners' files are."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from tests.factories.claims import PAYERS, SERVICE_DATE, Clinic

from clearinghouse.files import NewFile, keep_bytes, keep_row
from clearinghouse.public import connections
from edi.parties import DatedFact, Party, Reference
from edi.procedures import Adjustment, Procedure
from edi.remittance_835 import (
    ClaimPayment,
    Payment,
    PaymentClose,
    ProviderAdjustment,
    Remittance,
    ServicePayment,
    write_835,
)
from edi.x12.envelope import Envelope
from kernel.jobs.outbox import outbox
from kernel.money import cents_from_dollars
from kernel.storage.base import ObjectStore
from ledger.public import account_totals
from payments.public import handle_edi_835, handle_remittance_received, handle_remittance_unblocked
from payments.tables import remittance, remittance_claim

PAYEE_NPI = "1234567893"
"""The test practice's own."""
PAID_DATE = dt.date(2026, 9, 20)


def claim_payment(row: sa.Row[Any], *answers: str, status_code: str = "1", **changes: Any) -> ClaimPayment:
    """A decision about a claim, one answer a line: `paid 136.00, PR-1 64.00`. Each line's charge is what its parts add up to."""
    lines = [_line(row.number, place, text) for place, text in enumerate(answers, start=1)]
    values = {
        "control_number": row.number,
        "status_code": status_code,
        "charge_cents": row.charge_cents,
        "paid_cents": sum(line.paid_cents for line in lines),
        "patient_responsibility_cents": sum(
            one.amount_cents for line in lines for one in line.adjustments if one.group == "PR"
        ),
        "filing_code": "12",
        "payer_claim_number": f"ICN-{row.number}",
        "parties": [Party(role="QC", name="MARLOWE", first_name="PETRA", entity_type="1")],
        "lines": lines,
    }
    return ClaimPayment(**{**values, **changes})


def reversed_payment(paid: ClaimPayment) -> ClaimPayment:
    """The same decision taken back: every amount with its sign turned."""
    return ClaimPayment(
        control_number=paid.control_number,
        status_code="22",
        charge_cents=-paid.charge_cents,
        paid_cents=-paid.paid_cents,
        patient_responsibility_cents=-(paid.patient_responsibility_cents or 0),
        filing_code=paid.filing_code,
        payer_claim_number=paid.payer_claim_number,
        parties=paid.parties,
        lines=[
            ServicePayment(
                line.procedure,
                -line.charge_cents,
                -line.paid_cents,
                adjustments=[Adjustment(one.group, one.reason, -one.amount_cents) for one in line.adjustments],
                dates=line.dates,
                references=line.references,
            )
            for line in paid.lines
        ],
    )


def paid_by(
    code: str,
    *claims: ClaimPayment,
    trace: str = "EFT-1",
    amount_cents: int | None = None,
    provider_adjustments: Sequence[tuple[str, int]] = (),
    payee_npi: str = PAYEE_NPI,
) -> Remittance:
    """A payment of a clinic's payer; without an amount, one that ties."""
    name, _, edi_id = PAYERS[code]
    adjustments = [
        ProviderAdjustment(payee_npi, PAID_DATE, reason, "REF", cents) for reason, cents in provider_adjustments
    ]
    tied = sum(one.paid_cents for one in claims) - sum(one.amount_cents for one in adjustments)
    return Remittance(
        Payment(
            payment_cents=tied if amount_cents is None else amount_cents,
            trace_number=trace,
            payer_identifier=f"13112{edi_id}",
            payment_date=PAID_DATE,
            payer=Party(role="PR", name=name.upper(), references=[Reference("2U", edi_id)]),
            payee=Party(role="PE", name="RIVERBEND FAMILY MEDICINE", id_qualifier="XX", identifier=payee_npi),
        ),
        list(claims),
        PaymentClose(provider_adjustments=adjustments),
    )


def file_of(*remittances: Remittance, number: int = 1) -> bytes:
    """The 835 file with these payments; another interchange number makes another file."""
    return write_835(
        Envelope(
            sender_id="PAYER",
            receiver_id="SUBMITTER",
            date=PAID_DATE,
            time=dt.time(6, 30),
            control_number=number,
            group_control_number=number,
        ),
        remittances,
    )


async def take_in(clinic: Clinic, store: ObjectStore, content: bytes) -> list[uuid.UUID]:
    """Keep a file as the clearinghouse does and run the intake job; the remittances of the file, in its order."""
    edi_file_id = await keep_file(clinic, store, content)
    async with clinic.tenant.tx("worker") as tx:
        await handle_edi_835(tx, {"edi_file_id": str(edi_file_id)}, store=store)
        rows = await tx.execute(
            sa.select(remittance.c.id)
            .where(remittance.c.practice_id == tx.practice_id, remittance.c.edi_file_id == edi_file_id)
            .order_by(remittance.c.position)
        )
        return list(rows.scalars())


async def keep_file(clinic: Clinic, store: ObjectStore, content: bytes) -> uuid.UUID:
    """An 835 on record, as it came."""
    async with clinic.tenant.tx("worker") as tx:
        (partner,) = await connections(tx)
        digest, key = await keep_bytes(tx, store, content)
        new = NewFile(
            connection_id=partner.id,
            direction="in",
            name="answer.835",
            sha256=digest,
            size_bytes=len(content),
            storage_key=key,
            transaction_set="835",
            control_number="000000001",
            state="announced",
        )
        return (await keep_row(tx, new))[0]


async def receive(clinic: Clinic, store: ObjectStore, *remittances: Remittance, number: int = 1) -> list[uuid.UUID]:
    """Take in a file with these payments and run the job that posts what is safe."""
    ids = await take_in(clinic, store, file_of(*remittances, number=number))
    for remittance_id in ids:
        await post_if_safe(clinic, remittance_id)
    return ids


async def post_if_safe(clinic: Clinic, remittance_id: uuid.UUID) -> None:
    """Run the job that follows the intake of a remittance."""
    async with clinic.tenant.tx("worker") as tx:
        await handle_remittance_received(tx, {"remittance_id": str(remittance_id)})


async def look_again(clinic: Clinic, remittance_id: uuid.UUID) -> None:
    """Run the jobs that were announced for a remittance because another one was posted; there is at least one."""
    async with clinic.tenant.tx("worker") as tx:
        announced = await tx.execute(
            sa.select(outbox.c.payload).where(
                outbox.c.practice_id == tx.practice_id, outbox.c.topic == "payments.remittance.unblocked"
            )
        )
        payloads = [one for one in announced.scalars() if one["remittance_id"] == str(remittance_id)]
        assert payloads
        for payload in payloads:
            await handle_remittance_unblocked(tx, payload)


async def head_of(clinic: Clinic, remittance_id: uuid.UUID) -> sa.Row[Any]:
    """A remittance as it stands."""
    async with clinic.tenant.tx() as tx:
        return (await tx.execute(sa.select(remittance).where(remittance.c.id == remittance_id))).one()


async def rows_of(clinic: Clinic, remittance_id: uuid.UUID) -> list[sa.Row[Any]]:
    """Its claim payments, in order."""
    async with clinic.tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(remittance_claim)
            .where(remittance_claim.c.remittance_id == remittance_id)
            .order_by(remittance_claim.c.position)
        )
        return list(rows.all())


async def totals_of(clinic: Clinic) -> dict[str, int]:
    """The practice's books: every account that does not stand at zero, by name, in cents."""
    async with clinic.tenant.tx() as tx:
        return {account.name: cents for account, cents in sorted((await account_totals(tx)).items()) if cents}


def _line(number: str, place: int, text: str) -> ServicePayment:
    (word, paid), *adjusted = [part.split() for part in text.split(",")]
    assert word == "paid", text
    adjustments = [Adjustment(*code.split("-"), cents_from_dollars(amount)) for code, amount in adjusted]
    paid_cents = cents_from_dollars(paid)
    return ServicePayment(
        Procedure("HC", "G0439"),
        paid_cents + sum(one.amount_cents for one in adjustments),
        paid_cents,
        adjustments=adjustments,
        dates=[DatedFact("472", SERVICE_DATE)],
        references=[Reference("6R", f"{number}L{place}")],
    )
