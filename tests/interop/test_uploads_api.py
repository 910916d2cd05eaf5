"""Encounter files that come by upload, and refused rows that go by link: a program that signs in, and one that has only the link."""

import asyncio
import hashlib
import uuid
from collections import Counter

import httpx
import msgspec
import psycopg
import pytest
from tests.interop.encounter_rows import row
from tests.interop.import_files import counted, csv_bytes, have_clinic
from tests.kernel.storage.senders import s3
from tests.plugins.aws import AwsServer
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import NOBODY_LISTENS, Web, audit_actions, base_of, make_test_resources, request_id_of, started

from app.asgi import create_app
from interop.runs.reading import LIMITS
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.jobs.outbox import announce
from kernel.settings import Settings
from kernel.storage.base import Presigned
from kernel.storage.uploads import key_of

GOOD = csv_bytes(row("E-1"), row("E-2", units="two"))


@pytest.fixture
async def biller(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    await have_clinic(tenant)
    return await web.signed_in(tenant, "biller")


def uploads(tenant: Tenant) -> str:
    return f"{base_of(tenant)}/imports/encounters/uploads"


def announced(content: bytes) -> dict[str, object]:
    return {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


async def begin(client: httpx.AsyncClient, tenant: Tenant, content: bytes = GOOD) -> dict[str, object]:
    answer = await client.post(uploads(tenant), json=announced(content))
    assert answer.status_code == 201, answer.text
    begun: dict[str, object] = answer.json()
    return begun


async def put(web: Web, begun: dict[str, object], content: bytes = GOOD) -> httpx.Response:
    """Sent by somebody with nothing but the link."""
    link = begun["put"]
    assert isinstance(link, dict)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web.app, raise_app_exceptions=False)) as program:
        return await program.request(link["method"], link["url"], content=content, headers=link["headers"])


async def test_a_file_is_announced_put_and_imported_like_one_in_the_body(
    web: Web, biller: httpx.AsyncClient, tenant: Tenant
) -> None:
    begun = await begin(biller, tenant)
    assert (await put(web, begun)).status_code == 204
    answer = await biller.post(f"{uploads(tenant)}/{begun['id']}", params={"file_name": r"C:\june\visits.csv"})
    assert answer.status_code == 201, answer.text
    result = answer.json()
    assert (result["file_name"], result["encounters_accepted"], result["rows_refused"]) == ("visits.csv", 1, 1)
    assert (await counted(tenant))["encounter"] == 1
    direct = await biller.post(f"{base_of(tenant)}/imports/encounters", content=GOOD)
    assert direct.json() == result, "the same bytes are the same import, however they come"
    actions = [one.action for one in await audit_actions(tenant, request_id_of(answer))]
    assert "storage.upload.claimed" in actions
    assert "interop.import.finished" in actions


async def test_asking_again_answers_the_same_and_many_at_once_import_once(
    web: Web, biller: httpx.AsyncClient, tenant: Tenant
) -> None:
    begun = await begin(biller, tenant)
    assert (await put(web, begun)).status_code == 204
    address = f"{uploads(tenant)}/{begun['id']}"
    answers = await asyncio.gather(*(biller.post(address) for _ in range(4)))
    assert set(Counter(one.status_code for one in answers)) <= {201, 409}
    made = [one.json() for one in answers if one.status_code == 201]
    again = await biller.post(address)
    assert again.status_code == 201
    assert made
    assert all(one == again.json() for one in made)
    assert (await counted(tenant))["encounter"] == 1


async def test_a_file_that_has_not_arrived_or_is_another_one_is_not_imported(
    web: Web, biller: httpx.AsyncClient, tenant: Tenant
) -> None:
    begun = await begin(biller, tenant)
    early = await biller.post(f"{uploads(tenant)}/{begun['id']}")
    assert (early.status_code, early.json()["type"].rsplit("/", 1)[1]) == (409, "upload-not-there")
    for content, status in ((GOOD + b"x", 422), (GOOD.replace(b"E-1", b"E-3"), 422), (b"", 422), (GOOD, 204)):
        assert (await put(web, begun, content)).status_code == status
    assert (await biller.post(f"{uploads(tenant)}/{begun['id']}")).status_code == 201


async def test_a_file_that_cannot_be_read_leaves_its_upload_unused(
    web: Web, biller: httpx.AsyncClient, tenant: Tenant
) -> None:
    begun = await begin(biller, tenant, b"%PDF-1.7")
    assert (await put(web, begun, b"%PDF-1.7")).status_code == 204
    for _ in range(2):
        refused = await biller.post(f"{uploads(tenant)}/{begun['id']}")
        assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (422, "file-unreadable")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"size_bytes": LIMITS.max_bytes + 1, "sha256": "0" * 64}, 413),
        ({"size_bytes": 0, "sha256": "0" * 64}, 400),
        ({"size_bytes": 10, "sha256": "ABC"}, 400),
        ({"size_bytes": 10}, 400),
    ],
)
async def test_what_cannot_be_announced(
    biller: httpx.AsyncClient, tenant: Tenant, body: dict[str, object], status: int
) -> None:
    assert (await biller.post(uploads(tenant), json={"size_bytes": 10, "sha256": "0" * 64})).status_code == 201
    assert (await biller.post(uploads(tenant), json=body)).status_code == status


