"""From the practice's file to the patient's receipt, with everything that can be refused on the way; through real processes."""

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa
from tests.api.encounter_files import csv_bytes
from tests.factories.claims import open_clinic
from tests.hostile.marked import FILE_NAME, MARKED, PASSWORD_TYPED_WRONG, marked_row
from tests.plugins.stripe_sandbox import GOOD_CARD
from tests.plugins.tenants import Tenant, make_tenant_in
from tests.plugins.web import PASSWORD, base_of

from app.demo.day.jobs import wait_for_answers
from app.stack import Stack
from kernel.db.database import Database
from kernel.jobs.outbox import outbox
from tenancy.public import NewMember, add_member

BILLER = "biller-of-the-marked@northgate.example"
FOLDER = "riverbend"
VISITS = 4
"""So many that the payer, who draws by claim number, pays at least one."""
PATIENCE_SECONDS = 240.0


class MarkedDay(msgspec.Struct, frozen=True):
    """What was seen from outside: every answer of the API and the patient's pages, in order."""

    stack: Stack
    tenant: Tenant
    answers: list[httpx.Response]
    receipt: str


class _Person:
    """Somebody at a browser whose every answer is kept."""

    def __init__(self, stack: Stack, answers: list[httpx.Response]) -> None:
        url = stack.settings.web.public_url
        self.client = httpx.AsyncClient(base_url=url, timeout=60, headers={"Origin": url})
        self._answers = answers

    async def ask(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """Any request; the answer is kept whatever it is."""
        answer = await self.client.request(method, path, **parts)
        self._answers.append(answer)
        return answer


async def live_the_day(stack: Stack, database: Database) -> MarkedDay:
    """The whole day, and what was seen of it."""
    tenant = await make_tenant_in(database)
    await open_clinic(tenant)
    async with tenant.tx() as tx:
        roles: dict[Any, str] = {tenant.practice_id: "biller"}
        await add_member(tx, NewMember(email=BILLER, display_name="Sam Example", password=PASSWORD, roles=roles))
    answers: list[httpx.Response] = []
    biller, patient = _Person(stack, answers), _Person(stack, answers)
    try:
        await _sign_in(biller)
        await _import(biller, base_of(tenant))
        await _refusals(biller, base_of(tenant))
        await _be_paid(biller, tenant, stack)
        receipt = await _pay(biller, patient, base_of(tenant))
        await _until(lambda: _jobs_that_were_tried(tenant), 1)
    finally:
        await biller.client.aclose()
        await patient.client.aclose()
    return MarkedDay(stack, tenant, answers, receipt)


async def _sign_in(biller: _Person) -> None:
    session = "/api/v1/session"
    wrong = await biller.ask("POST", session, json={"email": BILLER, "password": PASSWORD_TYPED_WRONG})
    assert wrong.status_code == 401
    right = await biller.ask("POST", session, json={"email": BILLER, "password": PASSWORD})
    assert right.status_code == 201, right.text


async def _import(biller: _Person, base: str) -> None:
    rows = [marked_row(f"E-{number}") for number in range(1, VISITS + 1)]
    rows += [
        marked_row("E-91", service_date=MARKED["patient_last_name"]),
        marked_row("E-92", primary_payer_id=MARKED["primary_member_id"]),
        marked_row("E-93", patient_birth_date="07/19/1931 or 1929-03-23"),
    ]
    run = await biller.ask(
        "POST", f"{base}/imports/encounters", content=csv_bytes(*rows), params={"file_name": FILE_NAME}
    )
    assert (run.status_code, run.json()["encounters_accepted"]) == (201, VISITS), run.text
    rejects = await biller.ask("GET", f"{base}/imports/{run.json()['id']}/rejects")
    assert MARKED["patient_last_name"] in rejects.text


async def _refusals(biller: _Person, base: str) -> None:
    """The same person in every place where something is refused."""
    name, member_id = MARKED["patient_last_name"], MARKED["primary_member_id"]
    torn = csv_bytes(marked_row("E-94")) + f'"{name}'.encode()
    attempts = [
        ("POST", f"{base}/imports/encounters", {"content": torn}),
        ("POST", f"{base}/imports/encounters", {"content": f"{name};{member_id}\n1;2\n".encode()}),
        ("POST", f"{base}/providers", {"json": {"npi": name, "last_name": [name], "first_name": 7, "taxonomy": name}}),
        ("POST", f"{base}/providers", {"content": f'{{"npi": "{name}'.encode()}),
        ("POST", f"{base}/enrollments", {"json": {"provider_npi": name, name: member_id}}),
        ("GET", f"{base}/claims", {"params": {"state": name, "limit": member_id}}),
        ("GET", f"{base}/claims/{name}", {}),
        ("GET", f"{base}/reports/summary", {"params": {"as_of": name}}),
        ("GET", f"/bill/link/{name}", {}),
        ("POST", "/api/v1/invitations/accept", {"json": {"token": name, "password": PASSWORD_TYPED_WRONG}}),
        ("POST", "/webhooks/stripe", {"content": f'{{"id": "{name}"}}', "headers": {"Stripe-Signature": name}}),
        (name, f"{base}/claims", {}),
    ]
    for method, path, parts in attempts:
        refused = await biller.ask(method, path, **parts)
        assert 400 <= refused.status_code < 500, (method, path, refused.status_code, refused.text)


async def _be_paid(biller: _Person, tenant: Tenant, stack: Stack) -> None:
    base = base_of(tenant)
    exchange = stack.settings.home / "exchange" / str(tenant.company_id) / FOLDER
    await _until(lambda: _claims_in(biller, base, "ready"), VISITS)
    sent = await biller.ask("POST", f"{base}/claims/submit")
    assert sent.status_code == 202, sent.text
    await _until(lambda: _files(exchange / "to-payer"), 1)
    await asyncio.to_thread(wait_for_answers, exchange, stack.supervisor)
    _leave_what_cannot_be_read(exchange / "from-payer")
    await biller.ask("POST", f"{base}/edi-files/poll")
    await _until(lambda: _claims_in(biller, base, "patient"), 1)


def _leave_what_cannot_be_read(mailbox: Path) -> None:
    """What a payer may send by mistake: a damaged answer, half of one, and something else altogether."""
    (whole,) = mailbox.glob("*.835")
    content = whole.read_bytes()
    (mailbox / "damaged.835").write_bytes(
        content.replace(b"NM1*QC*1*", b"NM1*QC*1*X*Y*Z*", 1).replace(b"CLP*", b"CLP**", 1)
    )
    (mailbox / "half.835").write_bytes(content[: len(content) // 2])
    (mailbox / "letter.txt").write_bytes(csv_bytes(marked_row("E-95")))


async def _pay(biller: _Person, patient: _Person, base: str) -> str:
    (one,) = (await biller.ask("GET", f"{base}/patients")).json()["items"]
    code = (await biller.ask("POST", f"{base}/patients/{one['id']}/bill-code")).json()["code"]
    born = dt.date.fromisoformat(MARKED["patient_birth_date"])
    date = {"birth_month": str(born.month), "birth_day": str(born.day), "birth_year": str(born.year)}
    wrong = await patient.ask("POST", "/bill", data={"bill_code": code, **date, "birth_day": "18"})
    assert wrong.status_code == 422
    opened = await patient.ask("POST", "/bill", data={"bill_code": code, **date})
    assert opened.headers["location"] == "/bill/account", opened.text
    assert (await patient.ask("GET", "/bill/account")).status_code == 200
    form = {"choice": "part", "part": MARKED["patient_last_name"], "attempt_key": "first"}
    assert (await patient.ask("POST", "/bill/pay", data=form)).status_code == 422
    started = await patient.ask("POST", "/bill/pay", data={"choice": "all", "part": "", "attempt_key": "first"})
    async with httpx.AsyncClient(timeout=60) as browser:
        paid = await browser.post(started.headers["location"], data=GOOD_CARD)
    target = httpx.URL(paid.headers["location"]).path
    receipt = ""

    async def receipts() -> int:
        nonlocal receipt
        receipt = (await patient.ask("GET", target)).text
        return receipt.count("R-")

    await _until(receipts, 1)
    return receipt


async def _claims_in(biller: _Person, base: str, state: str) -> int:
    return len((await biller.ask("GET", f"{base}/claims", params={"state": state})).json()["items"])


async def _files(folder: Path) -> int:
    return len(await asyncio.to_thread(lambda: list(folder.glob("[!.]*.837"))))


async def _jobs_that_were_tried(tenant: Tenant) -> bool:
    """Whether every job of the practice was done or failed at least once."""
    untouched = sa.select(sa.func.count()).where(
        outbox.c.practice_id == tenant.practice_id, outbox.c.done_at.is_(None), outbox.c.attempts == 0
    )
    async with tenant.tx("worker") as tx:
        return await tx.scalar(untouched) == 0


async def _until(count: Callable[[], Any], at_least: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await count() < at_least:  # noqa: ASYNC110 - other processes act meanwhile, and wake nobody here
            await asyncio.sleep(0.2)
