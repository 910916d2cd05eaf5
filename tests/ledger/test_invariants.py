"""The standing checks find nothing in sound books, and each finds the fault it is for."""

import datetime as dt

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as sampling
from hypothesis import strategies as st
from tests.plugins.tenants import Tenant

from kernel.ids import new_id
from kernel.settings import Settings
from ledger.accounts import RECEIVABLES, TRAITS, Account
from ledger.entries import JournalEntry, Transfer, reversal
from ledger.invariants import CHECKS, breaches
from ledger.posting import balance_moves, entry_id, post, reverse

POSTED = dt.date(2026, 9, 30)
ITEM, GROUP = new_id(), new_id()


def entry(number: int, cents: int = 5_000) -> JournalEntry:
    return JournalEntry(
        fact=f"charge:{number}",
        kind="charge",
        posted_date=POSTED,
        source=f"encounter {number}",
        transfers=(
            Transfer(
                debit=Account.INSURANCE_1,
                credit=Account.CHARGES,
                amount_cents=cents,
                item_id=ITEM,
                group_id=GROUP,
            ),
        ),
    )


PLANTED = {
    "an open balance equals the sum of its transfers": "update app.balance set balance_cents = balance_cents + 1",
    "every entry has transfers": "delete from app.transfer where practice_id = %(practice)s and position = 1",
    "every transfer has its entry": "delete from app.journal_entry where practice_id = %(practice)s and kind = 'charge'",
    "a reversal mirrors the entry it names": "update app.transfer set amount_cents = 4999 where entry_id in"
    " (select id from app.journal_entry where reverses_id is not null)",
}


def test_every_check_has_a_planted_fault() -> None:
    assert set(PLANTED) == set(CHECKS)


@pytest.mark.parametrize("check", CHECKS)
async def test_a_planted_fault_is_found(tenant: Tenant, settings: Settings, admin_url: str, check: str) -> None:
    original = entry(1)
    async with tenant.tx() as tx:
        await post(tx, [original, entry(2)])
    async with tenant.tx() as tx:
        await reverse(tx, entry_id(tenant.practice_id, original.fact), posted_date=POSTED, source="billed in error")
    async with tenant.tx() as tx:
        assert await breaches(tx) == []
    head, _, _ = admin_url.rpartition("/")
    with psycopg.connect(f"{head}/{settings.database.name}") as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(PLANTED[check], {"practice": tenant.practice_id})
    async with tenant.tx() as tx:
        assert check in {breach.check for breach in await breaches(tx)}


accounts = st.sampled_from(list(Account))
transfers = st.builds(
    lambda pair, cents: Transfer(debit=pair[0], credit=pair[1], amount_cents=cents, item_id=ITEM, group_id=GROUP),
    st.tuples(accounts, accounts).filter(lambda pair: pair[0] != pair[1]),
    st.integers(1, 10**9),
)


@given(st.lists(st.lists(transfers, min_size=1, max_size=5), min_size=1, max_size=20), st.data())
@sampling(max_examples=200, deadline=None)
def test_any_run_of_posts_and_reversals_balances(batches: list[list[Transfer]], data: st.DataObject) -> None:
    entries = [
        JournalEntry(fact=str(number), kind="t", posted_date=POSTED, source="", transfers=tuple(batch))
        for number, batch in enumerate(batches)
    ]
    undone = data.draw(st.sets(st.sampled_from(range(len(entries)))))
    everything = entries + [reversal(entries[at], new_id(), posted_date=POSTED, source="") for at in sorted(undone)]
    kept = [one for at, one in enumerate(entries) if at not in undone]
    assert {key: move.cents for key, move in balance_moves(everything).items() if move.cents} == {
        key: move.cents for key, move in balance_moves(kept).items() if move.cents
    }
    assert all(TRAITS[account].by_item for account, _ in balance_moves(everything))
    assert set(RECEIVABLES) == {account for account, traits in TRAITS.items() if traits.by_item}
