"""JSON endpoints: onboarding a practice and reading it."""

import uuid
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import Body

from audit.public import record
from kernel.db.transaction import Tx, open_transaction
from kernel.http.scoping import AnyRequest, request_scope, requires, signed_in
from tenancy.companies import NewPractice, onboard_practice, practice_id_of
from tenancy.people import assign_role
from tenancy.permissions import MANAGE_COMPANY, READ_PRACTICE
from tenancy.public import BillingPractice, billing_practice


class Created(msgspec.Struct, frozen=True):
    """The id of what was made, or found when it was made before."""

    id: uuid.UUID


class CompanyController(Controller):
    """Practices of the company."""

    path = "/api/v1"
    tags = ("Company",)

    @post("/practices", guards=[requires(MANAGE_COMPANY)], status_code=201, summary="Onboard a practice")
    async def onboard(self, request: AnyRequest, data: Annotated[NewPractice, Body()]) -> Created:
        """Add a client practice. An administrator who adds it is its administrator too.

        Adding it again finds the same one; another practice under its short name is refused.
        """
        company_scope = request_scope(request)
        practice_id = practice_id_of(signed_in(request).company_id, data.slug)
        scope = msgspec.structs.replace(company_scope, practice_id=practice_id)
        async with open_transaction(request.app.state.database, scope) as tx:
            await onboard_practice(tx, data)
            if scope.user_id is not None and "administrator" in scope.role.split("+"):
                await assign_role(tx, scope.user_id, practice_id, "administrator", reason="onboarded the practice")
        return Created(practice_id)

    @get("/practices/{practice_id:uuid}", guards=[requires(READ_PRACTICE)], summary="A practice")
    async def read_practice(self, tx: NamedDependency[Tx]) -> BillingPractice:
        """The practice as claims and bills show it."""
        record(tx, "tenancy.practice.read", "practice", tx.practice_id)
        return await billing_practice(tx)
