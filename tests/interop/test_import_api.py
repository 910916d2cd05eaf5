"""The endpoints for imports: a file in the body, its refused rows as a download, and clear answers to what is no such file."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.factories.clients import signed_in
from tests.interop.encounter_rows import row
from tests.interop.import_files import counted, csv_bytes, have_clinic, new_store
from tests.plugins.tenants import MakeTenant, Tenant

from interop.api import ImportController
from interop.permissions import IMPORT_ENCOUNTERS, READ_ENCOUNTERS
from interop.runs.reading import LIMITS
from kernel.ids import new_id

PIECE = bytes(1_000_000)


@pytest.fixture
async def client(tenant: Tenant, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    await have_clinic(tenant)
    async with signed_in(
        tenant, ImportController, IMPORT_ENCOUNTERS, READ_ENCOUNTERS, store=new_store(tmp_path)
    ) as one:
        yield one


def imports(tenant: Tenant) -> str:
    return f"/api/v1/practices/{tenant.practice_id}/imports"


async def test_a_file_goes_in_and_its_refused_rows_come_back(client: httpx.AsyncClient, tenant: Tenant) -> None:
    content = csv_bytes(row("E-1"), row("E-2", units="two"))
    answers = [
        await client.post(f"{imports(tenant)}/encounters", content=content, params={"file_name": r"C:\june\visits.csv"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    result = answers[0].json()
    assert answers[1].json() == result
    assert (result["file_name"], result["encounters_accepted"], result["rows_refused"]) == ("visits.csv", 1, 1)
    assert (await client.get(f"{imports(tenant)}/{result['id']}")).json() == result
    rejects = await client.get(f"{imports(tenant)}/{result['id']}/rejects")
    assert rejects.headers["content-type"] == "text/csv; charset=utf-8"
    assert rejects.headers["content-disposition"] == f'attachment; filename="{result["id"]}-rejects.csv"'
    assert rejects.text.count("\r\n") == 2


async def test_an_import_without_refused_rows_has_no_such_file(client: httpx.AsyncClient, tenant: Tenant) -> None:
    result = (await client.post(f"{imports(tenant)}/encounters", content=csv_bytes(row()))).json()
    answer = await client.get(f"{imports(tenant)}/{result['id']}/rejects")
    assert (answer.status_code, answer.json()["detail"]) == (404, "this import has no refused rows")


async def test_a_file_announced_over_the_limit_is_refused_before_it_is_read(
    client: httpx.AsyncClient, tenant: Tenant
) -> None:
    read: list[bytes] = []

    async def body() -> AsyncIterator[bytes]:
        for _ in range(200):
            read.append(PIECE)
            yield PIECE

    answer = await client.post(
        f"{imports(tenant)}/encounters", content=body(), headers={"Content-Length": str(200 * len(PIECE))}
    )
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (413, "too-large")
    assert "over 50 MB" in answer.json()["detail"]
    assert len(read) <= 1


async def test_a_file_of_unknown_length_is_read_to_the_limit_and_no_further(
    client: httpx.AsyncClient, tenant: Tenant
) -> None:
    read: list[bytes] = []

    async def body() -> AsyncIterator[bytes]:
        for _ in range(200):
            read.append(PIECE)
            yield PIECE

    answer = await client.post(f"{imports(tenant)}/encounters", content=body())
    assert answer.status_code == 413
    assert len(read) <= LIMITS.max_bytes // len(PIECE) + 2


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7", "This is a PDF document, not a CSV file."),
        (b"\xff\xfe" + "encounter_no".encode("utf-16-le"), "The file is encoded as UTF-16"),
    ],
)
async def test_what_is_no_such_file_gets_a_clear_answer(
    client: httpx.AsyncClient, tenant: Tenant, content: bytes, detail: str
) -> None:
    answer = await client.post(f"{imports(tenant)}/encounters", content=content)
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (422, "file-unreadable")
    assert answer.json()["detail"].startswith(detail)
    assert (await counted(tenant))["encounter"] == 0


async def test_a_form_is_told_to_send_the_file_itself(client: httpx.AsyncClient, tenant: Tenant) -> None:
    answer = await client.post(f"{imports(tenant)}/encounters", files={"file": ("visits.csv", csv_bytes(row()))})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "the body is a form; send the CSV file itself as the body, as text/csv",
    )


async def test_the_id_of_another_practice_and_no_id_at_all_read_the_same(
    client: httpx.AsyncClient, tenant: Tenant, make_tenant: MakeTenant, tmp_path: Path
) -> None:
    result = (await client.post(f"{imports(tenant)}/encounters", content=csv_bytes(row(units="two")))).json()
    sister = await make_tenant(company_id=tenant.company_id)
    async with signed_in(
        sister, ImportController, IMPORT_ENCOUNTERS, READ_ENCOUNTERS, store=new_store(tmp_path)
    ) as theirs:
        answers = [
            await theirs.get(f"{imports(sister)}/{key}{part}")
            for key in (result["id"], new_id())
            for part in ("", "/rejects")
        ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.json()["detail"] for answer in answers}) == 1


async def test_importing_needs_its_permission(tenant: Tenant, tmp_path: Path) -> None:
    await have_clinic(tenant)
    async with signed_in(tenant, ImportController, "claims:read", store=new_store(tmp_path)) as other:
        answer = await other.post(f"{imports(tenant)}/encounters", content=csv_bytes(row()))
    assert answer.status_code == 403
