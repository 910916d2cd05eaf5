"""JSON endpoints for remittances: look, see what posting would do, post exactly that."""

import datetime as dt
import uuid
from typing import Annotated

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import Body, FromPath

from audit.public import record
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.once import post_once
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires
from payments.permissions import POST_REMITTANCES, READ_REMITTANCES
from payments.remittance.posting_plan import PostingPlan
from payments.remittance.reading import RemittanceSummary, RemittanceView, list_remittances, read_remittance
from payments.remittance.service import PostedRemittance, plan_remittance, post_remittance


class PlannedRow(msgspec.Struct, frozen=True):
    """A claim that would post."""

    position: int
    claim_number: str
    paid_cents: int
    reverses: bool


class HeldPlanRow(msgspec.Struct, frozen=True):
    """A claim that would wait, and why."""

    position: int
    reason: str
    paid_cents: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What posting would do. Post it by sending back its digest; a difference other than 0 cannot be posted."""

    digest: str
    posts: list[PlannedRow]
    holds: list[HeldPlanRow]
    difference_cents: int


class PostRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The plan that was seen."""

    plan_digest: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class RemittanceController(Controller):
    """Payments by insurers."""

    path = "/api/v1/practices/{practice_id:uuid}/remittances"
    tags = ("Remittances",)

    @get(guards=[requires(READ_REMITTANCES)], summary="Remittances")
    async def list_all(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[RemittanceSummary]:
        """Every remittance, by payment date; held ones say why."""
        found = await list_remittances(tx, page)
        record(tx, "payments.remittance.listed", "remittance", changed={"shown": len(found[: page.limit])})
        return page_of(request, page, found, lambda one: (one.paid_date or dt.date.max, one.trace_number, one.id))

    @get("/{remittance_id:uuid}", guards=[requires(READ_REMITTANCES)], summary="A remittance")
    async def read(self, tx: NamedDependency[Tx], remittance_id: FromPath[uuid.UUID]) -> RemittanceView:
        """One remittance with its claims, and the byte range of each in the file it came in."""
        return await read_remittance(tx, remittance_id)

    @get("/{remittance_id:uuid}/plan", guards=[requires(READ_REMITTANCES)], summary="What posting would do")
    async def plan(self, tx: NamedDependency[Tx], remittance_id: FromPath[uuid.UUID]) -> Plan:
        """The posting plan now; nothing is changed by looking."""
        return _shown(await plan_remittance(tx, remittance_id))

    @post_once(
        "/{remittance_id:uuid}/post",
        key_required=True,
        guards=[requires(POST_REMITTANCES)],
        status_code=201,
        summary="Post the plan",
    )
    async def post_plan(
        self,
        tx: NamedDependency[Tx],
        remittance_id: FromPath[uuid.UUID],
        data: Annotated[PostRequest, Body()],
    ) -> PostedRemittance:
        """Post the plan with this digest; held claims go to the payer's unapplied money. A stale plan is refused with 409."""
        return await post_remittance(tx, remittance_id, plan_digest=data.plan_digest)


def _shown(plan: PostingPlan) -> Plan:
    return Plan(
        digest=plan.digest,
        posts=[
            PlannedRow(one.position, one.kept.claim_number, one.kept.paid_cents, one.reverses is not None)
            for one in plan.claims
        ],
        holds=[HeldPlanRow(one.position, one.reason, one.paid_cents) for one in plan.held],
        difference_cents=plan.difference_cents,
    )
