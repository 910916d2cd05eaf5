"""Endpoints with which a client holds us to our audit log: witnesses to keep, and proofs of single events."""

import uuid
from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from audit.permissions import VERIFY_AUDIT
from audit.proofs import Proof, Witness, newest_witnesses, prove_event
from audit.public import record
from kernel.db.transaction import Tx
from kernel.http.scoping import requires


class AuditController(Controller):
    """The sealed audit log of a practice."""

    path = "/api/v1/practices/{practice_id:uuid}/audit"
    tags = ("Audit",)

    @get("/checkpoints", guards=[requires(VERIFY_AUDIT)], summary="Signed checkpoints to keep")
    async def checkpoints(
        self,
        tx: NamedDependency[Tx],
        limit: Annotated[int, QueryParameter(ge=1, le=100, description="How many, newest first.")] = 1,
    ) -> list[Witness]:
        """Save each as a file. A log that is shown to you later must contain them; `verify.py --witness` checks that."""
        return await newest_witnesses(tx, limit)

    @get("/events/{event_id:uuid}/proof", guards=[requires(VERIFY_AUDIT)], summary="Prove one event")
    async def proof(self, tx: NamedDependency[Tx], event_id: FromPath[uuid.UUID]) -> Proof:
        """The event as it was sealed, and the way from it to a signed checkpoint; `verify.py --proof` checks it. This is on record."""
        proof = await prove_event(tx, event_id)
        await record(tx, "audit.event.proved", "audit_event", event_id)
        return proof
