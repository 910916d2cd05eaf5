"""Who takes up each topic, how often it is tried, and who keeps the trace of a failure."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, Protocol

import msgspec

from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import Tx
from kernel.jobs.retry import Retries

Handler = Callable[[Tx, Mapping[str, str]], Awaitable[None]]
"""A use case that takes up a topic: the open transaction and the announced ids."""

OutsideHandler = Callable[[Database, Scope, Mapping[str, str]], Awaitable[None]]
"""A use case that asks somebody outside and opens its own transactions between; it must be safe to run twice."""


class Recorder(Protocol):
    """Writes one audit event in an open transaction; the audit log stands on a higher floor and is handed in."""

    def __call__(
        self,
        tx: Tx,
        action: str,
        object_type: str,
        object_id: object = "",
        *,
        changed: Mapping[str, Any] | None = None,
        outcome: Literal["done", "refused", "failed"] = "done",
    ) -> None:
        """See audit.public.record."""


class Listeners(msgspec.Struct, frozen=True):
    """Everything that running a job needs besides its row."""

    handlers: Mapping[str, Handler]
    outside: Mapping[str, OutsideHandler]
    retries: Retries
    record: Recorder
