"""The address the processor calls: a signature opens it and nothing else; what came is kept once, whatever it says."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.datastructures import State

from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.http.middleware import RequestContext
from kernel.http.problems import answer_problem
from kernel.ids import new_id
from kernel.inbox import inbox_event
from kernel.jobs.outbox import outbox
from payments.patient.stripe_gateway import StripeGateway
from payments.public import StripeWebhook

SECRET = "whsec_of_this_test"
INTAKE = Scope(audience="intake", request_id="test")


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    gateway = StripeGateway(api_key="sk_test_x", webhook_secret=SECRET, api_base="http://127.0.0.1:9")
    app = Litestar(
        route_handlers=[StripeWebhook],
        middleware=[RequestContext()],
        exception_handlers={Exception: answer_problem},
        state=State({"database": database, "gateway": gateway}),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as running:
        yield running
    await gateway.close()


def new_event(kind: str = "customer.created") -> bytes:
    event = {"id": f"evt_{new_id()}", "type": kind, "created": int(time.time()), "data": {"object": {}}}
    return msgspec.json.encode(event)


def signature(payload: bytes, secret: str = SECRET, *, age_seconds: int = 0) -> str:
    """As the processor signs: https://docs.stripe.com/webhooks#verify-manually."""
    stamp = str(int(time.time()) - age_seconds)
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


async def call(client: httpx.AsyncClient, payload: bytes, signed: str | None) -> httpx.Response:
    headers = {} if signed is None else {"Stripe-Signature": signed}
    return await client.post("/webhooks/stripe", content=payload, headers=headers)


async def kept(database: Database, payload: bytes) -> tuple[int, int]:
    """How often this event is in the inbox, and how often it was announced."""
    event_id = msgspec.json.decode(payload)["id"]
    async with open_transaction(database, INTAKE) as tx:
        rows = (await tx.execute(sa.select(inbox_event).where(inbox_event.c.external_id == event_id))).all()
        assert all(row.payload == payload for row in rows)
        said = await tx.execute(sa.select(outbox.c.payload).where(outbox.c.topic == "inbox.stripe.received"))
        ids = {str(row.id) for row in rows}
        return len(rows), sum(one["inbox_id"] in ids for one in said.scalars())


async def test_a_signed_event_is_kept_and_announced_once_however_often_it_comes(
    client: httpx.AsyncClient, database: Database
) -> None:
    payload = new_event()
    for _ in range(5):
        answer = await call(client, payload, signature(payload))
        assert answer.status_code == 202
    assert await kept(database, payload) == (1, 1)


REFUSED: dict[str, Callable[[bytes], str | None]] = {
    "unsigned": lambda _: None,
    "signed with another secret": lambda payload: signature(payload, "whsec_guessed"),
    "signed for other content": lambda payload: signature(payload + b" "),
    "signed too long ago": lambda payload: signature(payload, age_seconds=2 * StripeGateway.EVENT_TOLERANCE_SECONDS),
    "nonsense": lambda _: "t=1,v1=00",
}


@pytest.mark.parametrize("how", REFUSED)
async def test_what_the_processor_did_not_sign_is_refused_and_not_kept(
    client: httpx.AsyncClient, database: Database, how: str
) -> None:
    payload = new_event()
    answer = await call(client, payload, REFUSED[how](payload))
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "not signed by the card processor" in answer.json()["detail"]
    assert await kept(database, payload) == (0, 0)
    assert (await call(client, payload, signature(payload))).status_code == 202
    assert await kept(database, payload) == (1, 1)


async def test_a_signed_event_in_an_unknown_shape_is_refused_in_words(
    client: httpx.AsyncClient, database: Database
) -> None:
    payload = b'{"id": "evt_odd", "type": 7}'
    answer = await call(client, payload, signature(payload))
    assert answer.status_code == 422
    assert "cannot be read" in answer.json()["detail"]
