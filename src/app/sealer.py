"""The sealer process: seals what was committed, copies checkpoints, and says so when it falls behind or must not go on."""

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable

import sqlalchemy as sa
import structlog

from app.providers import make_resources, make_signers, make_witness_store
from app.stopping import rest, stop_when_asked
from app.wait_for_database import wait_for_database
from audit.keys import Signers
from audit.sealing import copy_checkpoints, lag, last_copied, seal_events
from audit.witness import WitnessStore
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.errors import AppError
from kernel.logging import configure_logging, error_place
from kernel.settings import AuditSettings, Settings

SEALER = Scope(audience="sealer")
SAY_AGAIN_SECONDS = 60.0

log = structlog.get_logger("sealer")


def run_sealer(settings: Settings, announce_ready: Callable[[], None]) -> None:
    """Seal until SIGTERM or Ctrl-C. What can still be sealed then is sealed by the next one."""
    configure_logging()
    asyncio.run(_run(settings, announce_ready))


async def _run(settings: Settings, announce_ready: Callable[[], None]) -> None:
    stopping = stop_when_asked()
    resources = make_resources(settings)
    wait_seconds = settings.database.start_wait_seconds
    try:
        sealer = Sealer(resources.database, make_signers(settings), make_witness_store(settings), settings.audit)
        if await wait_for_database(resources.database, "sealer", stopping=stopping, within_seconds=wait_seconds):
            announce_ready()
        while not stopping.is_set():
            await sealer.round()
            await rest(stopping, settings.audit.seal_seconds)
    finally:
        await resources.close()


class Sealer:
    """One round after another. What goes wrong is told once a minute and tried again."""

    def __init__(self, database: Database, signers: Signers, store: WitnessStore, settings: AuditSettings) -> None:
        self._database = database
        self._signers = signers
        self._store = store
        self._settings = settings
        self._copied: int | None = None
        self._said: dict[str, float] = {}

    async def round(self) -> None:
        """Seal all that is final, copy what is new, look at the lag. Where one fails the others are done, as far as they can be."""
        await self._try("seal", self._seal)
        await self._try("copy", self._copy)
        await self._try("look at the lag", self._look)

    async def _try(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except AppError as refusal:
            if self._is_new(f"{name} {refusal.slug}"):
                # These messages name no data, and are for whoever runs the installation.
                log.error("audit log sealer failed", name=name, state=refusal.slug, error=refusal.message)
        except (OSError, sa.exc.SQLAlchemyError) as error:
            if self._is_new(f"{name} {type(error).__name__}"):
                log.error("audit log sealer failed", name=name, error=type(error).__name__, error_at=error_place(error))

    async def _seal(self) -> None:
        if self._copied is None:
            async with open_transaction(self._database, SEALER) as tx:
                self._copied = await last_copied(tx, self._store)
        heartbeat = dt.timedelta(seconds=self._settings.heartbeat_seconds)
        more = True
        while more:
            async with open_transaction(self._database, SEALER) as tx:
                sealed = await seal_events(tx, self._signers, heartbeat=heartbeat)
            more = sealed is not None and sealed.more

    async def _copy(self) -> None:
        if self._copied is None:
            return  # nothing is copied before it is known that the copies are not ahead
        async with open_transaction(self._database, SEALER) as tx:
            self._copied = await copy_checkpoints(tx, self._store, self._copied)

    async def _look(self) -> None:
        async with open_transaction(self._database, SEALER) as tx:
            behind = await lag(tx)
        if behind.seconds > self._settings.alarm_seconds and self._is_new("lag"):
            log.warning(
                "audit log seals lag behind", count=behind.events, seconds=round(behind.seconds, 1), error=behind.reason
            )

    def _is_new(self, what: str) -> bool:
        """Whether this was not said within the last minute."""
        last = self._said.get(what)
        if last is not None and time.monotonic() - last < SAY_AGAIN_SECONDS:
            return False
        self._said[what] = time.monotonic()
        return True
