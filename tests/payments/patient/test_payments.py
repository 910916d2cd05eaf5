"""A patient pays by card: the intent first, the processor's page, and the money once, whatever events come and when.

The processor is the stand-in, a process of its own; events are its own bytes with its own signatures.
"""

import asyncio
import datetime as dt
import itertools
import uuid
from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest
import sqlalchemy as sa
from tests.factories.claims import Clinic, Visit, build, claim_row, send
from tests.factories.payments import claim_payment, paid_by, receive, totals_of
from tests.plugins.stripe_sandbox import GOOD_CARD, StripeSandbox, WebhookReceiver
from tests.plugins.tenants import MakeTenant

from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.errors import NotFound
from kernel.ids import named_id, new_id
from kernel.inbox import inbox_event
from kernel.inbox import receive as keep_event
from kernel.jobs.outbox import outbox
from kernel.storage.folder import FolderStore
from payments.errors import AmountRefused
from payments.patient.gateway import CardGateway, GatewayUnavailable
from payments.patient.stripe_gateway import StripeGateway
from payments.public import (
    PaymentState,
    handle_card_event,
    handle_stripe_received,
    patient_account,
    payment_state,
    start_payment,
    sweep_stale_payments,
)
from payments.tables import patient_payment

SHARE = "paid 120.00, CO-45 60.00, PR-2 20.00"
INTAKE = Scope(audience="intake", request_id="test")


@pytest.fixture(scope="module")
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as running:
        yield running


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, receiver: WebhookReceiver) -> Iterator[StripeSandbox]:
    with StripeSandbox(tmp_path_factory.mktemp("stripe-payments"), receiver.url) as running:
        yield running


@pytest.fixture
async def gateway(sandbox: StripeSandbox) -> AsyncIterator[CardGateway]:
    running = StripeGateway(api_key="sk_test_billwright", webhook_secret=sandbox.webhook_secret, api_base=sandbox.url)
    yield running
    await running.close()


class Debtor(msgspec.Struct, frozen=True):
    """A patient of a clinic who owes 20.00 for one visit."""

    clinic: Clinic
    patient_id: uuid.UUID
    claim_id: uuid.UUID

    @property
    def scope(self) -> Scope:
        return self.clinic.tenant.scope("patient", self.patient_id)

    async def start(self, gateway: CardGateway, cents: int = 2_000, *, key: str = "press-1") -> PaymentState:
        """Press the button."""
        return await start_payment(
            self.clinic.tenant.database,
            self.scope,
            gateway,
            amount_cents=cents,
            idempotency_key=key,
            success_url="http://127.0.0.1:9/paid/{PAYMENT_ID}",
            cancel_url="http://127.0.0.1:9/bill",
        )

    async def state(self, payment_id: uuid.UUID) -> PaymentState:
        async with self.clinic.tenant.tx("patient", self.patient_id) as tx:
            return await payment_state(tx, payment_id)

    async def owes(self) -> int:
        async with self.clinic.tenant.tx("patient", self.patient_id) as tx:
            return (await patient_account(tx, self.patient_id)).owed_cents


@pytest.fixture
async def debtor(clinic: Clinic, store: FolderStore) -> Debtor:
    claim = (await build(clinic, Visit()))["E-1"]
    await send(clinic, store)
    await receive(clinic, store, paid_by("BHERON", claim_payment(claim, SHARE)))
    return Debtor(clinic, claim.patient_id, claim.id)


def pay(sandbox: StripeSandbox, payment: PaymentState) -> None:
    """Fill in the hosted page with a good card."""
    assert sandbox.submit(payment.checkout_url, GOOD_CARD).status == 303


def events_of(receiver: WebhookReceiver, payment: PaymentState, *kinds: str) -> list[bytes]:
    """The signed events about a payment, once they arrived."""
    mine = str(payment.id)
    found = receiver.wait_for(*kinds, where=lambda event: event["data"]["object"]["metadata"].get("payment_id") == mine)
    return [delivery.payload for delivery in found]


