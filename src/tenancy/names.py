"""Names of people, for those who read what they did."""

import uuid
from collections.abc import Iterable

import sqlalchemy as sa

from kernel.db.transaction import Tx
from tenancy.tables import user_account


async def names_of_people(tx: Tx, ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """The names of these people of the company, the ones who left included.

    A practice's own people see the names of those who left an event in their practice, and of nobody else.
    """
    among = sa.literal(sorted({one for one in ids if one is not None}), sa.ARRAY(sa.Uuid()))
    rows = await tx.execute(
        sa.select(user_account.c.id, user_account.c.display_name).where(
            user_account.c.company_id == tx.company_id, user_account.c.id == sa.any_(among)
        )
    )
    return {row.id: row.display_name for row in rows}
