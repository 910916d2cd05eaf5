"""A disk that takes no more: the folder store says so and leaves nothing half written."""

import hashlib
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.faults.processes import web_running
from tests.faults.test_jobs import admin_of
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD, Web, base_of, request_id_of

from kernel.settings import Settings

CHILD = """
import asyncio, pathlib, resource, signal, sys
from kernel.storage.base import StorageFull
from kernel.storage.folder import FolderStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
store = FolderStore(pathlib.Path(sys.argv[1]))
asyncio.run(store.put("small", b"x" * 1000))
try:
    asyncio.run(store.put("large", b"x" * 1_000_000))
except StorageFull as error:
    print(error)
"""
"""A child process that may write no file over 100,000 bytes: the kernel refuses the write as it does on a full disk."""


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CHILD, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "the file storage has no room left: nothing was kept; free some space, then try again\n"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["small"]


@pytest.mark.slow
async def test_a_person_reads_that_there_is_no_room_and_can_send_the_file_again(
    settings: Settings, tenant: Tenant, web: Web, admin_url: str, tmp_path: Path
) -> None:
    own = settings.model_copy(deep=True)
    own.database.lock_wait_seconds = 5
    email = await web.member(tenant, "biller")
    content = b"x" * 1_000_000
    announced = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    async def send(url: str, link: dict[str, object] | None = None) -> tuple[httpx.Response, dict[str, object]]:
        async with httpx.AsyncClient(base_url=url, timeout=60, headers={"Origin": url}) as client:
            if link is None:
                await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})
                begun = await client.post(f"{base_of(tenant)}/imports/encounters/uploads", json=announced)
                assert begun.status_code == 201, begun.text
                link = begun.json()["put"]
            path = str(link["url"]).partition("/files/")[2]
            return await client.put(f"/files/{path}", content=content, headers=link["headers"]), link  # type: ignore[arg-type]

    with web_running(own, tmp_path, largest_file_bytes=200_000) as (_, url):
        refused, link = await send(url)
    assert refused.status_code == 503
    assert refused.json()["detail"].startswith("the file storage has no room left: nothing was kept")
    assert refused.json()["request_id"] == request_id_of(refused)
    with psycopg.connect(admin_of(admin_url, settings)) as admin:
        found = admin.execute(
            "select action, outcome from app.audit_event where request_id = %s", [request_id_of(refused)]
        )
        assert found.fetchall() == [("http.request.failed", "failed")]
    with web_running(own, tmp_path) as (_, url):
        taken, _ = await send(url, link)
    assert taken.status_code < 300, taken.text
