"""Large postings take another way into the same table, and find the same walls there."""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Iterable

import pytest
import sqlalchemy as sa
from tests.plugins.tenants import MakeTenant, Tenant

from kernel.db.transaction import Tx
from kernel.ids import new_id
from ledger.accounts import Account
from ledger.bulk import STAGED_FROM, Row, rows_of, store_arrays, store_staged
from ledger.entries import JournalEntry, Transfer
from ledger.invariants import breaches
from ledger.posting import Posted, entry_id, post
from ledger.tables import transfer

POSTED = dt.date(2026, 9, 30)
Store = Callable[[Tx, Iterable[Row]], Awaitable[None]]
both_ways = pytest.mark.parametrize("store", [store_arrays, store_staged])


def entry(fact: str, transfers: int) -> JournalEntry:
    """A posting of that many transfers, with and without the parts a transfer may lack."""
    moved = [
        Transfer(debit=Account.INSURANCE_1, credit=Account.CHARGES, amount_cents=100 + number, item_id=new_id())
        if number % 2
        else Transfer(
            debit=Account.CONTRACTUAL,
            credit=Account.INSURANCE_1,
            amount_cents=2**40 + number,
            item_id=new_id(),
            group_id=new_id(),
            party_id=new_id(),
            reason="CO-45, „ü“\t\\N",
        )
        for number in range(transfers)
    ]
    return JournalEntry(fact=fact, kind="test", posted_date=POSTED, source="test", transfers=tuple(moved))


async def stored(tenant: Tenant, entry_id: uuid.UUID) -> list[tuple[object, ...]]:
    """The transfers of one entry as they are in the table."""
    async with tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(transfer).where(transfer.c.entry_id == entry_id).order_by(transfer.c.position)
        )
        return [tuple(row) for row in rows]


async def posted(tenant: Tenant, fact: str) -> uuid.UUID:
    """An entry that is in the books with one transfer, at position 1."""
    async with tenant.tx("worker") as tx:
        await post(tx, [entry(fact, 1)])
    return entry_id(tenant.practice_id, fact)


def after_the_first(parent: uuid.UUID, transfers: int) -> list[Row]:
    """Rows that stand after the one transfer of an entry in the books."""
    return list(rows_of({parent: entry("rows", transfers + 1)}))[1:]


async def test_both_ways_store_the_same(tenant: Tenant) -> None:
    first, second = await posted(tenant, "by arrays"), await posted(tenant, "by staging")
    rows = after_the_first(first, 5)
    async with tenant.tx("worker") as tx:
        await store_arrays(tx, rows)
        await store_staged(tx, [(second, *row[1:]) for row in rows])
    by_arrays, by_staging = await stored(tenant, first), await stored(tenant, second)
    assert [row[3:] for row in by_staging[1:]] == [row[3:] for row in by_arrays[1:]]
    owners = (tenant.practice_id, tenant.company_id)
    assert by_staging[1:] == [(*owners, second, *row[1:]) for row in rows]


@both_ways
async def test_a_transfer_without_its_entry_is_refused(tenant: Tenant, store: Store) -> None:
    parent = await posted(tenant, "there")
    with pytest.raises(sa.exc.IntegrityError, match="journal entry that does not exist"):
        async with tenant.tx("worker") as tx:
            await store(tx, [*after_the_first(parent, 3), *rows_of({new_id(): entry("missing", 1)})])
    assert len(await stored(tenant, parent)) == 1


@both_ways
async def test_an_entry_of_another_practice_is_no_parent(tenant: Tenant, make_tenant: MakeTenant, store: Store) -> None:
    theirs = await posted(await make_tenant(company_id=tenant.company_id), "theirs")
    with pytest.raises(sa.exc.IntegrityError, match="journal entry that does not exist"):
        async with tenant.tx("worker") as tx:
            await store(tx, after_the_first(theirs, 3))


class ActsForAnother(Tx):
    """A transaction whose code is mistaken about its practice; the database knows better."""

    other: uuid.UUID

    @property
    def practice_id(self) -> uuid.UUID:
        return self.other


@both_ways
async def test_a_row_for_another_practice_is_refused(tenant: Tenant, make_tenant: MakeTenant, store: Store) -> None:
    other = await make_tenant(company_id=tenant.company_id)
    theirs = await posted(other, "theirs")
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        async with tenant.tx("worker") as tx:
            mistaken = ActsForAnother(tx.line, tx.scope)
            mistaken.other = other.practice_id
            await store(mistaken, after_the_first(theirs, 3))
    assert len(await stored(other, theirs)) == 1


@both_ways
@pytest.mark.parametrize(
    ("column", "value", "refusal"),
    [
        (1, 1, "transfer_pkey"),
        (3, int(Account.INSURANCE_1), "sides"),
        (4, 0, "amount"),
        (8, None, "reason"),
    ],
)
async def test_what_a_transfer_must_be_is_asked_of_every_row(
    tenant: Tenant, store: Store, column: int, value: object, refusal: str
) -> None:
    parent = await posted(tenant, "checked")
    good = after_the_first(parent, 2)
    bad = (*good[0][:column], value, *good[0][column + 1 :])
    with pytest.raises(sa.exc.IntegrityError, match=refusal):
        async with tenant.tx("worker") as tx:
            await store(tx, [bad, good[1]])
    async with tenant.tx("worker") as tx:
        await store(tx, good)
    assert len(await stored(tenant, parent)) == 3


@both_ways
@pytest.mark.parametrize("change", ["update app.transfer set amount_cents = 1", "delete from app.transfer"])
async def test_what_was_stored_stays_as_it_is(tenant: Tenant, store: Store, change: str) -> None:
    parent = await posted(tenant, "kept")
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        async with tenant.tx("worker") as tx:
            await store(tx, after_the_first(parent, 2))
            await tx.execute(sa.text(change))
    assert len(await stored(tenant, parent)) == 1


@pytest.mark.parametrize("audience", ["worker", "staff"])
async def test_a_large_posting_is_an_ordinary_one(tenant: Tenant, audience: str) -> None:
    large = [entry("large", STAGED_FROM), entry("larger", STAGED_FROM)]
    async with tenant.tx(audience) as tx:
        assert await post(tx, large[:1]) == Posted(new=1, known=0)
        assert await post(tx, large) == Posted(new=1, known=1)
    for one in large:
        rows = await stored(tenant, entry_id(tenant.practice_id, one.fact))
        assert [row[6] for row in rows] == [moved.amount_cents for moved in one.transfers]
    async with tenant.tx() as tx:
        assert await breaches(tx) == []


async def test_only_jobs_may_stage(tenant: Tenant) -> None:
    parent = await posted(tenant, "staged")
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied to create temporary tables"):
        async with tenant.tx("staff") as tx:
            await store_staged(tx, after_the_first(parent, 2))