async def test_another_practices_upload_is_nobodys(
    web: Web, biller: httpx.AsyncClient, tenant: Tenant, make_tenant: MakeTenant
) -> None:
    begun = await begin(biller, tenant)
    assert (await put(web, begun)).status_code == 204
    for other in (await make_tenant(company_id=tenant.company_id), await make_tenant()):
        stranger = await web.signed_in(other, "biller")
        answers = [await stranger.post(f"{uploads(other)}/{one}") for one in (begun["id"], new_id())]
        assert [one.status_code for one in answers] == [404, 404]
        assert len({one.json()["detail"] for one in answers}) == 1
    assert (await biller.post(f"{uploads(tenant)}/{begun['id']}")).status_code == 201


async def test_refused_rows_are_downloaded_by_link_and_the_link_is_the_export(
    web: Web, biller: httpx.AsyncClient, tenant: Tenant
) -> None:
    run = (await biller.post(f"{base_of(tenant)}/imports/encounters", content=GOOD)).json()
    address = f"{base_of(tenant)}/imports/{run['id']}/rejects"
    made = await biller.post(f"{address}/link")
    assert made.status_code == 201
    assert [one.action for one in await audit_actions(tenant, request_id_of(made))] == ["interop.rejects.exported"]
    link = made.json()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web.app)) as program:
        answer = await program.get(link["url"])
    assert (answer.status_code, answer.content) == (200, (await biller.get(address)).content)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{run["id"]}-rejects.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert str(tenant.practice_id) not in link["url"]


async def test_uploading_needs_the_permission_to_import(web: Web, biller: httpx.AsyncClient, tenant: Tenant) -> None:
    begun = await begin(biller, tenant)
    poster = await web.signed_in(tenant, "poster")
    assert (await poster.post(uploads(tenant), json=announced(GOOD))).status_code == 403
    assert (await poster.post(f"{uploads(tenant)}/{begun['id']}")).status_code == 403


async def test_with_a_bucket_the_bytes_never_pass_through_us(
    web_settings: Settings, tenant: Tenant, aws: AwsServer
) -> None:
    await have_clinic(tenant)
    own = make_test_resources(web_settings, NOBODY_LISTENS)
    async with (
        s3(aws) as stored,
        started(create_app(resources := msgspec.structs.replace(own, store=stored.store))) as app,
    ):
        web = Web(app, resources)
        biller = await web.signed_in(tenant, "biller")
        begun = await begin(biller, tenant)
        link = msgspec.convert(begun["put"], Presigned)
        assert link.url.startswith(str(aws.settings.endpoint_url))
        assert (await stored.send(link, GOOD + b"x")).status_code == 403
        assert (await stored.send(link, GOOD)).status_code == 200
        imported = await biller.post(f"{uploads(tenant)}/{begun['id']}")
        assert imported.status_code == 201, imported.text
        to_rejects = await biller.post(f"{base_of(tenant)}/imports/{imported.json()['id']}/rejects/link")
        rejects = await stored.send(msgspec.convert(to_rejects.json(), Presigned), b"")
        assert (rejects.status_code, rejects.content.count(b"\r\n")) == (200, 2)
        assert (await web.visitor().get("/files/none")).status_code == 404
        await web.close()


async def test_the_scheduled_job_deletes_what_nobody_imported(
    web: Web, biller: httpx.AsyncClient, tenant: Tenant, settings: Settings, admin_url: str
) -> None:
    left, used = await begin(biller, tenant), await begin(biller, tenant)
    for one in (left, used):
        assert (await put(web, one)).status_code == 204
    assert (await biller.post(f"{uploads(tenant)}/{used['id']}")).status_code == 201
    address = psycopg.conninfo.make_conninfo(admin_url, dbname=settings.database.name)
    with psycopg.connect(address, autocommit=True) as admin:
        ids = [left["id"], used["id"]]
        admin.execute(
            "update app.upload set expires_at = now() - interval '1 minute' where id = any(%s::uuid[])", [ids]
        )
    async with open_transaction(tenant.database, Scope(audience="scheduler", request_id="test")) as tx:
        await announce(tx, "storage.uploads.due", {})
    await web.run_jobs(tenant)
    assert (await biller.post(f"{uploads(tenant)}/{left['id']}")).status_code == 404
    assert (await biller.post(f"{uploads(tenant)}/{used['id']}")).status_code == 201
    store = web.resources.store
    assert await store.get(key_of(tenant.practice_id, uuid.UUID(str(used["id"])))) == GOOD
    with pytest.raises(NotFound):
        await store.get(key_of(tenant.practice_id, uuid.UUID(str(left["id"]))))
