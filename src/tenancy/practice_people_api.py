"""JSON endpoints: a practice's own people, kept by the practice's administrator."""

import datetime as dt
import uuid
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath

from audit.public import record
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.once import post_once
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires
from kernel.http.versions import AskedVersion
from tenancy.api import Created
from tenancy.invitations import Invitation, list_invitations, withdraw_invitation
from tenancy.memberships import RoleChange
from tenancy.people_api import Ending
from tenancy.permissions import MANAGE_PEOPLE, READ_PEOPLE
from tenancy.practice_people import (
    NewPracticePerson,
    PracticePerson,
    change_practice_role,
    end_practice_roles,
    invite_to_practice,
    lock_practice_person,
    practice_people,
    practice_person,
    practice_role_changes,
)
from tenancy.shapes import DisplayName, Email, Reason

Role = Annotated[str, msgspec.Meta(min_length=1, max_length=40, examples=["clinician"])]


class PracticeInvitationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody of the practice to invite, as `practice_admin` or `clinician`; for good, or until `expires_at`."""

    email: Email
    display_name: DisplayName
    role: Role
    reason: Reason
    expires_at: dt.datetime | None = None


class PracticeRoleBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The role to hold from now on instead of the present one, and why."""

    role: Role
    reason: Reason
    expires_at: dt.datetime | None = None


class PracticePeopleController(Controller):
    """The practice's own people; those of the billing company are not shown."""

    path = "/api/v1/practices/{practice_id:uuid}/people"
    tags = ("People",)

    @get(guards=[requires(READ_PEOPLE)], summary="People of the practice")
    async def list_all(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[PracticePerson]:
        """The practice's own people by name, with their roles in it."""
        found = await practice_people(tx, page)
        record(tx, "tenancy.member.listed", "user_account", changed={"shown": len(found[: page.limit])})
        return page_of(request, page, found, lambda one: (one.display_name, one.id))

    @get("/{person_id:uuid}", guards=[requires(READ_PEOPLE)], summary="A person of the practice")
    async def read(self, tx: NamedDependency[Tx], person_id: FromPath[uuid.UUID]) -> PracticePerson:
        """One of the practice's own people."""
        person = await practice_person(tx, person_id)
        record(tx, "tenancy.member.read", "user_account", person_id)
        return person

    @get("/role-changes", guards=[requires(READ_PEOPLE)], summary="Role history of the practice's people")
    async def history(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[RoleChange]:
        """Every role given and ended, by whom, when and why, oldest first."""
        record(tx, "tenancy.practice_roles.read", "practice", tx.practice_id)
        return page_of(request, page, await practice_role_changes(tx, page), lambda one: (one.changed_at, one.id))

    @post_once("/{person_id:uuid}/role", guards=[requires(MANAGE_PEOPLE)], status_code=200, summary="Change a role")
    async def change(
        self,
        tx: NamedDependency[Tx],
        version: NamedDependency[AskedVersion],
        person_id: FromPath[uuid.UUID],
        data: Annotated[PracticeRoleBody, Body()],
    ) -> PracticePerson:
        """Let one of the practice's people hold this role alone, from their next request on. If-Match is the ETag of the person."""
        person = await lock_practice_person(tx, person_id)
        version.require(person)
        await change_practice_role(tx, person, data.role, expires_at=data.expires_at, reason=data.reason)
        return await practice_person(tx, person_id)

    @post("/{person_id:uuid}/end", guards=[requires(MANAGE_PEOPLE)], status_code=204, summary="A person leaves")
    async def end(
        self, tx: NamedDependency[Tx], person_id: FromPath[uuid.UUID], data: Annotated[Ending, Body()]
    ) -> None:
        """End what one of the practice's people may do in it, from their next request on."""
        await end_practice_roles(tx, await lock_practice_person(tx, person_id), reason=data.reason)

    @get("/invitations", guards=[requires(READ_PEOPLE)], summary="Invitations to the practice")
    async def list_invited(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[Invitation]:
        """Every invitation of the practice's own people and what became of it, newest first."""
        invited = await list_invitations(tx, page, practice_id=tx.practice_id)
        record(tx, "tenancy.invitation.listed", "invitation", changed={"shown": len(invited[: page.limit])})
        return page_of(request, page, invited, lambda one: (one.created_at, one.id))

    @post_once("/invitations", guards=[requires(MANAGE_PEOPLE)], status_code=201, summary="Invite to the practice")
    async def invite(
        self, request: AnyRequest, tx: NamedDependency[Tx], data: Annotated[PracticeInvitationBody, Body()]
    ) -> Created:
        """Invite somebody by mail; the link works once, within 7 days. An earlier open invitation is withdrawn."""
        new = NewPracticePerson(
            email=data.email,
            display_name=data.display_name,
            role=data.role,
            expires_at=data.expires_at,
            reason=data.reason,
        )
        return Created(await invite_to_practice(tx, request.app.state.sessions, new))

    @post(
        "/invitations/{invited_id:uuid}/withdraw",
        guards=[requires(MANAGE_PEOPLE)],
        status_code=204,
        summary="Withdraw an invitation to the practice",
    )
    async def withdraw(self, tx: NamedDependency[Tx], invited_id: FromPath[uuid.UUID]) -> None:
        """Take an open invitation back; its link opens nothing any more."""
        await withdraw_invitation(tx, invited_id, practice_id=tx.practice_id)
