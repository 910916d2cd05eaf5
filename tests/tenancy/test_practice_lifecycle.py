"""What suspending, resuming and offboarding a practice mean for its people, its patients and its jobs, over HTTP."""

import httpx
import pytest
import sqlalchemy as sa
from tests.api.conftest import furnish
from tests.factories.people import SESSION, Person, add_person, sign_in
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, base_of

from app.subscriptions import listeners
from kernel.db.database import Database
from kernel.ids import new_id
from kernel.jobs.message import JobMessage
from kernel.jobs.outbox import announce, outbox
from kernel.jobs.relay import relay_batch
from kernel.jobs.run import run_job

COMPANY_PRACTICES = "/api/v1/company/practices"
WHY = {"reason": "the contract is being renewed"}


@pytest.fixture
async def keeper(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    """Somebody who keeps the company and has no role in any practice."""
    return await sign_in(web, await add_person(tenant, {None: "tenant_admin"}))


@pytest.fixture
async def biller(tenant: Tenant) -> Person:
    return await add_person(tenant, {tenant.practice_id: "biller"})


def at(tenant: Tenant, step: str) -> str:
    return f"{COMPANY_PRACTICES}/{tenant.practice_id}/{step}"


async def offboard(keeper: httpx.AsyncClient, tenant: Tenant) -> httpx.Response:
    """Leave as a person does: look, then confirm what was seen."""
    seen = (await keeper.get(at(tenant, "offboarding"))).json()
    return await keeper.post(at(tenant, "offboard"), json={"digest": seen["digest"], "reason": "the contract ended"})


async def test_in_a_suspended_practice_people_read_and_write_nothing(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient, biller: Person
) -> None:
    at_work = await sign_in(web, biller)
    assert (await at_work.get(f"{base_of(tenant)}/claims")).status_code == 200
    assert (await at_work.post(f"{base_of(tenant)}/claims/submit")).status_code < 400
    assert (await keeper.post(at(tenant, "suspend"), json=WHY)).status_code == 204
    assert (await at_work.get(f"{base_of(tenant)}/claims")).status_code == 200
    refused = await at_work.post(f"{base_of(tenant)}/claims/submit")
    assert refused.status_code == 403
    assert "not active" in refused.json()["detail"]
    assert (await keeper.post(at(tenant, "resume"), json=WHY)).status_code == 204
    assert (await at_work.post(f"{base_of(tenant)}/claims/submit")).status_code < 400


async def test_every_read_of_a_suspended_practice_still_answers(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient
) -> None:
    furnished = await furnish(web, tenant)
    lead = await web.signed_in(tenant, "lead")
    run = f"{base_of(tenant)}/imports/{furnished.ids['run_id']}"
    assert (await keeper.post(at(tenant, "suspend"), json=WHY)).status_code == 204
    for path in (
        base_of(tenant),
        run,
        f"{run}/rejects",
        f"{base_of(tenant)}/remittances",
        f"{base_of(tenant)}/patients",
    ):
        assert (await lead.get(path)).status_code == 200, path


async def test_jobs_of_a_suspended_practice_wait_and_then_run(
    tenant: Tenant, make_tenant: MakeTenant, database: Database, keeper: httpx.AsyncClient, web: Web
) -> None:
    other = await make_tenant()
    await announce_something(tenant)
    await announce_something(other)
    assert (await keeper.post(at(tenant, "suspend"), json=WHY)).status_code == 204
    assert [one.practice_id for one in await relayed(database, tenant, other)] == [other.practice_id]
    assert (await keeper.post(at(tenant, "resume"), json=WHY)).status_code == 204
    assert len(await relayed(database, tenant)) == 1


async def test_a_job_that_was_on_its_way_when_the_practice_was_suspended_is_put_back(
    tenant: Tenant, database: Database, keeper: httpx.AsyncClient, web: Web
) -> None:
    await announce_something(tenant)
    (message,) = await relayed(database, tenant)
    heard = listeners(web.resources)
    assert (await keeper.post(at(tenant, "suspend"), json=WHY)).status_code == 204
    await run_job(database, message, heard)
    assert await state_of(tenant, message) == ("unsent", 0)
    assert (await keeper.post(at(tenant, "resume"), json=WHY)).status_code == 204
    (again,) = await relayed(database, tenant)
    await run_job(database, again, heard)
    assert await state_of(tenant, message) == ("done", 1)


async def test_offboarding_takes_the_practice_from_its_people_at_their_next_request(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient, biller: Person, make_tenant: MakeTenant
) -> None:
    staying = await make_tenant(company_id=tenant.company_id)
    both = await add_person(tenant, {tenant.practice_id: "poster", staying.practice_id: "poster"})
    office = await add_person(tenant, {tenant.practice_id: "practice_admin"})
    people = [await sign_in(web, one) for one in (biller, both, office)]
    assert [(await one.get(base_of(tenant))).status_code for one in people] == [200] * 3
    seen = (await keeper.get(at(tenant, "offboarding"))).json()
    assert (seen["people"], seen["roles"], seen["open_jobs"]) == (3, 3, 0)
    assert (await offboard(keeper, tenant)).status_code == 200
    assert [(await one.get(base_of(tenant))).status_code for one in people] == [404] * 3
    assert (await people[1].get(base_of(staying))).status_code == 200
    changes = (await keeper.get(at(tenant, "role-changes"))).json()["items"]
    assert [one["change"] for one in changes] == ["granted"] * 3 + ["ended"] * 3
    assert {one["reason"] for one in changes if one["change"] == "ended"} == {"the practice left"}


async def test_the_preview_counts_what_is_open(web: Web, tenant: Tenant, keeper: httpx.AsyncClient) -> None:
    before = (await keeper.get(at(tenant, "offboarding"))).json()
    assert before["open_work"] == {"claims": 0}
    await furnish(web, tenant)
    after = (await keeper.get(at(tenant, "offboarding"))).json()
    assert after["open_work"] == {"claims": 1}
    assert after["digest"] != before["digest"]


async def test_administrators_and_auditors_of_the_company_may_still_read_what_left(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient
) -> None:
    auditor = await sign_in(web, await add_person(tenant, {None: "auditor"}))
    administrator = await sign_in(web, await add_person(tenant, {None: "administrator"}))
    assert [await status(one, tenant) for one in (auditor, administrator)] == [404, 404]
    assert (await offboard(keeper, tenant)).status_code == 200
    assert [await status(one, tenant) for one in (auditor, administrator)] == [200, 200]
    refused = await administrator.post(f"{base_of(tenant)}/claims/submit")
    assert refused.status_code == 403
    assert "not active" in refused.json()["detail"]


async def test_a_preview_that_has_aged_confirms_nothing(
    web: Web, tenant: Tenant, keeper: httpx.AsyncClient, biller: Person
) -> None:
    seen = (await keeper.get(at(tenant, "offboarding"))).json()
    await announce_something(tenant)
    body = {"digest": seen["digest"], "reason": "the contract ended"}
    refused = await keeper.post(at(tenant, "offboard"), json=body)
    assert refused.status_code == 409
    assert "look at it again" in refused.json()["detail"]
    at_work = await sign_in(web, biller)
    assert await status(at_work, tenant) == 200
    fresh = (await keeper.get(at(tenant, "offboarding"))).json()
    assert fresh["open_jobs"] == 1
    assert (await keeper.post(at(tenant, "offboard"), json={**body, "digest": fresh["digest"]})).status_code == 200
    assert await status(at_work, tenant) == 404


@pytest.mark.parametrize(
    ("steps", "refused"),
    [
        (["resume"], "only a suspended practice can be resumed; this one is active"),
        (["suspend", "suspend"], "only an active practice can be suspended; this one is suspended"),
        (["offboard", "suspend"], "only an active practice can be suspended; this one is offboarded"),
        (["offboard", "resume"], "only a suspended practice can be resumed; this one is offboarded"),
        (
            ["suspend", "offboard", "offboarding"],
            "only an active or suspended practice can be offboarded; this one is offboarded",
        ),
    ],
)
async def test_a_step_that_does_not_follow_is_refused_by_name(
    tenant: Tenant, keeper: httpx.AsyncClient, steps: list[str], refused: str
) -> None:
    for step in steps[:-1]:
        answer = await offboard(keeper, tenant) if step == "offboard" else await keeper.post(at(tenant, step), json=WHY)
        assert answer.status_code < 300
    last = at(tenant, steps[-1])
    answer = await keeper.get(last) if steps[-1] == "offboarding" else await keeper.post(last, json=WHY)
    assert answer.status_code == 409
    assert answer.json()["detail"] == refused


async def test_only_the_own_company_suspends_and_others_learn_nothing(
    web: Web, tenant: Tenant, make_tenant: MakeTenant, keeper: httpx.AsyncClient
) -> None:
    stranger = await make_tenant()
    for step in ("suspend", "resume", "offboard"):
        body = {"digest": "0" * 64, **WHY} if step == "offboard" else WHY
        theirs = await keeper.post(at(stranger, step), json=body)
        nobodys = await keeper.post(f"{COMPANY_PRACTICES}/{new_id()}/{step}", json=body)
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.json()["detail"] == nobodys.json()["detail"]
    assert (await keeper.get(at(stranger, "offboarding"))).status_code == 404
    assert (await keeper.get(at(stranger, "role-changes"))).status_code == 404
    mine = (await keeper.get(COMPANY_PRACTICES)).json()["items"]
    assert [(one["practice_id"], one["status"]) for one in mine] == [(str(tenant.practice_id), "active")]
    administrator = await web.signed_in(tenant, "administrator")
    assert (await administrator.post(at(tenant, "suspend"), json=WHY)).status_code == 403
    assert (await keeper.post(at(tenant, "suspend"), json=WHY)).status_code == 204


async def status(client: httpx.AsyncClient, tenant: Tenant) -> int:
    assert (await client.get(SESSION)).status_code == 200
    return (await client.get(base_of(tenant))).status_code


async def announce_something(tenant: Tenant) -> None:
    async with tenant.tx() as tx:
        await announce(tx, "edi.ta1.received", {"edi_file_id": str(new_id())})


async def relayed(database: Database, *tenants: Tenant) -> list[JobMessage]:
    """What a relay sends for these practices now."""
    sent: list[JobMessage] = []
    while await relay_batch(database, sent.extend):
        pass
    return [one for one in sent if one.practice_id in {tenant.practice_id for tenant in tenants}]


async def state_of(tenant: Tenant, message: JobMessage) -> tuple[str, int]:
    async with tenant.tx() as tx:
        row = (await tx.execute(sa.select(outbox).where(outbox.c.id == message.outbox_id))).one()
    return ("done" if row.done_at else "sent" if row.sent_at else "unsent"), row.attempts
