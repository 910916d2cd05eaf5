"""Numbers that must not repeat: claim numbers, interchange control numbers. A row per practice and name, locked while it is raised."""

import sqlalchemy as sa

from kernel.db.tables import cents_column, practice_table, text_column
from kernel.db.transaction import Tx

counter = practice_table("counter", text_column("name"), cents_column("value"), key=("name",))

_RAISE = sa.text(
    "insert into app.counter (practice_id, company_id, name, value) values (:practice_id, :company_id, :name, :step)"
    " on conflict (practice_id, name) do update set value = app.counter.value + :step returning value"
)


async def next_numbers(tx: Tx, name: str, count: int = 1) -> range:
    """The next `count` numbers of this name in this practice, starting at 1.

    The counter's row stays locked until the transaction ends, so a rollback gives the numbers back and two transactions never
    hold the same one.
    """
    last = await tx.scalar(
        _RAISE, {"practice_id": tx.practice_id, "company_id": tx.company_id, "name": name, "step": count}
    )
    return range(last - count + 1, last + 1)
