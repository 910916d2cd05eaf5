"""Endpoints with which a client holds us to our audit log: witnesses to keep, and proofs of single events."""

import uuid

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from audit.permissions import VERIFY_AUDIT
from audit.proofs import Proof, Witness, newest_witnesses, prove_event
from audit.recording import record
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires


class AuditController(Controller):
    """The sealed audit log of a practice."""

    path = "/api/v1/practices/{practice_id:uuid}/audit"
    tags = ("Audit",)

    @get("/checkpoints", guards=[requires(VERIFY_AUDIT)], summary="Signed checkpoints to keep")
    async def checkpoints(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[Witness]:
        """Newest first. Keep the answer as a file: a log that is shown to you later must contain them (`verify.py --witness`)."""
        found = page_of(request, page, await newest_witnesses(tx, page), lambda one: (one.position_to, one.number))
        record(tx, "audit.checkpoint.taken", "practice", tx.practice_id, changed={"checkpoints": len(found.items)})
        return Page([one.witness for one in found.items], found.next)

    @get("/events/{event_id:uuid}/proof", guards=[requires(VERIFY_AUDIT)], summary="Prove one event")
    async def proof(self, tx: NamedDependency[Tx], event_id: FromPath[uuid.UUID]) -> Proof:
        """The event as it was sealed, and the way from it to a signed checkpoint; `verify.py --proof` checks it. This is on record."""
        proof = await prove_event(tx, event_id)
        record(tx, "audit.event.proved", "audit_event", event_id)
        return proof
