"""How routes about keys, people and practices succeed."""

import httpx
from tests.api.doors import MENTIONED, REASON, knock
from tests.api.test_foreign_ids import in_a_month
from tests.audit.walk_cases.world import Cases, World
from tests.plugins.web import PASSWORD
from tests.tenancy.identity.accounts import SESSION

from kernel.ids import new_id
from tenancy.public import invitation_token

CASES = Cases()


@CASES.of("POST /api/v1/api-keys")
async def make_key(world: World) -> httpx.Response:
    key = {"name": "Export", "permissions": ["people:read"], "company_wide": True, "expires_at": in_a_month()}
    return await world.boss.post("/api/v1/api-keys", json=key)


@CASES.of("POST /api/v1/api-keys/{key_id}/revoke")
async def revoke_key(world: World) -> httpx.Response:
    key = (await make_key(world)).json()["shown"]["id"]
    return await world.boss.post(f"/api/v1/api-keys/{key}/revoke")


@CASES.of("POST /api/v1/members/{user_id}/api-keys/{key_id}/revoke")
async def revoke_anothers_key(world: World) -> httpx.Response:
    key = (await make_key(world)).json()["shown"]["id"]
    person = (await world.boss.get(SESSION)).json()["user_id"]
    return await world.boss.post(f"/api/v1/members/{person}/api-keys/{key}/revoke")


@CASES.of("GET /api/v1/access-review/files/{file_format}")
async def export_access_review(world: World) -> httpx.Response:
    return await world.boss.get("/api/v1/access-review/files/csv")


@CASES.of("PUT /api/v1/company/audit/thresholds")
async def set_thresholds(world: World) -> httpx.Response:
    return await world.boss.put("/api/v1/company/audit/thresholds", json={"own": {}})


@CASES.of("PUT /api/v1/sign-in-policy")
async def change_policy(world: World) -> httpx.Response:
    return await world.boss.put("/api/v1/sign-in-policy", json={"second_factor_required": False})


@CASES.of("POST /api/v1/invitations/accept")
async def accept_invitation(world: World) -> httpx.Response:
    token = invitation_token(world.web.resources.sessions, await world.invited())
    return await world.web.visitor().post("/api/v1/invitations/accept", json={"token": token, "password": PASSWORD})


@CASES.of("POST /api/v1/invitations")
async def invite(world: World) -> httpx.Response:
    return await knock(world.boss, "POST /api/v1/invitations", world.ids, MENTIONED["POST /api/v1/invitations"])


@CASES.of("POST /api/v1/invitations/{invitation_id}/withdraw")
async def withdraw_invitation(world: World) -> httpx.Response:
    return await world.boss.post(f"/api/v1/invitations/{await world.invited()}/withdraw")


@CASES.of("POST /api/v1/members/{user_id}/end")
async def end_member(world: World) -> httpx.Response:
    who = await world.member()
    return await world.boss.post(f"/api/v1/members/{who['id']}/end", json={"reason": REASON})


@CASES.of("POST /api/v1/members/roles/{membership_id}/end")
async def end_role(world: World) -> httpx.Response:
    role = (await world.member())["roles"][0]["id"]
    return await world.boss.post(f"/api/v1/members/roles/{role}/end", json={"reason": REASON})


@CASES.of("POST /api/v1/members/{user_id}/transfer")
async def transfer(world: World) -> httpx.Response:
    person, other = await world.member(), await world.member()
    preview = await world.boss.get(f"/api/v1/members/{person['id']}/transfer", params={"to": other["id"]})
    body = {"to_user_id": other["id"], "digest": preview.json()["digest"], "reason": REASON}
    return await world.boss.post(f"/api/v1/members/{person['id']}/transfer", json=body)


async def another_practice(world: World) -> str:
    other = await world.make_tenant(company_id=world.tenant.company_id)
    return f"/api/v1/company/practices/{other.practice_id}"


@CASES.of("POST /api/v1/company/practices/{practice}/suspend")
async def suspend(world: World) -> httpx.Response:
    return await world.boss.post(f"{await another_practice(world)}/suspend", json={"reason": REASON})


@CASES.of("POST /api/v1/company/practices/{practice}/resume")
async def resume(world: World) -> httpx.Response:
    practice = await another_practice(world)
    assert (await world.boss.post(f"{practice}/suspend", json={"reason": REASON})).status_code == 204
    return await world.boss.post(f"{practice}/resume", json={"reason": REASON})


@CASES.of("POST /api/v1/company/practices/{practice}/offboard")
async def offboard(world: World) -> httpx.Response:
    practice = await another_practice(world)
    digest = (await world.boss.get(f"{practice}/offboarding")).json()["digest"]
    return await world.boss.post(f"{practice}/offboard", json={"digest": digest, "reason": REASON})


@CASES.of("POST /api/v1/practices")
async def onboard(world: World) -> httpx.Response:
    new = {
        "slug": f"practice-{new_id()}", "name": "Harborview Clinic", "npi": "1234567893", "tax_id": "311234567",
        "taxonomy": "207Q00000X", "address": "1 Pier Road", "city": "Columbus", "state_code": "OH", "zip": "432151234",
        "phone": "6145550100", "time_zone": "America/New_York", "claim_prefix": "HV",
    }  # fmt: skip
    return await world.boss.post("/api/v1/practices", json=new)


@CASES.of("POST /api/v1/payers")
async def add_payer(world: World) -> httpx.Response:
    new = {"code": "NEWPAY", "name": "New Payer", "kind": "commercial", "edi_id": "90077", "timely_filing_days": 90}
    return await world.boss.post("/api/v1/payers", json=new)
