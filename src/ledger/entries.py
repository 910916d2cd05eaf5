"""Journal entries as values. An entry is a list of transfers, so it balances by construction; a transfer is positive or it is not.

Whoever translates a business fact into an entry does so in a pure function that returns one of these.
"""

import datetime as dt
import uuid

import msgspec

from ledger.accounts import TRAITS, Account


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Move `amount_cents` (positive) from the credited to the debited account.

    `item_id` is what the money is about (a claim line), `group_id` what the item belongs to (its claim), `party_id` who pays or
    owes (a payer or a patient). `reason` is a short code for reports, such as `CO-45`. Raises ValueError when it makes no sense.
    """

    debit: Account
    credit: Account
    amount_cents: int
    item_id: uuid.UUID | None = None
    group_id: uuid.UUID | None = None
    party_id: uuid.UUID | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.amount_cents <= 0:
            raise ValueError("a transfer moves a positive amount; swap its sides instead of its sign")
        if self.debit == self.credit:
            raise ValueError("a transfer needs two accounts")
        if self.item_id is None and (TRAITS[self.debit].by_item or TRAITS[self.credit].by_item):
            raise ValueError("a receivable is kept by item: name the item this transfer is about")

    def swapped(self) -> "Transfer":
        """The transfer that takes this one back."""
        return msgspec.structs.replace(self, debit=self.credit, credit=self.debit)


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One business fact in the books.

    `fact` is its unique key within the practice (`remittance:{id}:claim:{n}`): the same fact never posts twice. `source` names
    where it came from in words a person can follow. `posted_date` is the practice's date.
    """

    fact: str
    kind: str
    posted_date: dt.date
    source: str
    transfers: tuple[Transfer, ...]
    reverses_id: uuid.UUID | None = None

    def __post_init__(self) -> None:
        if not self.transfers:
            raise ValueError("an entry without transfers says nothing; do not post it")


def signed(debit: Account, credit: Account, amount_cents: int, **about: object) -> tuple[Transfer, ...]:
    """A transfer for an amount of either sign, or none for zero: a negative amount moves the other way."""
    if amount_cents == 0:
        return ()
    if amount_cents < 0:
        debit, credit, amount_cents = credit, debit, -amount_cents
    return (Transfer(debit=debit, credit=credit, amount_cents=amount_cents, **about),)  # type: ignore[arg-type]


def reversal(entry: JournalEntry, entry_id: uuid.UUID, *, posted_date: dt.date, source: str) -> JournalEntry:
    """The entry that takes another back: its transfers with sides swapped, last first."""
    return JournalEntry(
        fact=f"reversal:{entry.fact}",
        kind="reversal",
        posted_date=posted_date,
        source=source,
        transfers=tuple(transfer.swapped() for transfer in reversed(entry.transfers)),
        reverses_id=entry_id,
    )
