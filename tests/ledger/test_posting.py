"""What the books accept, refuse and remember."""

import datetime as dt

import pytest
import sqlalchemy as sa
from tests.plugins.tenants import Tenant

from kernel.ids import new_id
from ledger.accounts import Account
from ledger.entries import JournalEntry, Transfer
from ledger.errors import AlreadyReversed, FactChanged
from ledger.posting import entry_id, post, reverse
from ledger.tables import balance, transfer

POSTED = dt.date(2026, 9, 30)
LINE, CLAIM, PAYER = new_id(), new_id(), new_id()


def charge(cents: int = 12_000) -> JournalEntry:
    """A visit billed to the first payer."""
    return JournalEntry(
        fact="charge:E-1:1",
        kind="charge",
        posted_date=POSTED,
        source="encounter E-1 line 1",
        transfers=(
            Transfer(
                debit=Account.INSURANCE_1,
                credit=Account.CHARGES,
                amount_cents=cents,
                item_id=LINE,
                group_id=CLAIM,
                party_id=PAYER,
            ),
        ),
    )


async def open_balance(tenant: Tenant) -> int:
    async with tenant.tx() as tx:
        return await tx.scalar(sa.select(balance.c.balance_cents).where(balance.c.practice_id == tenant.practice_id))


async def test_a_fact_posts_once_however_often_it_is_told(tenant: Tenant) -> None:
    for expected in ((1, 0), (0, 1)):
        async with tenant.tx("worker") as tx:
            assert await post(tx, [charge()]) == expected
    assert await open_balance(tenant) == 12_000


async def test_a_known_fact_with_another_amount_is_refused_and_changes_nothing(tenant: Tenant) -> None:
    async with tenant.tx() as tx:
        await post(tx, [charge()])
    with pytest.raises(FactChanged, match="reverse it first"):
        async with tenant.tx() as tx:
            await post(tx, [charge(11_999)])
    assert await open_balance(tenant) == 12_000


async def test_a_reversal_mirrors_the_entry_once(tenant: Tenant) -> None:
    async with tenant.tx() as tx:
        await post(tx, [charge()])
    original = entry_id(tenant.practice_id, charge().fact)
    async with tenant.tx() as tx:
        await reverse(tx, original, posted_date=POSTED, source="billed in error")
    assert await open_balance(tenant) == 0
    with pytest.raises(AlreadyReversed):
        async with tenant.tx() as tx:
            await reverse(tx, original, posted_date=POSTED, source="billed in error")
    assert await open_balance(tenant) == 0


@pytest.mark.parametrize("statement", ["update app.transfer set amount_cents = 1", "delete from app.journal_entry"])
async def test_no_login_role_can_change_what_was_posted(tenant: Tenant, statement: str) -> None:
    async with tenant.tx() as tx:
        await post(tx, [charge()])
    for audience in ("staff", "worker"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            async with tenant.tx(audience) as tx:
                await tx.execute(sa.text(statement))


async def test_a_transfer_without_its_entry_is_refused_by_the_database(tenant: Tenant) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="journal entry that does not exist"):
        async with tenant.tx() as tx:
            await tx.execute(
                transfer.insert().values(
                    practice_id=tenant.practice_id,
                    company_id=tenant.company_id,
                    entry_id=new_id(),
                    position=1,
                    debit=1,
                    credit=10,
                    amount_cents=5,
                    reason="",
                    posted_date=POSTED,
                )
            )
