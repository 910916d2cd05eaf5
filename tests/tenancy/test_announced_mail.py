"""Mail is announced, in the outbox and through the broker, without whom it is for and without what opens anything."""

import uuid

import httpx
import psycopg
import pytest
from tests.factories.people import add_person, sign_in
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web

from app.providers import make_broker
from kernel.ids import new_id
from kernel.jobs.relay import relay_batch
from tenancy.public import invitation_token

Admin = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
async def keeper(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    return await sign_in(web, await add_person(tenant, {None: "administrator"}))


async def test_an_announcement_holds_an_id_and_a_message_is_signed(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient, admin: Admin
) -> None:
    invited, forgetful = f"marked-{new_id()}@northgate.example", await web.member(tenant, "biller")
    body = {"email": invited, "display_name": "Ina Vited", "roles": [{"role": "auditor"}], "reason": "joins"}
    made = await keeper.post("/api/v1/invitations", json=body)
    assert made.status_code == 201, made.text
    asked = await web.visitor().post("/api/v1/password-reset", json={"email": forgetful})
    assert asked.status_code == 202
    token = invitation_token(web.resources.sessions, uuid.UUID(made.json()["id"]))
    (hashed,) = (
        admin.execute("select token_hash from app.invitation where id = %s", [made.json()["id"]]).fetchone() or ()
    )
    (reset,) = admin.execute(
        "select r.id::text from app.password_reset r join app.user_account u on u.id = r.user_id where u.email = %s",
        [forgetful],
    ).fetchone() or ("",)
    broker = make_broker(web.resources.settings, role="relay")
    try:
        while await relay_batch(web.resources.database, broker.send):  # what other tests left comes first
            pass
    finally:
        broker.close()
    topics = ["tenancy.invitation.made", "tenancy.password_reset.asked"]
    rows = admin.execute("select id, row_to_json(o)::text from app.outbox o where topic = any(%s)", [topics]).fetchall()
    queued = admin.execute(
        "select message_id, message::text, jsonb_array_length(message->'args') from dramatiq.queue where message_id = any(%s)",
        [[row[0] for row in rows]],
    ).fetchall()
    admin.execute("delete from dramatiq.queue")
    written = " ".join(str(row[1]) for row in (*rows, *queued))
    assert made.json()["id"] in written, "what is searched is what was announced"
    assert str(reset) in written
    assert {row[2] for row in queued} == {2}, "a message and its signature"
    for secret in (token, str(hashed), invited, forgetful, "Ina Vited"):
        assert secret not in written
