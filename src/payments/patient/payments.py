"""Taking a card payment: the intent is stored first, the processor is asked with no transaction open, its event settles it.

Whatever fails in between, nothing is charged twice: the intent's id is the idempotency key of every call, and the fact of the
payment posts once.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from audit.public import record
from claims.public import settle_claims
from kernel.clock import today, wall_now
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import NotFound
from kernel.ids import named_id
from kernel.money import dollars
from ledger.public import Account, open_items, post
from payments.errors import AmountRefused
from payments.patient.account import patient_account
from payments.patient.allocation import allocate_payment
from payments.patient.gateway import CardGateway, Checkout, CheckoutRequest, CheckoutState, GatewayRefused
from payments.posting import card_entry
from payments.tables import patient_payment
from tenancy.public import practice_profile

SMALLEST_CENTS = 100
"""A card payment of less than a dollar costs more than it brings; what is owed in whole may always be paid."""

CHECKOUT_LIFETIME = dt.timedelta(hours=2)

EVENTS_TAKE = dt.timedelta(minutes=15)
"""A checkout younger than this is not asked about: its event is most likely on its way."""

log = structlog.get_logger("payments")


class PaymentState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a payment has come."""

    id: uuid.UUID
    patient_id: uuid.UUID
    amount_cents: int
    state: str
    checkout_url: str
    created_at: dt.datetime
    settled_at: dt.datetime | None


async def start_payment(
    database: Database,
    scope: Scope,
    gateway: CardGateway,
    *,
    amount_cents: int,
    idempotency_key: str,
    success_url: str,
    cancel_url: str,
) -> PaymentState:
    """Open a hosted checkout for a patient's payment; the same key again opens the same one.

    `{PAYMENT_ID}` in the addresses is replaced by the payment's id.

    Raises AmountRefused for an amount that is not owed, GatewayUnavailable or GatewayRefused from the processor.
    """
    payment_id = named_id("patient_payment", scope.practice_id, scope.patient_id, idempotency_key)
    async with open_transaction(database, scope) as tx:
        intent = await _intend(tx, payment_id, amount_cents)
        practice = await practice_profile(tx)
    if intent.checkout_url or intent.state not in {"intended", "opened"}:
        return intent
    page = await gateway.open_checkout(
        CheckoutRequest(
            intent_id=payment_id,
            amount_cents=intent.amount_cents,
            currency="usd",
            description="Your bill",
            payee_name=practice.name,
            success_url=success_url.replace("{PAYMENT_ID}", str(payment_id)),
            cancel_url=cancel_url.replace("{PAYMENT_ID}", str(payment_id)),
            expires_at=intent.created_at + CHECKOUT_LIFETIME,
            metadata={
                "payment_id": str(payment_id),
                "practice_id": str(scope.practice_id),
                "company_id": str(scope.company_id),
            },
        )
    )
    async with open_transaction(database, scope) as tx:
        opened = await tx.execute(
            patient_payment.update()
            .where(_is(tx, payment_id), patient_payment.c.state == "intended")
            .values(state="opened", checkout_id=page.id, checkout_url=page.url or "")
        )
        changed = {"state": {"before": "intended", "after": "opened"}} if opened.rowcount else {}
        record(tx, "payments.card.opened", "patient_payment", payment_id, changed=changed)
        return await payment_state(tx, payment_id)


async def payment_state(tx: Tx, payment_id: uuid.UUID) -> PaymentState:
    """A payment visible to this scope. Raises NotFound."""
    row = (await tx.execute(sa.select(patient_payment).where(_is(tx, payment_id)))).one_or_none()
    if row is None:
        raise NotFound("there is no such payment")
    return _state(row)


async def settle(tx: Tx, payment_id: uuid.UUID, *, paid_cents: int, gateway_reference: str) -> bool:
    """Post the money of a payment, once; False when it was posted before. Locks the payment's row.

    The amount is the processor's: what was really taken is what is posted.
    """
    row = (await tx.execute(sa.select(patient_payment).where(_is(tx, payment_id)).with_for_update())).one_or_none()
    if row is None:
        raise NotFound("a card event names a payment that this practice does not have")
    if row.state == "paid":
        return False
    await tx.execute(_LOCK_ACCOUNT, {"patient": str(row.patient_id)})
    account = await patient_account(tx, row.patient_id)
    claim_ids = [visit.claim_id for visit in account.visits]
    parts, left = allocate_payment(paid_cents, await open_items(tx, claim_ids, [Account.PATIENT]))
    practice = await practice_profile(tx)
    entry = card_entry(
        parts,
        unapplied_cents=left,
        patient_id=row.patient_id,
        fact=f"card:{payment_id}",
        posted_date=today(practice.time_zone),
        source="card payment by the patient",
    )
    await post(tx, [entry])
    await tx.execute(
        patient_payment.update()
        .where(_is(tx, payment_id))
        .values(state="paid", gateway_reference=gateway_reference, settled_at=wall_now())
    )
    await settle_claims(tx, sorted({part.group_id for part in parts if part.group_id is not None}))
    record(
        tx,
        "payments.card.settled",
        "patient_payment",
        payment_id,
        patient_ids=[row.patient_id],
        changed={"state": {"before": row.state, "after": "paid"}, "amount_cents": paid_cents},
    )
    return True


