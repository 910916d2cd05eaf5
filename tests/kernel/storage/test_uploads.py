"""Uploads that a row claims: exactly once, by a fact of the same practice, or else deleted."""

import asyncio
import hashlib
import io
import uuid
from collections import Counter

import psycopg
import pytest
import sqlalchemy as sa
from tests.kernel.storage.senders import Stored
from tests.plugins.tenants import MakeTenant, Tenant

from audit.public import record
from audit.tables import audit_event
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.errors import Invalid, NotFound, TooLarge
from kernel.ids import new_id
from kernel.storage.base import PIECE_BYTES, ObjectStore
from kernel.storage.uploads import (
    BegunUpload,
    Purpose,
    UploadNotThere,
    UploadSpent,
    begin_upload,
    claim_upload,
    fetch_upload,
    find_upload,
    key_of,
    upload,
)
from kernel.storage.uploads_expiry import handle_uploads_due

CONTENT = b"a file of a test\n"
LETTERS = Purpose("letters", "text/plain", 1_000_000)
OTHER = Purpose("pictures", "image/png", 1_000_000)
INTAKE = Scope(audience="intake", role="job", purpose="storage.uploads.due", request_id="test")
Admin = psycopg.Connection[tuple[object, ...]]


async def begin(tenant: Tenant, stored: Stored, content: bytes = CONTENT) -> BegunUpload:
    async with tenant.tx() as tx:
        return await begin_upload(
            tx, stored.store, record, LETTERS, size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest()
        )


async def arrived(tenant: Tenant, stored: Stored) -> uuid.UUID:
    """An upload whose file was put."""
    begun = await begin(tenant, stored)
    assert (await stored.send(begun.put, CONTENT)).status_code in {200, 204}
    return begun.id


async def claim(tenant: Tenant, upload_id: uuid.UUID, fact: uuid.UUID | None = None) -> None:
    async with tenant.tx() as tx:
        await claim_upload(tx, record, LETTERS, upload_id, claimed_for=fact or new_id())


async def sweep(tenant: Tenant, store: ObjectStore) -> None:
    await handle_uploads_due(tenant.database, INTAKE, {}, store=store, record=record)


async def events(tenant: Tenant, upload_id: uuid.UUID) -> list[str]:
    async with tenant.tx() as tx:
        found = await tx.execute(
            sa.select(audit_event.c.action)
            .where(audit_event.c.practice_id == tx.practice_id, audit_event.c.object_id == str(upload_id))
            .order_by(audit_event.c.recorded_at)
        )
        return list(found.scalars())


async def state(tenant: Tenant, upload_id: uuid.UUID) -> str | None:
    async with tenant.tx() as tx:
        found: str | None = await tx.scalar(
            sa.select(upload.c.state).where(upload.c.practice_id == tx.practice_id, upload.c.id == upload_id)
        )
        return found


def outlive(admin: Admin, *upload_ids: uuid.UUID) -> None:
    """A day and more goes by for these."""
    admin.execute("update app.upload set expires_at = now() - interval '1 hour' where id = any(%s)", [list(upload_ids)])


async def test_a_file_is_announced_put_fetched_and_claimed(tenant: Tenant, stored: Stored) -> None:
    upload_id, fact = await arrived(tenant, stored), new_id()
    async with tenant.tx() as tx:
        found = await find_upload(tx, LETTERS, upload_id)
    target = io.BytesIO()
    await fetch_upload(stored.store, found, target)
    assert target.getvalue() == CONTENT
    await claim(tenant, upload_id, fact)
    async with tenant.tx() as tx:
        assert (await find_upload(tx, LETTERS, upload_id)).claimed_for == fact
    assert await events(tenant, upload_id) == ["storage.upload.begun", "storage.upload.claimed"]


async def test_a_file_that_did_not_arrive_is_asked_for(tenant: Tenant, stored: Stored) -> None:
    begun = await begin(tenant, stored)
    async with tenant.tx() as tx:
        found = await find_upload(tx, LETTERS, begun.id)
    with pytest.raises(UploadNotThere, match="put it to the link"):
        await fetch_upload(stored.store, found, io.BytesIO())
    assert (await stored.send(begun.put, CONTENT)).status_code in {200, 204}
    await fetch_upload(stored.store, found, io.BytesIO())


@pytest.mark.parametrize("content", [CONTENT + b"x", CONTENT[:-1], CONTENT.upper(), b"x" * (PIECE_BYTES + 1)])
async def test_other_bytes_than_announced_are_not_used_however_they_came(
    tenant: Tenant, stored: Stored, content: bytes
) -> None:
    begun = await begin(tenant, stored)
    await stored.store.put(key_of(tenant.practice_id, begun.id), content)
    async with tenant.tx() as tx:
        found = await find_upload(tx, LETTERS, begun.id)
    with pytest.raises(Invalid, match="not the one that was announced"):
        await fetch_upload(stored.store, found, io.BytesIO())


async def test_of_many_facts_at_once_one_claims(tenant: Tenant, stored: Stored) -> None:
    upload_id = await arrived(tenant, stored)
    outcomes = await asyncio.gather(*(claim(tenant, upload_id) for _ in range(5)), return_exceptions=True)
    assert Counter(type(one) for one in outcomes) == {type(None): 1, UploadSpent: 4}
    assert (await events(tenant, upload_id)).count("storage.upload.claimed") == 1


async def test_a_fact_that_is_rolled_back_leaves_the_upload_to_be_claimed(tenant: Tenant, stored: Stored) -> None:
    upload_id = await arrived(tenant, stored)
    with pytest.raises(ZeroDivisionError):
        async with tenant.tx() as tx:
            await claim_upload(tx, record, LETTERS, upload_id, claimed_for=new_id())
            raise ZeroDivisionError
    await claim(tenant, upload_id)


