"""How a patient's pages, and what machines ask for, succeed."""

import httpx
import msgspec
from tests.api.test_foreign_ids import BORN
from tests.audit.walk_cases.world import Cases, World
from tests.payments.patient.test_webhooks import signature

from kernel.ids import new_id

CASES = Cases()


@CASES.of("POST /bill")
async def open_bill(world: World) -> httpx.Response:
    return await world.web.visitor().post("/bill", data={"bill_code": await world.bill_code(), **BORN})


@CASES.of("POST /bill/link/{code}")
async def open_bill_by_link(world: World) -> httpx.Response:
    return await world.web.visitor().post(f"/bill/link/{await world.bill_code()}", data=BORN)


@CASES.of("POST /bill/once/{token}")
async def open_bill_once(world: World) -> httpx.Response:
    return await world.web.visitor().post(await world.bill_link(), data=BORN)


@CASES.of("GET /bill/link/{code}")
async def look_at_link(world: World) -> httpx.Response:
    return await world.web.visitor().get(f"/bill/link/{await world.bill_code()}")


@CASES.of("GET /bill/once/{token}")
async def look_at_link_once(world: World) -> httpx.Response:
    return await world.web.visitor().get(await world.bill_link())


@CASES.of("GET /bill/text/{size}")
async def larger_text(world: World) -> httpx.Response:
    return await world.patient.get("/bill/text/large")


@CASES.of("GET /bill/account")
async def read_bill(world: World) -> httpx.Response:
    return await world.patient.get("/bill/account")


@CASES.of("GET /bill/pay")
async def choose_amount(world: World) -> httpx.Response:
    return await world.patient.get("/bill/pay")


@CASES.of("POST /bill/pay")
async def pay(world: World) -> httpx.Response:
    return await world.patient.post("/bill/pay", data={"choice": "all", "attempt_key": str(new_id())})


@CASES.of("GET /bill/payments/{payment_id}")
async def read_payment(world: World) -> httpx.Response:
    return await world.patient.get(f"/bill/payments/{world.ids['payment_id']}")


@CASES.of("POST /bill/end")
async def close_bill(world: World) -> httpx.Response:
    visitor = world.web.visitor()
    await visitor.post("/bill", data={"bill_code": await world.bill_code(), **BORN})
    return await visitor.post("/bill/end")


@CASES.of("POST /webhooks/stripe")
async def webhook(world: World) -> httpx.Response:
    event = {"id": f"evt_{new_id()}", "type": "customer.created", "created": 1, "data": {"object": {}}}
    payload = msgspec.json.encode(event)
    headers = {"Stripe-Signature": signature(payload, world.sandbox.webhook_secret)}
    return await world.web.visitor().post("/webhooks/stripe", content=payload, headers=headers)


@CASES.of("GET /static/{path}")
async def a_file(world: World) -> httpx.Response:
    page = await world.web.visitor().get("/bill")
    path = page.text.partition("/static/")[2].partition('"')[0]
    return await world.web.visitor().get(f"/static/{path}")


@CASES.of("GET /api/v1/openapi/{path}")
async def the_manual(world: World) -> httpx.Response:
    return await world.web.visitor().get("/api/v1/openapi/openapi.json")