# Two payments of one patient must not settle the same line: the second waits, and finds what is left.
_LOCK_ACCOUNT = sa.text(
    "select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('patient-account:' || :patient, 0))"
)


async def end_unpaid(tx: Tx, payment_id: uuid.UUID, state: str, problem: str) -> None:
    """Note that a checkout ended without money. A payment that was made stays made, whatever order events come in."""
    unpaid = sa.select(patient_payment.c.state, patient_payment.c.patient_id).where(
        _is(tx, payment_id), patient_payment.c.state.in_(["intended", "opened"])
    )
    row = (await tx.execute(unpaid.with_for_update())).one_or_none()
    if row is None:
        return
    await tx.execute(patient_payment.update().where(_is(tx, payment_id)).values(state=state, problem=problem))
    changed = {"state": {"before": row.state, "after": state}}
    record(tx, "payments.card.unpaid", "patient_payment", payment_id, patient_ids=[row.patient_id], changed=changed)


async def handle_stale_due(
    database: Database, scope: Scope, _payload: Mapping[str, str], *, gateway: CardGateway
) -> None:
    """Job, with no transaction open: ask about checkouts that have been open for longer than their events ever take."""
    await sweep_stale_payments(database, scope, gateway, older_than=wall_now() - EVENTS_TAKE)


async def sweep_stale_payments(
    database: Database, scope: Scope, gateway: CardGateway, *, older_than: dt.datetime
) -> int:
    """Ask the processor about open checkouts whose event never came; returns how many turned out paid.

    The processor is asked with no transaction open; each answer is acted on in one of its own. A checkout that the processor
    refuses to show is left for a person and does not keep the others from being asked about.
    """
    async with open_transaction(database, scope) as tx:
        rows = await tx.execute(
            sa.select(patient_payment.c.id, patient_payment.c.checkout_id)
            .where(
                patient_payment.c.practice_id == tx.practice_id,
                patient_payment.c.state == "opened",
                patient_payment.c.created_at < older_than,
            )
            .order_by(patient_payment.c.created_at)
        )
        stale = rows.all()
    found = 0
    for row in stale:
        try:
            checkout = await gateway.read_checkout(row.checkout_id)
        except GatewayRefused as refusal:
            log.warning("checkout not shown", name=str(row.id), error=refusal.code)
            continue
        async with open_transaction(database, scope) as tx:
            found += await _sweep(tx, row.id, checkout)
    return found


async def _sweep(tx: Tx, payment_id: uuid.UUID, checkout: Checkout) -> bool:
    if checkout.state is CheckoutState.PAID and checkout.payment is not None:
        paid = checkout.payment
        return await settle(tx, payment_id, paid_cents=paid.amount_cents, gateway_reference=paid.payment_id)
    if checkout.state is CheckoutState.EXPIRED:
        await end_unpaid(tx, payment_id, "expired", "the checkout page was not used in time")
    return False


async def _intend(tx: Tx, payment_id: uuid.UUID, amount_cents: int) -> PaymentState:
    known = (await tx.execute(sa.select(patient_payment).where(_is(tx, payment_id)))).one_or_none()
    if known is not None:
        return _state(known)
    patient_id = tx.scope.patient_id
    if patient_id is None:
        raise NotFound("only a patient starts a card payment")
    owed = (await patient_account(tx, patient_id)).owed_cents
    if not (amount_cents == owed or SMALLEST_CENTS <= amount_cents <= owed):
        raise AmountRefused(f"choose an amount from $1.00 to ${dollars(owed)}" if owed else "there is nothing to pay")
    values: Mapping[str, Any] = {
        "practice_id": tx.practice_id,
        "company_id": tx.company_id,
        "id": payment_id,
        "patient_id": patient_id,
        "amount_cents": amount_cents,
        "state": "intended",
        "checkout_id": "",
        "checkout_url": "",
        "gateway_reference": "",
        "problem": "",
        "created_at": wall_now(),
    }
    await tx.execute(patient_payment.insert().values(**values))
    record(tx, "payments.card.intended", "patient_payment", payment_id, patient_ids=[patient_id])
    return await payment_state(tx, payment_id)


def _is(tx: Tx, payment_id: uuid.UUID) -> sa.ColumnElement[bool]:
    return sa.and_(patient_payment.c.practice_id == tx.practice_id, patient_payment.c.id == payment_id)


def _state(row: sa.Row[Any]) -> PaymentState:
    return PaymentState(
        id=row.id,
        patient_id=row.patient_id,
        amount_cents=row.amount_cents,
        state=row.state,
        checkout_url=row.checkout_url,
        created_at=row.created_at,
        settled_at=row.settled_at,
    )
