"""An audit log in a database of its own: written by its practices, sealed, and open to whoever has the superuser's password."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psycopg
from tests.plugins.tenants import Tenant

from audit.checking import Fault, Progress
from audit.keys import Signers
from audit.public import record
from audit.sealing import copy_checkpoints, last_copied, seal_events
from audit.verifying import verify_all
from audit.witness import FolderWitness
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.ids import new_id
from kernel.settings import Settings

PATIENCE_ROUNDS = 600
"""Others on the same cluster hold the watermark for as long as their transactions run."""
RUNNING = """
    select count(*) from app.audit_event where xid::text::bigint >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        + (select xid_offset from app.audit_epoch order by number desc limit 1)
"""
SEALER = Scope(audience="sealer")


class Log(msgspec.Struct):
    """The log and its sealer; `practices` are two of one company."""

    settings: Settings
    database: Database
    admin_url: str
    folder: Path
    practices: Sequence[Tenant]
    signers: Signers
    store: FolderWitness

    async def write(self, *claims: str, practice: int = 0) -> None:
        """An event about each of these claims, in a transaction of its own."""
        changed = {"state": "ready", "units": 2}
        for claim in claims:
            async with self.practices[practice].tx() as tx:
                record(tx, "claims.claim.read", "claim", claim, patient_ids=[new_id()], changed=changed)

    async def seal(self, *, most: int = 1_000, copy: bool = True) -> None:
        """Seal all there is, as soon as it is final, and copy the checkpoints."""
        await self.final()
        more = True
        while more:
            async with open_transaction(self.database, SEALER) as tx:
                sealed = await seal_events(tx, self.signers, most=most)
            more = sealed is not None and sealed.more
        if copy:
            await self.copy()

    async def final(self) -> None:
        """Wait until all that was written can be sealed at once."""
        for _ in range(PATIENCE_ROUNDS):
            if self.rows(RUNNING) == [(0,)]:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("another transaction of this cluster did not end")

    async def copy(self) -> None:
        """Copy what is not copied yet."""
        async with open_transaction(self.database, SEALER) as tx:
            await copy_checkpoints(tx, self.store, await last_copied(tx, self.store))

    async def grow(self, rounds: int = 3) -> None:
        """A few seals for both practices."""
        for number in range(rounds):
            await self.write(f"made_{number}", f"read_{number}", f"sent_{number}")
            await self.write(f"made_{number}", practice=1)
            await self.seal()

    async def grow_uncopied(self, checkpoints: int) -> None:
        """Until there is one more checkpoint than these."""
        while self.rows("select max(number) from app.audit_checkpoint")[0][0] <= checkpoints:
            await self.write("later")
            await self.seal(copy=False)

    async def verify(self, *, with_copies: bool = True) -> list[Fault]:
        """What the server's own verification finds."""
        return (await self.verified(with_copies=with_copies))[1]

    async def verified(self, *, with_copies: bool = True) -> tuple[Progress, list[Fault]]:
        """How far it came as well."""
        async with open_transaction(self.database, SEALER) as tx:
            return await verify_all(tx, signers=self.signers, store=self.store if with_copies else None)

    def tamper(self, *statements: str) -> None:
        """As a superuser with every trigger switched off."""
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute("set session_replication_role = replica")
            for statement in statements:
                assert admin.execute(statement).rowcount != 0, statement  # type: ignore[arg-type]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the superuser sees."""
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            return admin.execute(query).fetchall()  # type: ignore[arg-type]


def later(days: float) -> dt.datetime:
    """A wall clock that runs ahead; behind, with a negative number."""
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
