"""The door to the books: what may be posted, reversed and asked."""

from ledger.accounts import DISCOUNTS, INSURANCE, RECEIVABLES, WRITE_OFFS, Account, insurance_account
from ledger.balances import (
    GroupMove,
    OpenItem,
    PostedTransfer,
    account_totals,
    all_transfers,
    ledger_digest,
    moves_of_groups,
    open_items,
    transfers_of_groups,
)
from ledger.entries import JournalEntry, Transfer, signed
from ledger.errors import AlreadyReversed, EntryNotFound, FactChanged
from ledger.invariants import Breach, breaches
from ledger.posting import Posted, entry_id, post, reverse

__all__ = [
    "DISCOUNTS",
    "INSURANCE",
    "RECEIVABLES",
    "WRITE_OFFS",
    "Account",
    "AlreadyReversed",
    "Breach",
    "EntryNotFound",
    "FactChanged",
    "GroupMove",
    "JournalEntry",
    "OpenItem",
    "Posted",
    "PostedTransfer",
    "Transfer",
    "account_totals",
    "all_transfers",
    "breaches",
    "entry_id",
    "insurance_account",
    "ledger_digest",
    "moves_of_groups",
    "open_items",
    "post",
    "reverse",
    "signed",
    "transfers_of_groups",
]
