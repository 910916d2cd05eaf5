"""JSON endpoints for claims."""

import uuid
from typing import Annotated, Literal

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from claims.permissions import READ_CLAIMS, SUBMIT_CLAIMS
from claims.reading import ClaimSummary, ClaimView, list_claims, read_claim
from claims.scrubbing.reading import ScrubReport, read_findings
from claims.scrubbing.service import scrub_again
from claims.submission.service import Submitted, submit_ready
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.once import post_once
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires

State = Literal[
    "held", "ready", "queued", "sent", "file_accepted", "accepted", "rejected", "denied", "patient", "closed"
]


class ClaimController(Controller):
    """Claims of a practice."""

    path = "/api/v1/practices/{practice_id:uuid}/claims"
    tags = ("Claims",)

    @get(guards=[requires(READ_CLAIMS)], summary="Claims")
    async def list_all(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        page: NamedDependency[PageAsked],
        in_state: Annotated[
            State | None, QueryParameter(name="state", description="Only claims in this state.")
        ] = None,
    ) -> Page[ClaimSummary]:
        """Claims by number, a page at a time."""
        claims = await list_claims(tx, state=in_state, page=page)
        return page_of(request, page, claims, lambda one: (one.number,))

    @get("/{claim_id:uuid}", guards=[requires(READ_CLAIMS)], summary="A claim")
    async def read(self, tx: NamedDependency[Tx], claim_id: FromPath[uuid.UUID]) -> ClaimView:
        """One claim with its lines, findings and history; the reading is on record."""
        return await read_claim(tx, claim_id)

    @get("/{claim_id:uuid}/findings", guards=[requires(READ_CLAIMS)], summary="What the scrubber says of a claim")
    async def findings(self, tx: NamedDependency[Tx], claim_id: FromPath[uuid.UUID]) -> ScrubReport:
        """The findings of the last run, the rules that ran, and what no rule could check."""
        return await read_findings(tx, claim_id)

    @post_once(
        "/{claim_id:uuid}/scrub", guards=[requires(SUBMIT_CLAIMS)], status_code=200, summary="Scrub a claim once more"
    )
    async def scrub(self, tx: NamedDependency[Tx], claim_id: FromPath[uuid.UUID]) -> ScrubReport:
        """Look again at a claim that is held, ready or rejected: after a correction, or to send a rejected one anew."""
        await scrub_again(tx, claim_id)
        return await read_findings(tx, claim_id)

    @post_once("/submit", guards=[requires(SUBMIT_CLAIMS)], status_code=202, summary="Send what is ready")
    async def submit(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        payer_id: Annotated[uuid.UUID | None, QueryParameter(description="Only claims for this payer.")] = None,
    ) -> list[Submitted]:
        """Write and queue every ready claim, one file a payer. Claims already on their way are not sent again."""
        return await submit_ready(tx, request.app.state.store, payer_id=payer_id)
