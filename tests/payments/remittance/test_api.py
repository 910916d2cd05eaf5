"""Remittances over HTTP: look, see the plan, post exactly that, once a key."""

import uuid
from typing import Any

import httpx
from tests.factories.claims import Clinic, Visit, build, send
from tests.factories.clients import signed_in
from tests.factories.payments import claim_payment, file_of, head_of, paid_by, receive, take_in, totals_of
from tests.plugins.tenants import MakeTenant

from kernel.ids import new_id
from kernel.storage.folder import FolderStore
from payments.permissions import POST_REMITTANCES, READ_REMITTANCES
from payments.remittance.api import RemittanceController

ALLOWED = "paid 120.00, CO-45 60.00, PR-2 20.00"
UNKNOWN_CODE = "paid 50.00, CR-45 150.00"
BOTH = (READ_REMITTANCES, POST_REMITTANCES)


def base(clinic: Clinic) -> str:
    return f"/api/v1/practices/{clinic.tenant.practice_id}/remittances"


async def held_remittance(clinic: Clinic, store: FolderStore) -> uuid.UUID:
    """A payment for two claims, one of which waits for a person."""
    claims = await build(clinic, Visit(), Visit(number="E-2"))
    await send(clinic, store)
    payment = paid_by("BHERON", claim_payment(claims["E-1"], ALLOWED), claim_payment(claims["E-2"], UNKNOWN_CODE))
    (remittance_id,) = await receive(clinic, store, payment)
    return remittance_id


async def post_plan(
    client: httpx.AsyncClient, clinic: Clinic, remittance_id: uuid.UUID, digest: str, key: str | None = "k-1"
) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await client.post(f"{base(clinic)}/{remittance_id}/post", json={"plan_digest": digest}, headers=headers)


async def plan_of(client: httpx.AsyncClient, clinic: Clinic, remittance_id: uuid.UUID) -> dict[str, Any]:
    plan: dict[str, Any] = (await client.get(f"{base(clinic)}/{remittance_id}/plan")).json()
    return plan


async def test_a_held_remittance_is_listed_read_planned_and_posted(clinic: Clinic, store: FolderStore) -> None:
    remittance_id = await held_remittance(clinic, store)
    async with signed_in(clinic.tenant, RemittanceController, *BOTH) as client:
        (listed,) = (await client.get(base(clinic))).json()["items"]
        assert (listed["id"], listed["state"], listed["amount_cents"]) == (str(remittance_id), "held", 17_000)
        assert "CR-45" in listed["problem"]
        read = (await client.get(f"{base(clinic)}/{remittance_id}")).json()
        assert [(row["position"], row["paid_cents"], row["state"]) for row in read["rows"]] == [
            (1, 12_000, "received"),
            (2, 5_000, "held"),
        ]
        assert all(row["length_bytes"] > 0 for row in read["rows"])
        plan = await plan_of(client, clinic, remittance_id)
        assert [row["position"] for row in plan["posts"]] == [1]
        assert [(row["position"], row["paid_cents"]) for row in plan["holds"]] == [(2, 5_000)]
        assert (plan["difference_cents"], plan["digest"]) == (0, listed["plan_digest"])
        answer = await post_plan(client, clinic, remittance_id, plan["digest"])
        assert answer.status_code == 201
        assert (answer.json()["state"], answer.json()["claims_posted"], answer.json()["rows_held"]) == ("posted", 1, 1)


async def test_the_same_key_answers_the_same_and_posts_once(clinic: Clinic, store: FolderStore) -> None:
    remittance_id = await held_remittance(clinic, store)
    async with signed_in(clinic.tenant, RemittanceController, *BOTH) as client:
        digest = (await plan_of(client, clinic, remittance_id))["digest"]
        first = await post_plan(client, clinic, remittance_id, digest)
        books = await totals_of(clinic)
        again = await post_plan(client, clinic, remittance_id, digest)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        other = await post_plan(client, clinic, remittance_id, "0" * 64)
        assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (409, "idempotency-key-in-use")
    assert await totals_of(clinic) == books


async def test_a_stale_plan_a_missing_key_and_a_malformed_digest_are_refused_and_post_nothing(
    clinic: Clinic, store: FolderStore
) -> None:
    remittance_id = await held_remittance(clinic, store)
    before = await totals_of(clinic)
    async with signed_in(clinic.tenant, RemittanceController, *BOTH) as client:
        digest = (await plan_of(client, clinic, remittance_id))["digest"]
        stale = await post_plan(client, clinic, remittance_id, "0" * 64)
        assert (stale.status_code, "look at the new plan" in stale.json()["detail"]) == (409, True)
        assert (await post_plan(client, clinic, remittance_id, digest, None)).status_code == 422
        assert (await post_plan(client, clinic, remittance_id, "none")).status_code in {400, 422}
        assert await totals_of(clinic) == before
        assert (await post_plan(client, clinic, remittance_id, digest, "k-2")).status_code == 201


async def test_reading_does_not_include_posting(clinic: Clinic, store: FolderStore) -> None:
    remittance_id = await held_remittance(clinic, store)
    async with signed_in(clinic.tenant, RemittanceController, READ_REMITTANCES) as client:
        digest = (await plan_of(client, clinic, remittance_id))["digest"]
        refused = await post_plan(client, clinic, remittance_id, digest)
    assert refused.status_code == 403
    assert "remittances:post" in refused.json()["detail"]
    assert (await head_of(clinic, remittance_id)).state == "held"
    async with signed_in(clinic.tenant, RemittanceController, *BOTH) as client:
        assert (await post_plan(client, clinic, remittance_id, digest)).status_code == 201


async def test_another_practices_remittance_is_not_found_like_nobodys(
    clinic: Clinic, store: FolderStore, make_tenant: MakeTenant
) -> None:
    claim = (await build(clinic, Visit()))["E-1"]
    await send(clinic, store)
    (remittance_id,) = await take_in(clinic, store, file_of(paid_by("BHERON", claim_payment(claim, ALLOWED))))
    async with signed_in(clinic.tenant, RemittanceController, *BOTH) as client:
        assert (await client.get(f"{base(clinic)}/{remittance_id}")).status_code == 200
    neighbor = Clinic(await make_tenant(company_id=clinic.tenant.company_id), {}, {})
    async with signed_in(neighbor.tenant, RemittanceController, *BOTH) as client:
        answers = [
            await client.get(f"{base(neighbor)}/{one}{tail}")
            for one in (remittance_id, new_id())
            for tail in ("", "/plan")
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.json()["detail"] for answer in answers}) == 1
        assert (await client.get(base(neighbor))).json()["items"] == []
        assert (await post_plan(client, neighbor, remittance_id, "0" * 64)).status_code == 404
