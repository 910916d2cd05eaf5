"""Files from a partner: taken in once, whatever their number, name and state."""

import asyncio
import os
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories.clearinghouse import (
    connect,
    interchange_acknowledgment,
    leave,
    partner_file,
    remittance_file,
)
from tests.plugins.tenants import Tenant

from clearinghouse.public import EdiFile, handle_poll_due, list_edi_files, read_file
from clearinghouse.tables import sighting
from kernel.errors import NotFound
from kernel.jobs.outbox import outbox
from kernel.storage.folder import FolderStore


async def poll(tenant: Tenant, store: FolderStore, exchange: Path, **limits: int) -> None:
    async with tenant.tx("worker") as tx:
        await handle_poll_due(tx, {}, store=store, exchange_root=exchange.parent, **limits)


async def files(tenant: Tenant) -> dict[str, EdiFile]:
    async with tenant.tx() as tx:
        return {file.name: file for file in await list_edi_files(tx)}


async def announced(tenant: Tenant) -> list[tuple[str, str]]:
    async with tenant.tx() as tx:
        rows = await tx.execute(sa.select(outbox.c.topic, outbox.c.payload).order_by(outbox.c.topic))
        return [(row.topic, row.payload["edi_file_id"]) for row in rows]


def long_ago(path: Path) -> Path:
    os.utime(path, (time.time() - 3600,) * 2)
    return path


async def test_every_kind_is_stored_and_announced(tenant: Tenant, store: FolderStore, exchange: Path) -> None:
    await connect(tenant)
    contents = {
        "a.835": remittance_file(),
        "b.999": partner_file("999", "005010X231A1", functional="FA"),
        "c.277": partner_file("277", "005010X214", functional="HN"),
        "d.ta1": interchange_acknowledgment(),
    }
    paths = [leave(exchange, name, content) for name, content in contents.items()]
    for _ in range(2):
        await poll(tenant, store, exchange)
    found = await files(tenant)
    assert [(file.transaction_set, file.state, file.problem) for file in found.values()] == [
        ("835", "announced", None),
        ("999", "announced", None),
        ("277ca", "announced", None),
        ("ta1", "announced", None),
    ]
    assert await announced(tenant) == [
        ("edi.277ca.received", str(found["c.277"].id)),
        ("edi.835.received", str(found["a.835"].id)),
        ("edi.999.received", str(found["b.999"].id)),
        ("edi.ta1.received", str(found["d.ta1"].id)),
    ]
    async with tenant.tx() as tx:
        assert {name: await read_file(tx, store, file.id) for name, file in found.items()} == contents
    assert all(path.exists() for path in paths)


async def test_what_cannot_be_read_is_kept_and_blocks_nothing(
    tenant: Tenant, store: FolderStore, exchange: Path
) -> None:
    await connect(tenant)
    bad = {
        "a.zip": b"PK\x03\x04...",
        "b.txt": b"",
        "c.835": remittance_file()[:-30],
        "e.834": partner_file("834", "005010X220A1"),
    }
    for name, content in bad.items():
        long_ago(leave(exchange, name, content))
    leave(exchange, "z.835", remittance_file())
    await poll(tenant, store, exchange)
    found = await files(tenant)
    assert {name: file.state for name, file in found.items()} == {**dict.fromkeys(bad, "refused"), "z.835": "announced"}
    assert all(found[name].problem for name in bad)
    assert [topic for topic, _ in await announced(tenant)] == ["edi.835.received"]
    async with tenant.tx() as tx:
        assert {name: await read_file(tx, store, found[name].id) for name in bad} == bad


async def test_the_same_bytes_under_another_name_are_the_same_file(
    tenant: Tenant, store: FolderStore, exchange: Path
) -> None:
    await connect(tenant)
    leave(exchange, "first.835", remittance_file())
    await poll(tenant, store, exchange)
    leave(exchange, "again.835", remittance_file())
    await poll(tenant, store, exchange)
    assert list(await files(tenant)) == ["first.835"]
    assert len(await announced(tenant)) == 1