async def tell(debtor: Debtor, gateway: CardGateway, payload: bytes) -> None:
    """An event as the webhook keeps it, and the jobs that follow."""
    tenant = debtor.clinic.tenant
    event_id = msgspec.json.decode(payload)["id"]
    inbox_id = named_id("inbox", "stripe", event_id)
    async with open_transaction(tenant.database, INTAKE) as tx:
        await keep_event(tx, "stripe", event_id, payload)
    async with open_transaction(tenant.database, INTAKE) as tx:
        await handle_stripe_received(tx, {"inbox_id": str(inbox_id)})
    async with tenant.tx() as tx:
        payloads = await tx.execute(
            sa.select(outbox.c.payload).where(outbox.c.topic == "payments.card_event.received").distinct()
        )
        mine = [one for one in payloads.scalars() if one["inbox_id"] == str(inbox_id)]
    for one in mine:
        async with tenant.tx("worker") as tx:
            await handle_card_event(tx, one, gateway=gateway)


PAID = {"PATIENT": 0, "CARD_CLEARING": 2_000}


async def money(debtor: Debtor) -> dict[str, int]:
    totals = await totals_of(debtor.clinic)
    return {name: totals.get(name, 0) for name in PAID}


async def test_a_payment_settles_the_visit_and_closes_its_claim(
    debtor: Debtor, gateway: CardGateway, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    assert (await claim_row(debtor.clinic, debtor.claim_id)).state == "patient"
    payment = await debtor.start(gateway)
    assert (payment.state, payment.amount_cents) == ("opened", 2_000)
    pay(sandbox, payment)
    (completed,) = events_of(receiver, payment, "checkout.session.completed")
    await tell(debtor, gateway, completed)
    assert (await debtor.state(payment.id)).state == "paid"
    assert await debtor.owes() == 0
    assert await money(debtor) == PAID
    assert (await claim_row(debtor.clinic, debtor.claim_id)).state == "closed"


async def test_a_part_may_be_paid_and_leaves_the_rest_owed(
    debtor: Debtor, gateway: CardGateway, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    payment = await debtor.start(gateway, 500)
    pay(sandbox, payment)
    (completed,) = events_of(receiver, payment, "checkout.session.completed")
    await tell(debtor, gateway, completed)
    assert await debtor.owes() == 1_500
    assert (await claim_row(debtor.clinic, debtor.claim_id)).state == "patient"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_five_deliveries_in_any_order_settle_once(
    debtor: Debtor, gateway: CardGateway, sandbox: StripeSandbox, receiver: WebhookReceiver, order: tuple[int, ...]
) -> None:
    payment = await debtor.start(gateway)
    pay(sandbox, payment)
    kinds = ("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")
    events = events_of(receiver, payment, *kinds)
    for place in (*order, order[0], order[1]):
        await tell(debtor, gateway, events[place])
    assert await money(debtor) == PAID
    state = await debtor.state(payment.id)
    assert (state.state, state.settled_at is not None) == ("paid", True)


async def test_an_event_told_by_two_workers_at_once_settles_once(
    debtor: Debtor, gateway: CardGateway, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    payment = await debtor.start(gateway)
    pay(sandbox, payment)
    events = events_of(receiver, payment, "checkout.session.completed", "payment_intent.succeeded")
    await asyncio.gather(*(tell(debtor, gateway, event) for event in events))
    assert await money(debtor) == PAID


async def test_two_payments_settled_at_once_leave_the_surplus_unapplied(
    debtor: Debtor, gateway: CardGateway, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    payments = [await debtor.start(gateway, key=key) for key in ("press-1", "press-2")]
    events = []
    for payment in payments:
        pay(sandbox, payment)
        events += events_of(receiver, payment, "checkout.session.completed")
    await asyncio.gather(*(tell(debtor, gateway, event) for event in events))
    totals = await totals_of(debtor.clinic)
    assert (totals.get("PATIENT", 0), totals["CARD_CLEARING"], totals["UNAPPLIED_PATIENT"]) == (0, 4_000, -2_000)


async def test_pressing_again_opens_the_same_checkout(debtor: Debtor, gateway: CardGateway) -> None:
    first = await debtor.start(gateway)
    assert await debtor.start(gateway) == first
    other = await debtor.start(gateway, key="press-2")
    assert other.id != first.id
    assert other.checkout_url != first.checkout_url


async def test_a_processor_that_does_not_answer_leaves_an_intent_that_opens_later(
    debtor: Debtor, gateway: CardGateway, sandbox: StripeSandbox
) -> None:
    nobody = StripeGateway(api_key="sk_test_x", webhook_secret="whsec_x", api_base="http://127.0.0.1:9")
    with pytest.raises(GatewayUnavailable):
        await debtor.start(nobody)
    await nobody.close()
    payment_id = named_id("patient_payment", debtor.clinic.tenant.practice_id, debtor.patient_id, "press-1")
    assert (await debtor.state(payment_id)).state == "intended"
    opened = await debtor.start(gateway)
    assert (opened.id, opened.state) == (payment_id, "opened")


@pytest.mark.parametrize("cents", [0, -100, 99, 2_001, 1_000_000])
async def test_only_what_is_owed_is_taken(debtor: Debtor, gateway: CardGateway, cents: int) -> None:
    with pytest.raises(AmountRefused, match=r"from \$1.00 to \$20.00"):
        await debtor.start(gateway, cents)
    assert (await debtor.start(gateway, 100)).amount_cents == 100


async def test_somebody_elses_payment_is_not_there(
    debtor: Debtor, gateway: CardGateway, make_tenant: MakeTenant
) -> None:
    payment = await debtor.start(gateway)
    neighbor = await make_tenant(company_id=debtor.clinic.tenant.company_id)
    others = (debtor.clinic.tenant.tx("patient", new_id()), neighbor.tx())
    for transaction in others:
        with pytest.raises(NotFound, match="no such payment"):
            async with transaction as tx:
                await payment_state(tx, payment.id)


async def test_a_sweep_finds_the_payment_whose_events_were_lost_and_settles_it_once(
    debtor: Debtor, gateway: CardGateway, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    payment = await debtor.start(gateway)
    pay(sandbox, payment)
    later = wall_now() + dt.timedelta(minutes=1)
    tenant = debtor.clinic.tenant
    for found in (1, 0):
        assert await sweep_stale_payments(tenant.database, tenant.scope("worker"), gateway, older_than=later) == found
    (late,) = events_of(receiver, payment, "checkout.session.completed")
    await tell(debtor, gateway, late)
    assert await money(debtor) == PAID


async def test_a_sweep_leaves_young_and_unfinished_checkouts_alone(debtor: Debtor, gateway: CardGateway) -> None:
    payment = await debtor.start(gateway)
    tenant = debtor.clinic.tenant
    for older_than in (payment.created_at, wall_now() + dt.timedelta(minutes=1)):
        assert await sweep_stale_payments(tenant.database, tenant.scope("worker"), gateway, older_than=older_than) == 0
    assert (await debtor.state(payment.id)).state == "opened"


async def test_an_event_that_is_not_ours_is_refused_and_kept(
    debtor: Debtor, gateway: CardGateway, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    payment = await debtor.start(gateway)
    pay(sandbox, payment)
    (completed,) = events_of(receiver, payment, "checkout.session.completed")
    event = msgspec.json.decode(completed)
    event["id"], event["data"]["object"]["metadata"] = f"evt_{new_id()}", {"shop": "another"}
    await tell(debtor, gateway, msgspec.json.encode(event))
    async with open_transaction(debtor.clinic.tenant.database, INTAKE) as tx:
        row = (await tx.execute(sa.select(inbox_event).where(inbox_event.c.external_id == event["id"]))).one()
    assert (row.state, row.practice_id) == ("refused", None)
    assert "names no payment of ours" in row.problem
    assert (await debtor.state(payment.id)).state == "opened"
    await tell(debtor, gateway, completed)
    assert (await debtor.state(payment.id)).state == "paid"


async def test_an_expiry_told_after_the_payment_does_not_undo_it(
    debtor: Debtor, gateway: CardGateway, sandbox: StripeSandbox, receiver: WebhookReceiver
) -> None:
    payment = await debtor.start(gateway)
    pay(sandbox, payment)
    (completed,) = events_of(receiver, payment, "checkout.session.completed")
    expired = msgspec.json.decode(completed)
    expired["id"], expired["type"] = f"evt_{new_id()}", "checkout.session.expired"
    await tell(debtor, gateway, completed)
    await tell(debtor, gateway, msgspec.json.encode(expired))
    assert (await debtor.state(payment.id)).state == "paid"
    async with debtor.clinic.tenant.tx() as tx:
        problem = await tx.scalar(sa.select(patient_payment.c.problem).where(patient_payment.c.id == payment.id))
    assert problem == ""
