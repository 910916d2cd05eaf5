"""Which open balances a patient's payment settles: the oldest first, each whole before the next."""

from collections.abc import Sequence

from ledger.public import OpenItem
from payments.posting import Allocation


def allocate_payment(amount_cents: int, owed: Sequence[OpenItem]) -> tuple[list[Allocation], int]:
    """Spread a payment over what is owed, oldest line first; returns the parts and what is left over.

    Credits (negative balances) are left alone: they belong to a refund decision, not to this payment.
    """
    parts, left = [], amount_cents
    for item in sorted(owed, key=lambda one: (one.opened_date, str(one.group_id), str(one.item_id))):
        cents = min(left, item.balance_cents)
        if cents > 0:
            parts.append(Allocation(item.item_id, item.group_id, cents))
            left -= cents
    return parts, left