async def test_a_file_written_again_under_its_name_is_seen(tenant: Tenant, store: FolderStore, exchange: Path) -> None:
    await connect(tenant)
    long_ago(leave(exchange, "daily.835", remittance_file(1)))
    await poll(tenant, store, exchange)
    leave(exchange, "daily.835", remittance_file(2))
    await poll(tenant, store, exchange)
    assert len(await announced(tenant)) == 2


async def test_the_same_file_twice_at_once_is_announced_once(
    tenant: Tenant, store: FolderStore, exchange: Path
) -> None:
    await connect(tenant)
    for number in range(1, 4):
        leave(exchange, f"{number}.835", remittance_file(number))
    async with tenant.tx("worker") as first:
        await handle_poll_due(first, {}, store=store, exchange_root=exchange.parent)
        second = asyncio.create_task(poll(tenant, store, exchange))
        while not await waiting_for_lock(tenant):
            assert not second.done()
            await asyncio.sleep(0.01)
    await second
    assert len(await files(tenant)) == 3
    assert [topic for topic, _ in await announced(tenant)] == ["edi.835.received"] * 3


async def waiting_for_lock(tenant: Tenant) -> bool:
    """Whether the second transaction has reached the row the first one holds."""
    async with tenant.tx("worker") as tx:
        return bool(
            await tx.scalar(sa.text("select count(*) from pg_locks where not granted and locktype = 'transactionid'"))
        )


async def test_a_second_poll_reads_no_file(tenant: Tenant, store: FolderStore, exchange: Path) -> None:
    await connect(tenant)
    path = long_ago(leave(exchange, "a.835", remittance_file()))
    await poll(tenant, store, exchange)
    status = path.stat()
    path.write_bytes(b"X" * status.st_size)  # would be taken in as another file if it were read
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    await poll(tenant, store, exchange)
    assert len(await files(tenant)) == 1
    async with tenant.tx() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(sighting)) == 1


async def test_a_file_being_written_waits_until_it_is_whole(tenant: Tenant, store: FolderStore, exchange: Path) -> None:
    await connect(tenant)
    content = remittance_file()
    leave(exchange, "named.835.part", content)
    leave(exchange, ".hidden.835", content)
    growing = leave(exchange, "growing.835", content[:150])
    await poll(tenant, store, exchange)
    assert await files(tenant) == {}
    growing.write_bytes(content)
    await poll(tenant, store, exchange)
    assert {name: file.state for name, file in (await files(tenant)).items()} == {"growing.835": "announced"}


async def test_a_file_over_the_limit_is_left_with_the_partner(
    tenant: Tenant, store: FolderStore, exchange: Path
) -> None:
    await connect(tenant)
    content = remittance_file()
    long_ago(leave(exchange, "large.835", content))
    long_ago(leave(exchange, "largest.835", content[:-1]))
    for _ in range(2):
        await poll(tenant, store, exchange, largest_bytes=len(content) - 1)
    found = await files(tenant)
    assert found["largest.835"].state == "announced"
    large = found["large.835"]
    assert large.state == "refused"
    assert large.problem == (
        f"the file has {len(content)} bytes and was left with the partner; the largest that is taken is"
        f" {len(content) - 1}: ask the partner for it in parts"
    )
    with pytest.raises(NotFound, match="left with the partner"):
        async with tenant.tx() as tx:
            await read_file(tx, store, large.id)


async def test_links_and_unreadable_names_are_not_followed(
    tenant: Tenant, store: FolderStore, exchange: Path, tmp_path: Path
) -> None:
    await connect(tenant)
    secret = tmp_path / "secret.835"
    secret.write_bytes(remittance_file(9))
    leave(exchange, "a.835", remittance_file())
    (exchange / "riverbend" / "from-payer" / "link.835").symlink_to(secret)
    (exchange / "riverbend" / "from-payer" / "folder.835").mkdir()
    leave(exchange, "bad\udcff.835", remittance_file(3))
    await poll(tenant, store, exchange)
    assert list(await files(tenant)) == ["a.835"]


async def test_a_partner_that_left_nothing_is_no_error(tenant: Tenant, store: FolderStore, exchange: Path) -> None:
    await connect(tenant)
    await poll(tenant, store, exchange)
    assert await files(tenant) == {}