async def test_an_upload_is_for_its_purpose_and_practice_alone(
    tenant: Tenant, make_tenant: MakeTenant, stored: Stored
) -> None:
    upload_id = await arrived(tenant, stored)
    sister = await make_tenant(company_id=tenant.company_id)
    for one, purpose in ((tenant, OTHER), (sister, LETTERS), (await make_tenant(), LETTERS)):
        async with one.tx() as tx:
            with pytest.raises(NotFound):
                await find_upload(tx, purpose, upload_id)
            with pytest.raises(UploadSpent):
                await claim_upload(tx, record, purpose, upload_id, claimed_for=new_id())
    await claim(tenant, upload_id)


async def test_more_than_the_purpose_takes_is_refused_at_once(tenant: Tenant, stored: Stored) -> None:
    async with tenant.tx() as tx:
        with pytest.raises(TooLarge, match="over 1 MB"):
            await begin_upload(tx, stored.store, record, LETTERS, size_bytes=1_000_001, sha256="0" * 64)
        assert await tx.scalar(sa.select(sa.func.count()).select_from(upload)) == 0


async def test_what_nobody_claimed_in_time_is_deleted_and_nothing_else(
    tenant: Tenant, make_tenant: MakeTenant, stored: Stored, admin: Admin
) -> None:
    other = await make_tenant()
    late, theirs, claimed, fresh = [await arrived(one, stored) for one in (tenant, other, tenant, tenant)]
    empty = (await begin(tenant, stored)).id
    await claim(tenant, claimed)
    outlive(admin, late, theirs, claimed, empty)
    await sweep(tenant, stored.store)
    for one, upload_id in ((tenant, late), (other, theirs), (tenant, empty)):
        assert await state(one, upload_id) is None
        assert await events(one, upload_id) == ["storage.upload.begun", "storage.upload.expired"]
        with pytest.raises(NotFound):
            await stored.store.get(key_of(one.practice_id, upload_id))
    assert (await state(tenant, claimed), await state(tenant, fresh)) == ("claimed", "begun")
    for upload_id in (claimed, fresh):
        assert await stored.store.get(key_of(tenant.practice_id, upload_id)) == CONTENT


async def test_whoever_comes_too_late_claims_nothing(tenant: Tenant, stored: Stored, admin: Admin) -> None:
    upload_id = await arrived(tenant, stored)
    outlive(admin, upload_id)
    with pytest.raises(UploadSpent):
        await claim(tenant, upload_id)


class Dying:
    """A store that ends the sweep: before or after it deleted."""

    def __init__(self, store: ObjectStore, *, after: bool) -> None:
        self._store, self._after = store, after

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def delete(self, key: str) -> None:
        """Die."""
        if self._after:
            await self._store.delete(key)
        raise ConnectionError


@pytest.mark.parametrize("after", [False, True], ids=["before the bytes went", "after the bytes went"])
async def test_a_sweep_that_died_half_way_is_gone_on_with(
    tenant: Tenant,
    stored: Stored,
    admin: Admin,
    after: bool,  # noqa: FBT001
) -> None:
    upload_id = await arrived(tenant, stored)
    outlive(admin, upload_id)
    with pytest.raises(ConnectionError):
        await sweep(tenant, Dying(stored.store, after=after))  # type: ignore[arg-type]
    assert await state(tenant, upload_id) == "expired"
    with pytest.raises(UploadSpent):
        await claim(tenant, upload_id)
    async with tenant.tx() as tx:
        with pytest.raises(NotFound):
            await find_upload(tx, LETTERS, upload_id)
    await sweep(tenant, stored.store)
    assert await state(tenant, upload_id) is None
    assert await events(tenant, upload_id) == ["storage.upload.begun", "storage.upload.expired"]


async def test_two_sweeps_at_once_delete_each_upload_once(tenant: Tenant, stored: Stored, admin: Admin) -> None:
    upload_ids = [await arrived(tenant, stored) for _ in range(4)]
    outlive(admin, *upload_ids)
    await asyncio.gather(sweep(tenant, stored.store), sweep(tenant, stored.store))
    for upload_id in upload_ids:
        assert (await events(tenant, upload_id)).count("storage.upload.expired") == 1


async def test_the_sweep_leaves_what_somebody_is_claiming(tenant: Tenant, stored: Stored, admin: Admin) -> None:
    """The claim began in time, and commits when the time is over."""
    upload_id = await arrived(tenant, stored)
    admin.execute(
        "update app.upload set expires_at = clock_timestamp() + interval '1 second' where id = %s", [upload_id]
    )
    async with tenant.tx() as tx:
        await claim_upload(tx, record, LETTERS, upload_id, claimed_for=new_id())
        await asyncio.sleep(1.2)
        await sweep(tenant, stored.store)
    await sweep(tenant, stored.store)
    assert await state(tenant, upload_id) == "claimed"
    assert await stored.store.get(key_of(tenant.practice_id, upload_id)) == CONTENT


async def test_the_sweeps_own_role_can_delete_nothing_claimed_or_in_time(
    tenant: Tenant, database: Database, stored: Stored, admin: Admin
) -> None:
    claimed, fresh = await arrived(tenant, stored), await arrived(tenant, stored)
    late = await arrived(tenant, stored)
    await claim(tenant, claimed)
    outlive(admin, claimed, late)
    async with open_transaction(database, INTAKE) as tx:
        gone = await tx.execute(upload.delete().where(upload.c.id.in_([claimed, fresh, late])))
        assert gone.rowcount == 1
        taken = await tx.execute(upload.update().where(upload.c.id == fresh).values(state="expired"))
        assert taken.rowcount == 0
    assert await state(tenant, late) is None
