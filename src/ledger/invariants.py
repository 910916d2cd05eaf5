"""Standing checks: queries that must find nothing. They run nightly, after every demonstration, and in tests."""

from typing import NamedTuple

import sqlalchemy as sa

from kernel.db.transaction import Tx
from ledger.accounts import TRAITS


class Breach(NamedTuple):
    """Something in the books that cannot be right: which check, and the ids to look at."""

    check: str
    subject: str


_BY_ITEM = ", ".join(str(int(account)) for account, traits in TRAITS.items() if traits.by_item)

CHECKS = {
    "an open balance equals the sum of its transfers": f"""
        with moved as (
            select account, item_id, sum(cents) as cents from (
                select debit as account, item_id, amount_cents as cents from app.transfer
                where practice_id = :practice_id and debit in ({_BY_ITEM})
                union all
                select credit, item_id, -amount_cents from app.transfer
                where practice_id = :practice_id and credit in ({_BY_ITEM})) sides
            group by account, item_id),
        kept as (select account, item_id, balance_cents from app.balance where practice_id = :practice_id)
        select coalesce(m.account, k.account)::text || ':' || coalesce(m.item_id, k.item_id)::text as subject
        from moved m full join kept k on k.account = m.account and k.item_id = m.item_id
        where coalesce(m.cents, 0) <> coalesce(k.balance_cents, 0)""",
    "every entry has transfers": """
        select e.id::text as subject from app.journal_entry e where e.practice_id = :practice_id
        and not exists (select from app.transfer t where t.practice_id = :practice_id and t.entry_id = e.id)""",
    "every transfer has its entry": """
        select t.entry_id::text as subject from app.transfer t where t.practice_id = :practice_id
        and not exists (select from app.journal_entry e where e.practice_id = :practice_id and e.id = t.entry_id)""",
    "a reversal mirrors the entry it names": """
        select r.id::text as subject from app.journal_entry r where r.practice_id = :practice_id and r.reverses_id is not null
        and exists (
            (select debit, credit, amount_cents, item_id from app.transfer
             where practice_id = :practice_id and entry_id = r.reverses_id
             except all
             select credit, debit, amount_cents, item_id from app.transfer where practice_id = :practice_id and entry_id = r.id)
            union all
            (select credit, debit, amount_cents, item_id from app.transfer where practice_id = :practice_id and entry_id = r.id
             except all
             select debit, credit, amount_cents, item_id from app.transfer
             where practice_id = :practice_id and entry_id = r.reverses_id))""",
}


async def breaches(tx: Tx) -> list[Breach]:
    """Everything in this practice's books that a check finds; an empty list is the proof."""
    found = []
    for check, query in CHECKS.items():
        rows = await tx.execute(sa.text(query), {"practice_id": tx.practice_id})
        found += [Breach(check, row.subject) for row in rows]
    return found
