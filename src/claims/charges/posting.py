"""Which journal entry a claim's charges make, pure: each line is owed by the first payer from the day of posting."""

import datetime as dt
import uuid
from collections.abc import Sequence

from ledger.public import Account, JournalEntry, signed


def charge_entry(
    *,
    claim_id: uuid.UUID,
    number: str,
    payer_id: uuid.UUID,
    lines: Sequence[tuple[uuid.UUID, int]],
    posted_date: dt.date,
) -> JournalEntry | None:
    """The entry for a claim's lines (id and charge in cents); None when nothing is charged."""
    transfers = tuple(
        transfer
        for line_id, cents in lines
        for transfer in signed(
            Account.INSURANCE_1,
            Account.CHARGES,
            cents,
            item_id=line_id,
            group_id=claim_id,
            party_id=payer_id,
            reason="charge",
        )
    )
    if not transfers:
        return None
    return JournalEntry(
        fact=f"charge:{claim_id}",
        kind="charge",
        posted_date=posted_date,
        source=f"charges of claim {number}",
        transfers=transfers,
    )
