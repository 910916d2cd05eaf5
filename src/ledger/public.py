"""The door to the books: what may be posted, reversed and asked."""

from ledger.accounts import DISCOUNTS, INSURANCE, RECEIVABLES, WRITE_OFFS, Account, insurance_account
from ledger.entries import JournalEntry, Transfer, signed
from ledger.errors import AlreadyReversed, EntryNotFound, FactChanged
from ledger.posting import Posted, entry_id, post, reverse

__all__ = [
    "DISCOUNTS",
    "INSURANCE",
    "RECEIVABLES",
    "WRITE_OFFS",
    "Account",
    "AlreadyReversed",
    "EntryNotFound",
    "FactChanged",
    "JournalEntry",
    "Posted",
    "Transfer",
    "entry_id",
    "insurance_account",
    "post",
    "reverse",
    "signed",
]
