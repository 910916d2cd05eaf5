"""Files to a partner: queued once, handed over whole, never replaced."""

import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories.clearinghouse import connect
from tests.plugins.tenants import MakeTenant, Tenant

from clearinghouse.public import (
    EdiFile,
    FolderTaken,
    NoConnection,
    default_connection,
    handle_file_queued,
    list_edi_files,
    next_interchange_number,
    queue_file,
    read_file,
)
from kernel.errors import NotFound, Unavailable
from kernel.jobs.outbox import outbox
from kernel.storage.folder import FolderStore

CONTENT = b"ISA*...claims..."


async def queue(tenant: Tenant, store: FolderStore, connection_id: uuid.UUID, content: bytes = CONTENT) -> uuid.UUID:
    async with tenant.tx("worker") as tx:
        return await queue_file(
            tx,
            store,
            connection_id=connection_id,
            transaction_set="837P",
            control_number="000000007",
            name="000000007.837",
            content=content,
        )


async def send(tenant: Tenant, store: FolderStore, exchange: Path, edi_file_id: uuid.UUID) -> None:
    async with tenant.tx("worker") as tx:
        await handle_file_queued(tx, {"edi_file_id": str(edi_file_id)}, store=store, exchange_root=exchange.parent)


async def topics(tenant: Tenant) -> list[str]:
    async with tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(outbox.c.topic).where(outbox.c.practice_id == tenant.practice_id).order_by(outbox.c.created_at)
        )
        return [row.topic for row in rows]


async def only_file(tenant: Tenant) -> EdiFile:
    async with tenant.tx() as tx:
        (found,) = await list_edi_files(tx)
    return found


async def test_a_queued_file_is_handed_over_once(tenant: Tenant, store: FolderStore, exchange: Path) -> None:
    connection_id = await connect(tenant)
    first, again = await queue(tenant, store, connection_id), await queue(tenant, store, connection_id)
    assert first == again
    for _ in range(2):
        await send(tenant, store, exchange, first)
    assert [path.name for path in (exchange / "riverbend" / "to-payer").iterdir()] == ["000000007.837"]
    assert (exchange / "riverbend" / "to-payer" / "000000007.837").read_bytes() == CONTENT
    assert await topics(tenant) == ["edi.file.queued", "edi.file.sent"]
    assert (await only_file(tenant)).state == "sent"
    async with tenant.tx() as tx:
        assert await read_file(tx, store, first) == CONTENT


async def test_a_crash_between_handing_over_and_commit_changes_nothing(
    tenant: Tenant, store: FolderStore, exchange: Path
) -> None:
    edi_file_id = await queue(tenant, store, await connect(tenant))
    with pytest.raises(RuntimeError, match="crash"):
        async with tenant.tx("worker") as tx:
            await handle_file_queued(tx, {"edi_file_id": str(edi_file_id)}, store=store, exchange_root=exchange.parent)
            raise RuntimeError("crash")
    assert (await only_file(tenant)).state == "queued"
    await send(tenant, store, exchange, edi_file_id)
    assert (await only_file(tenant)).state == "sent"
    assert len(list((exchange / "riverbend" / "to-payer").iterdir())) == 1


async def test_another_file_under_the_name_is_not_replaced(tenant: Tenant, store: FolderStore, exchange: Path) -> None:
    taken = exchange / "riverbend" / "to-payer" / "000000007.837"
    taken.parent.mkdir(parents=True)
    taken.write_bytes(b"of somebody else")
    await send(tenant, store, exchange, await queue(tenant, store, await connect(tenant)))
    refused = await only_file(tenant)
    assert (refused.state, refused.problem) == (
        "refused",
        "the partner's folder holds another file under this name; nothing was replaced",
    )
    assert taken.read_bytes() == b"of somebody else"
    assert await topics(tenant) == ["edi.file.queued"]


async def test_an_unreachable_partner_is_tried_again(tenant: Tenant, store: FolderStore, exchange: Path) -> None:
    edi_file_id = await queue(tenant, store, await connect(tenant))
    (exchange / "riverbend").write_bytes(b"a file where the folder should be")
    with pytest.raises(Unavailable, match="tried again"):
        await send(tenant, store, exchange, edi_file_id)
    (exchange / "riverbend").unlink()
    await send(tenant, store, exchange, edi_file_id)
    assert (await only_file(tenant)).state == "sent"


async def test_interchange_numbers_are_given_back_by_a_rollback(tenant: Tenant) -> None:
    connection_id = await connect(tenant)
    with pytest.raises(RuntimeError):
        async with tenant.tx() as tx:
            assert await next_interchange_number(tx, connection_id) == 1
            raise RuntimeError
    async with tenant.tx() as tx:
        assert [await next_interchange_number(tx, connection_id) for _ in range(2)] == [1, 2]


async def test_a_practice_without_a_connection_is_told_so(tenant: Tenant) -> None:
    with pytest.raises(NoConnection, match="set up a connection"):
        async with tenant.tx() as tx:
            await default_connection(tx)
    connection_id = await connect(tenant)
    async with tenant.tx() as tx:
        assert (await default_connection(tx)).id == connection_id
    assert await connect(tenant) == connection_id


async def test_two_practices_never_share_a_folder(tenant: Tenant, make_tenant: MakeTenant) -> None:
    await connect(tenant)
    other = await make_tenant(company_id=tenant.company_id)
    with pytest.raises(FolderTaken, match="riverbend belongs to another connection"):
        await connect(other)
    await connect(other, folder="cedar-hill")


@pytest.mark.parametrize("folder", ["../elsewhere", "/etc", "a/b", ".", "", "Riverbend"])
async def test_a_folder_is_one_plain_name(tenant: Tenant, folder: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="connection_folder_check"):
        await connect(tenant, folder=folder)


async def test_another_practice_cannot_read_a_file(tenant: Tenant, make_tenant: MakeTenant, store: FolderStore) -> None:
    edi_file_id = await queue(tenant, store, await connect(tenant))
    other = await make_tenant(company_id=tenant.company_id)
    with pytest.raises(NotFound):
        async with other.tx() as tx:
            await read_file(tx, store, edi_file_id)
