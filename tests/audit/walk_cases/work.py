"""How routes of the practice's work succeed."""

import hashlib
from typing import Any

import httpx
import sqlalchemy as sa
from tests.api.encounter_files import csv_bytes
from tests.audit.test_api import seal
from tests.audit.walk_cases.world import Cases, World
from tests.factories.claims import Visit, build, open_clinic
from tests.interop.encounter_rows import row

from kernel.ids import new_id

CASES = Cases()


async def new_enrollment(world: World) -> str:
    """The id of an application that nobody has decided on."""
    provider = {"npi": "2999909023", "last_name": "Another", "first_name": "Ines", "taxonomy": "207Q00000X"}
    await world.admin.post(f"{world.base}/providers", json=provider)
    async with world.tenant.tx() as tx:
        payers = (await tx.execute(sa.text("select id from app.payer order by code"))).scalars().all()
        taken = (
            await tx.execute(
                sa.text(
                    "select e.payer_id from app.enrollment e join app.provider p on p.id = e.provider_id"
                    " where p.npi = '2999909023' and e.practice_id = :practice"
                ),
                {"practice": tx.practice_id},
            )
        ).scalars()
    payer = next(one for one in payers if one not in set(taken))
    body = {"provider_npi": "2999909023", "payer_id": str(payer), "requested_date": "2026-01-01"}
    answer = await world.admin.post(f"{world.base}/enrollments", json=body)
    assert answer.status_code == 201, answer.text
    identity: str = answer.json()["id"]
    return identity


@CASES.of("POST /api/v1/practices/{practice_id}/providers")
async def add_provider(world: World) -> httpx.Response:
    provider = {"npi": "2999909049", "last_name": "Fourth", "first_name": "Ines", "taxonomy": "207Q00000X"}
    return await world.admin.post(f"{world.base}/providers", json=provider)


@CASES.of("POST /api/v1/practices/{practice_id}/enrollments")
async def request_enrollment(world: World) -> httpx.Response:
    provider = {"npi": "2999909031", "last_name": "Third", "first_name": "Ines", "taxonomy": "207Q00000X"}
    assert (await world.admin.post(f"{world.base}/providers", json=provider)).status_code == 201
    body = {
        "provider_npi": "2999909031", "payer_id": str(world.ids["payer_id"]), "requested_date": "2026-01-01",
    }  # fmt: skip
    return await world.admin.post(f"{world.base}/enrollments", json=body)


@CASES.of("POST /api/v1/practices/{practice_id}/enrollments/{enrollment_id}/approve")
async def approve_enrollment(world: World) -> httpx.Response:
    address = f"{world.base}/enrollments/{await new_enrollment(world)}/approve"
    return await world.admin.post(address, json={"effective_date": "2026-01-01"}, headers={"If-Match": "*"})


@CASES.of("POST /api/v1/practices/{practice_id}/enrollments/{enrollment_id}/refuse")
async def refuse_enrollment(world: World) -> httpx.Response:
    address = f"{world.base}/enrollments/{await new_enrollment(world)}/refuse"
    return await world.admin.post(address, headers={"If-Match": "*"})


@CASES.of("POST /api/v1/practices/{practice_id}/imports/encounters")
async def import_encounters(world: World) -> httpx.Response:
    content = csv_bytes(row("E-77"))
    return await world.admin.post(f"{world.base}/imports/encounters", content=content, params={"file_name": "good.csv"})


async def upload(world: World, content: bytes) -> tuple[dict[str, Any], httpx.Response]:
    """An announced upload, and the answer to sending it by its link."""
    announced = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    begun = (await world.admin.post(f"{world.base}/imports/encounters/uploads", json=announced)).json()
    path, headers = httpx.URL(begun["put"]["url"]).path, begun["put"]["headers"]
    return begun, await world.web.visitor().put(path, content=content, headers=headers)


@CASES.of("PUT /files/{token}")
async def send_by_link(world: World) -> httpx.Response:
    return (await upload(world, csv_bytes(row("E-78"))))[1]


@CASES.of("POST /api/v1/practices/{practice_id}/imports/encounters/uploads/{upload_id}")
async def import_upload(world: World) -> httpx.Response:
    begun, _ = await upload(world, csv_bytes(row("E-79")))
    return await world.admin.post(f"{world.base}/imports/encounters/uploads/{begun['id']}")


@CASES.of("GET /files/{token}")
async def take_by_link(world: World) -> httpx.Response:
    link = await world.admin.post(f"{world.base}/imports/{world.ids['run_id']}/rejects/link")
    return await world.web.visitor().get(httpx.URL(link.json()["url"]).path)


@CASES.of("POST /api/v1/practices/{practice_id}/remittances/{remittance_id}/post")
async def post_remittance(world: World) -> httpx.Response:
    address = f"{world.base}/remittances/{world.ids['remittance_id']}"
    digest = (await world.admin.get(f"{address}/plan")).json()["digest"]
    headers = {"Idempotency-Key": str(new_id())}
    return await world.admin.post(f"{address}/post", json={"plan_digest": digest}, headers=headers)


@CASES.of("POST /api/v1/practices/{practice_id}/claims/{claim_id}/scrub")
async def scrub_claim(world: World) -> httpx.Response:
    clinic = await open_clinic(world.tenant, connected=False)
    claim = (await build(clinic, Visit(number="E-3")))["E-3"]
    return await world.admin.post(f"{world.base}/claims/{claim.id}/scrub")


@CASES.of("GET /api/v1/practices/{practice_id}/audit/events/{event_id}/proof")
async def prove_event(world: World) -> httpx.Response:
    await seal(world.tenant, world.signers)
    return await world.admin.get(f"{world.base}/audit/events/{world.ids['event_id']}/proof")
