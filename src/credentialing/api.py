"""JSON endpoints for enrollments."""

import datetime as dt
import uuid
from typing import Annotated

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import Body, FromPath

from audit.public import record
from credentialing.book import Enrollment
from credentialing.enrollments import (
    NewEnrollment,
    approve_enrollment,
    end_enrollment,
    list_enrollments,
    lock_enrollment,
    read_enrollment,
    refuse_enrollment,
    request_enrollment,
)
from credentialing.permissions import MANAGE_ENROLLMENTS, READ_ENROLLMENTS
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.once import post_once
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires
from kernel.http.versions import AskedVersion


class Requested(msgspec.Struct, frozen=True):
    """The id of the application, or of the one that was on file."""

    id: uuid.UUID


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A payer's approval: the first service date it covers, which may lie in the past."""

    effective_date: dt.date


class Ending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The end of an enrollment: the last service date it covers."""

    ended_date: dt.date


class EnrollmentController(Controller):
    """Which provider may bill which payer."""

    path = "/api/v1/practices/{practice_id:uuid}/enrollments"
    tags = ("Credentialing",)

    @post_once(guards=[requires(MANAGE_ENROLLMENTS)], status_code=201, summary="Put an application on file")
    async def request(self, tx: NamedDependency[Tx], data: Annotated[NewEnrollment, Body()]) -> Requested:
        """Put an application on file; the same provider and payer find the same one."""
        return Requested(await request_enrollment(tx, data))

    @get(guards=[requires(READ_ENROLLMENTS)], summary="Enrollments")
    async def list_all(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[Enrollment]:
        """Every enrollment of the practice, the oldest application first."""
        found = await list_enrollments(tx, page)
        record(tx, "credentialing.enrollment.listed", "enrollment", changed={"shown": len(found[: page.limit])})
        return page_of(request, page, found, lambda one: (one.requested_date, one.id))

    @get("/{enrollment_id:uuid}", guards=[requires(READ_ENROLLMENTS)], summary="An enrollment")
    async def read(self, tx: NamedDependency[Tx], enrollment_id: FromPath[uuid.UUID]) -> Enrollment:
        """One enrollment, with the version that a decision about it takes."""
        found = await read_enrollment(tx, enrollment_id)
        record(tx, "credentialing.enrollment.read", "enrollment", enrollment_id)
        return found

    @post_once(
        "/{enrollment_id:uuid}/approve",
        guards=[requires(MANAGE_ENROLLMENTS)],
        status_code=200,
        summary="Record an approval",
    )
    async def approve(
        self,
        tx: NamedDependency[Tx],
        version: NamedDependency[AskedVersion],
        enrollment_id: FromPath[uuid.UUID],
        data: Annotated[Approval, Body()],
    ) -> Enrollment:
        """Record the payer's approval; claims held for it are scrubbed again and released if nothing else is wrong."""
        version.require(await lock_enrollment(tx, enrollment_id))
        return await approve_enrollment(tx, enrollment_id, data.effective_date)

    @post_once(
        "/{enrollment_id:uuid}/refuse",
        guards=[requires(MANAGE_ENROLLMENTS)],
        status_code=200,
        summary="Record a refusal",
    )
    async def refuse(
        self, tx: NamedDependency[Tx], version: NamedDependency[AskedVersion], enrollment_id: FromPath[uuid.UUID]
    ) -> Enrollment:
        """Record that the payer refused the application."""
        version.require(await lock_enrollment(tx, enrollment_id))
        return await refuse_enrollment(tx, enrollment_id)

    @post_once(
        "/{enrollment_id:uuid}/end",
        guards=[requires(MANAGE_ENROLLMENTS)],
        status_code=200,
        summary="Record an end",
    )
    async def end(
        self,
        tx: NamedDependency[Tx],
        version: NamedDependency[AskedVersion],
        enrollment_id: FromPath[uuid.UUID],
        data: Annotated[Ending, Body()],
    ) -> Enrollment:
        """Record the last service date that the payer covers; claims for later dates are held when they are scrubbed."""
        version.require(await lock_enrollment(tx, enrollment_id))
        return await end_enrollment(tx, enrollment_id, data.ended_date)
