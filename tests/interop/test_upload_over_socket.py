"""An upload as it is really sent: a large file over a socket, to the real web process, by somebody with nothing but the link."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from tests.api.server import serving
from tests.interop.encounter_rows import row
from tests.interop.import_files import counted, csv_bytes, have_clinic
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD, Web, base_of

from kernel.settings import Settings

PIECE = 65_536


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    """Where the web process listens."""
    with serving(settings, address_per_second=10_000.0, address_burst=10_000) as running:
        yield f"http://127.0.0.1:{running.port}"


def large_file() -> bytes:
    """One good row, and many that are refused, of some megabytes together."""
    return csv_bytes(row("E-1"), *(row(f"E-{number}", units="two") for number in range(2, 20_000)))


async def in_pieces(content: bytes) -> AsyncIterator[bytes]:
    stream = io.BytesIO(content)
    while piece := stream.read(PIECE):
        yield piece
        await asyncio.sleep(0)


async def test_a_large_file_goes_up_by_link_and_is_imported(web: Web, tenant: Tenant, address: str) -> None:
    await have_clinic(tenant)
    email = await web.member(tenant, "biller")
    content = large_file()
    assert len(content) > 2_000_000
    uploads = f"{base_of(tenant)}/imports/encounters/uploads"
    async with httpx.AsyncClient(base_url=address, headers={"Origin": address}, timeout=120) as biller:
        assert (await biller.post("/api/v1/session", json={"email": email, "password": PASSWORD})).status_code == 201
        announced = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        begun = (await biller.post(uploads, json=announced)).json()
        link = begun["put"]
        assert link["url"].startswith(address)
        async with httpx.AsyncClient(timeout=120) as program:
            more = await program.put(link["url"], content=in_pieces(content + b"more"), headers=link["headers"])
            assert more.status_code == 422
            put = await program.put(link["url"], content=in_pieces(content), headers=link["headers"])
            assert put.status_code == 204, put.text
        imported = await biller.post(f"{uploads}/{begun['id']}", params={"file_name": "large.csv"})
        assert imported.status_code == 201, imported.text
        result = imported.json()
        assert (result["encounters_accepted"], result["rows_refused"]) == (1, 19_998)
        to_rejects = (await biller.post(f"{base_of(tenant)}/imports/{result['id']}/rejects/link")).json()
        async with httpx.AsyncClient(timeout=120) as program:
            rejects = await program.get(to_rejects["url"])
        assert rejects.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert rejects.content.count(b"\r\n") == 19_999
    assert (await counted(tenant))["encounter"] == 1
