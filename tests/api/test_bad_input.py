"""What comes of files that are wrong: a clear answer, nothing kept by halves, and nobody's data in an error."""

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import openpyxl
import pytest
import sqlalchemy as sa
from tests.api.encounter_files import csv_bytes
from tests.factories.claims import open_clinic
from tests.interop.encounter_rows import NAMES, row
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, base_of

from interop.runs.tables import import_run

MARKER = "Zebulonovich"
FORBIDDEN = (MARKER, "Traceback", "select ", "insert ", "sqlalchemy", "asyncpg", "Error:", ".py")
WHOLE = csv_bytes(row("E-1", patient_last_name=MARKER))


@pytest.fixture
async def biller(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    """Somebody who may import, in a practice that is ready to bill."""
    await open_clinic(tenant)
    return await web.signed_in(tenant, "biller")


async def upload(biller: httpx.AsyncClient, tenant: Tenant, content: bytes, name: str = "visits.csv") -> httpx.Response:
    return await biller.post(f"{base_of(tenant)}/imports/encounters", content=content, params={"file_name": name})


async def kept_runs(tenant: Tenant) -> int:
    async with tenant.tx() as tx:
        statement = sa.select(sa.func.count()).where(import_run.c.practice_id == tx.practice_id)
        count = await tx.scalar(statement)
    assert isinstance(count, int)
    return count


def workbook() -> bytes:
    """The file as Excel would save it by default."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(list(NAMES))
    book.save(content)
    return content.getvalue()


REFUSED_FILES = {
    "empty": (b"", "empty"),
    "blank": (b"\r\n\r\n,,,\r\n", "empty"),
    "xlsx": (workbook(), "Excel workbook"),
    "pdf": (b"%PDF-1.7\n" + MARKER.encode(), "PDF"),
    "utf-16": (WHOLE.decode("utf-8-sig").encode("utf-16"), "UTF-16"),
    "utf-16 without a mark": (WHOLE.decode("utf-8-sig").encode("utf-16-le"), "UTF-16"),
    "windows-1252": (WHOLE.decode("utf-8-sig").replace("Robin", "Zoë").encode("cp1252"), "Windows-1252"),
    "nul bytes": (WHOLE.replace(b"Robin", b"Ro\x00in"), "NUL"),
    "another table": (b"name,birthday\r\n" + MARKER.encode() + b",1980\r\n", "encounter_no"),
    "x12": (b"ISA*00*          *00*", "X12"),
}


@pytest.mark.parametrize("kind", list(REFUSED_FILES))
async def test_a_file_of_the_wrong_kind_is_refused_as_what_it_is(
    biller: httpx.AsyncClient, tenant: Tenant, kind: str
) -> None:
    content, named = REFUSED_FILES[kind]
    answer = await upload(biller, tenant, content)
    assert answer.status_code == 422
    assert named in answer.text
    for forbidden in FORBIDDEN:
        assert forbidden not in answer.text, forbidden
    assert await kept_runs(tenant) == 0
    assert (await upload(biller, tenant, WHOLE)).status_code == 201


async def test_bad_rows_come_back_as_a_file_with_line_column_and_reason_while_the_rest_goes_on(
    biller: httpx.AsyncClient, tenant: Tenant, web: Web
) -> None:
    content = csv_bytes(
        row("E-1"),
        row("E-2", service_date="someday", patient_last_name=MARKER),
        row("E-3", patient_account_no="10003", charge="free"),
        row("E-4", patient_account_no="10004", primary_payer_id="NOBODY"),
        row("E-5", patient_account_no="10005", patient_last_name="=cmd()"),
    )
    answer = await upload(biller, tenant, content)
    assert answer.status_code == 201
    result = answer.json()
    assert result["encounters_accepted"] == 2
    assert result["rows_refused"] == 3
    told = {(one["line"], one["column"]) for one in result["problems"]}
    assert {(3, "service_date"), (4, "charge"), (5, "primary_payer_id")} <= told
    assert all(one["reason"] and one["would_be_right"] for one in result["problems"])
    for forbidden in FORBIDDEN:
        assert forbidden not in answer.text, forbidden
    rejects = await biller.get(f"{base_of(tenant)}/imports/{result['id']}/rejects")
    assert rejects.status_code == 200
    assert "attachment" in rejects.headers["Content-Disposition"]
    lines = rejects.text.splitlines()
    assert len(lines) == 4
    for word in ("service_date", "charge", "primary_payer_id"):
        assert word in rejects.text
    await web.run_jobs(tenant)
    claims = (await biller.get(f"{base_of(tenant)}/claims")).json()["items"]
    assert len(claims) == 2


async def test_an_unknown_payer_is_told_with_the_payers_there_are(biller: httpx.AsyncClient, tenant: Tenant) -> None:
    answer = await upload(biller, tenant, csv_bytes(row("E-4", primary_payer_id="NOBODY", patient_last_name=MARKER)))
    (problem,) = answer.json()["problems"]
    assert (problem["line"], problem["column"]) == (2, "primary_payer_id")
    assert "BHERON" in problem["would_be_right"]
    assert MARKER not in answer.text


async def test_the_same_file_again_is_the_same_import(biller: httpx.AsyncClient, tenant: Tenant) -> None:
    first, again = await upload(biller, tenant, WHOLE), await upload(biller, tenant, WHOLE)
    assert first.json() == again.json()
    assert await kept_runs(tenant) == 1


async def test_a_file_announced_as_200_mb_is_refused_before_a_byte_of_it_is_read(
    biller: httpx.AsyncClient, tenant: Tenant
) -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    headers = {"Content-Length": "200000000"}
    answer = await biller.post(f"{base_of(tenant)}/imports/encounters", content=body(), headers=headers)
    assert answer.status_code == 413
    assert "50 MB" in answer.json()["detail"]
    assert await kept_runs(tenant) == 0


async def test_a_file_that_does_not_say_its_size_is_cut_off_at_the_limit(
    biller: httpx.AsyncClient, tenant: Tenant, web: Web
) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(200):
            sent += 1_000_000
            yield b"x" * 1_000_000

    answer = await biller.post(f"{base_of(tenant)}/imports/encounters", content=body())
    assert answer.status_code == 413
    assert sent <= 52_000_000
    assert await kept_runs(tenant) == 0
    assert not list(_stored(web, tenant))


async def test_a_large_body_is_refused_at_every_other_route_too(biller: httpx.AsyncClient) -> None:
    answer = await biller.post("/api/v1/session", content=b"{}", headers={"Content-Length": "200000000"})
    assert answer.status_code == 413
    assert json.loads(answer.content)["status"] == 413


async def test_a_file_name_names_no_folder(biller: httpx.AsyncClient, tenant: Tenant, web: Web) -> None:
    answer = await upload(biller, tenant, csv_bytes(row("E-2", service_date="someday")), "../../outside/visits.csv")
    assert answer.json()["file_name"] == "visits.csv"
    assert all(web.resources.settings.home in path.parents for path in _stored(web, tenant))


def _stored(web: Web, tenant: Tenant) -> list[Path]:
    return [path for path in (web.resources.settings.home / "files").rglob("*") if str(tenant.practice_id) in str(path)]
