"""JSON endpoints of the company: its practices' lives, role history by practice, and the access review."""

import datetime as dt
import uuid
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, QueryParameter

from audit.public import record
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import FieldError, Invalid, NotFound
from kernel.http.files import TABLES, sends_file
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, request_scope, requires
from tenancy.lifecycle import (
    NO_SUCH_PRACTICE,
    Offboarding,
    offboard_practice,
    preview_offboarding,
    resume_practice,
    suspend_practice,
)
from tenancy.memberships import RoleChange, history_in
from tenancy.people_api import Digest, Ending
from tenancy.permissions import MANAGE_COMPANY, READ_PEOPLE
from tenancy.practices import PracticeEntry, company_practices
from tenancy.review import AccessReview, access_review, review_file
from tenancy.roles import ROLES
from tenancy.shapes import Reason

AsOf = Annotated[
    dt.datetime | None, QueryParameter(description="The moment to look at, with its time zone; now when left out.")
]
Format = Literal["csv", "xlsx"]


class OffboardBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Confirms a previewed offboarding by its digest."""

    digest: Digest
    reason: Reason


class PracticesController(Controller):
    """The practices of the company, as the company sees them: no records, only that they exist and how they stand."""

    path = "/api/v1/company/practices"
    tags = ("Company",)

    @get(guards=[requires(READ_PEOPLE)], summary="Practices of the company")
    async def list_all(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[PracticeEntry]:
        """Every practice by its short name, and whether it is active, suspended or offboarded."""
        found = await company_practices(tx, page)
        record(tx, "tenancy.practice.listed", "practice", changed={"shown": len(found[: page.limit])})
        return page_of(request, page, found, lambda one: (one.slug,))

    @post("/{practice:uuid}/suspend", guards=[requires(MANAGE_COMPANY)], status_code=204, summary="Suspend")
    async def suspend(
        self, request: AnyRequest, practice: FromPath[uuid.UUID], data: Annotated[Ending, Body()]
    ) -> None:
        """From the next request on records can be read, and nothing written or sent; jobs wait."""
        async with _acting_in(request, practice) as tx:
            await suspend_practice(tx, reason=data.reason)

    @post("/{practice:uuid}/resume", guards=[requires(MANAGE_COMPANY)], status_code=204, summary="Resume")
    async def resume(self, request: AnyRequest, practice: FromPath[uuid.UUID], data: Annotated[Ending, Body()]) -> None:
        """Let a suspended practice work again; what waited goes on."""
        async with _acting_in(request, practice) as tx:
            await resume_practice(tx, reason=data.reason)

    @get("/{practice:uuid}/offboarding", guards=[requires(MANAGE_COMPANY)], summary="Preview offboarding")
    async def preview(self, request: AnyRequest, practice: FromPath[uuid.UUID]) -> Offboarding:
        """What leaving would end, with the digest that confirms it. Nothing is changed."""
        async with _acting_in(request, practice) as tx:
            seen = await preview_offboarding(tx, request.app.state.open_work)
            record(tx, "tenancy.offboarding.previewed", "practice", tx.practice_id)
            return seen

    @post("/{practice:uuid}/offboard", guards=[requires(MANAGE_COMPANY)], status_code=200, summary="Offboard")
    async def offboard(
        self, request: AnyRequest, practice: FromPath[uuid.UUID], data: Annotated[OffboardBody, Body()]
    ) -> Offboarding:
        """End the practice's time with the company, exactly as previewed. Its people lose access at their next request."""
        async with _acting_in(request, practice) as tx:
            return await offboard_practice(tx, request.app.state.open_work, digest=data.digest, reason=data.reason)

    @get("/{practice:uuid}/role-changes", guards=[requires(READ_PEOPLE)], summary="A practice's role history")
    async def history(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        page: NamedDependency[PageAsked],
        practice: FromPath[uuid.UUID],
    ) -> Page[RoleChange]:
        """Every role given and ended in this practice, by whom, when and why, oldest first."""
        if practice not in {one.practice_id for one in await company_practices(tx)}:
            raise NotFound(NO_SUCH_PRACTICE)
        record(tx, "tenancy.practice_roles.read", "practice", practice)
        return page_of(request, page, await history_in(tx, practice, page), lambda one: (one.changed_at, one.id))


class AccessController(Controller):
    """Who may do what, to be reviewed."""

    path = "/api/v1"
    tags = ("Access",)

    @get("/roles", guards=[requires(READ_PEOPLE)], summary="What each role may do")
    async def roles(self) -> Mapping[str, list[str]]:
        """The permissions of every role, in alphabetical order."""
        return {role: sorted(permissions) for role, permissions in ROLES.items()}

    @get("/access-review", guards=[requires(READ_PEOPLE)], summary="Access review")
    async def review(self, tx: NamedDependency[Tx], as_of: AsOf = None) -> AccessReview:
        """Who holds what where, since when, given by whom and why, until when, and when they last signed in."""
        return await access_review(tx, as_of=_moment(as_of))

    @get(
        "/access-review/files/{file_format:str}",
        guards=[requires(READ_PEOPLE)],
        summary="Access review as a file",
        opt=sends_file(*TABLES.values()),
    )
    async def review_as_file(
        self, tx: NamedDependency[Tx], file_format: FromPath[Format], as_of: AsOf = None
    ) -> Response[bytes]:
        """The access review as CSV or XLSX."""
        if file_format not in TABLES:
            raise NotFound("there is no such file; there are csv and xlsx")
        review = await access_review(tx, as_of=_moment(as_of))
        name = f"{review.as_of.date()}-access-review.{file_format}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        record(tx, "tenancy.access.exported", "company", tx.company_id, changed={"format": file_format})
        return Response(review_file(review, file_format), media_type=TABLES[file_format], headers=headers)


def _acting_in(request: AnyRequest, practice_id: uuid.UUID) -> AbstractAsyncContextManager[Tx]:
    """A transaction in a practice the person may have no role in; row security hides one of another company."""
    scope = msgspec.structs.replace(request_scope(request), practice_id=practice_id)
    return open_transaction(request.app.state.database, scope)


def _moment(as_of: dt.datetime | None) -> dt.datetime | None:
    if as_of is not None and as_of.tzinfo is None:
        message = "as_of needs a time zone, for example 2026-01-31T17:00:00Z"
        raise Invalid(message, fields=(FieldError("/as_of", message, "query"),))
    return as_of
