"""JSON endpoints: the company's people, what they may do, and how work is handed over."""

import uuid
from typing import Annotated

import msgspec
from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, QueryParameter

from audit.public import record
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.once import post_once
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires
from kernel.http.versions import AskedVersion
from tenancy.api import Created
from tenancy.grants import Grant
from tenancy.invitations import (
    Invitation,
    NewInvitation,
    accept_invitation,
    invite,
    list_invitations,
    withdraw_invitation,
)
from tenancy.memberships import RoleChange, end_membership, grant_roles, history_of
from tenancy.people import Member, end_member, find_member, list_members, lock_member, rename_member
from tenancy.permissions import MANAGE_PEOPLE, READ_PEOPLE
from tenancy.shapes import DisplayName, Email, Reason
from tenancy.transfers import TransferPlan, plan_transfer, transfer_roles

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Practice = Annotated[
    uuid.UUID | None, QueryParameter(description="Only the roles in this practice; all when left out.")
]


class RoleAsked(Grant, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role to be held in one practice, or company-wide where `practice_id` is left out.

    Without `starts_at` it holds from the grant on, without `expires_at` until it is ended.
    """

    # Grant itself is read from our own tables too, where another version may have written more.


class InvitationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person to invite, with the roles they will hold."""

    email: Email
    display_name: DisplayName
    roles: Annotated[list[RoleAsked], msgspec.Meta(min_length=1, max_length=200)]
    reason: Reason


class Acceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of the mailed link, and the password the person chooses."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    password: Annotated[str, msgspec.Meta(min_length=12, max_length=200)]


class NewName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The name that others see."""

    display_name: DisplayName


class Ending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why something ends; kept with the history."""

    reason: Reason


class RolesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Roles to give, and why."""

    roles: Annotated[list[RoleAsked], msgspec.Meta(min_length=1, max_length=200)]
    reason: Reason


class TransferBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Confirms a previewed transfer by its digest."""

    to_user_id: uuid.UUID
    digest: Digest
    reason: Reason
    practice_id: uuid.UUID | None = None


class MemberController(Controller):
    """People of the company and their roles."""

    path = "/api/v1/members"
    tags = ("People",)

    @get(guards=[requires(READ_PEOPLE)], summary="People of the company")
    async def list_all(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[Member]:
        """Everybody by name with the roles nobody has ended, and the ones who left."""
        found = await list_members(tx, page)
        record(tx, "tenancy.member.listed", "user_account", changed={"shown": len(found[: page.limit])})
        return page_of(request, page, found, lambda one: (one.display_name, one.id))

    @get("/{user_id:uuid}", guards=[requires(READ_PEOPLE)], summary="A person")
    async def read(self, tx: NamedDependency[Tx], user_id: FromPath[uuid.UUID]) -> Member:
        """One person with the roles nobody has ended."""
        member = await find_member(tx, user_id)
        record(tx, "tenancy.member.read", "user_account", user_id)
        return member

    @patch("/{user_id:uuid}", guards=[requires(MANAGE_PEOPLE)], summary="Rename a person")
    async def rename(
        self,
        tx: NamedDependency[Tx],
        version: NamedDependency[AskedVersion],
        user_id: FromPath[uuid.UUID],
        data: Annotated[NewName, Body()],
    ) -> Member:
        """Change the name that others see."""
        version.require(await lock_member(tx, user_id))
        await rename_member(tx, user_id, data.display_name)
        return await find_member(tx, user_id)

    @post("/{user_id:uuid}/end", guards=[requires(MANAGE_PEOPLE)], status_code=204, summary="A person leaves")
    async def end(self, tx: NamedDependency[Tx], user_id: FromPath[uuid.UUID], data: Annotated[Ending, Body()]) -> None:
        """End the account with all its roles, sessions and keys, from the next request on."""
        await end_member(tx, user_id, reason=data.reason)

    @post_once("/{user_id:uuid}/roles", guards=[requires(MANAGE_PEOPLE)], status_code=201, summary="Give roles")
    async def grant(
        self,
        tx: NamedDependency[Tx],
        version: NamedDependency[AskedVersion],
        user_id: FromPath[uuid.UUID],
        data: Annotated[RolesBody, Body()],
    ) -> Member:
        """Give roles in practices or company-wide, for good or for a time; a role held for another time is replaced.

        If-Match is the ETag of the person.
        """
        version.require(await lock_member(tx, user_id))
        await grant_roles(tx, user_id, data.roles, reason=data.reason)
        return await find_member(tx, user_id)

    @get("/{user_id:uuid}/role-changes", guards=[requires(READ_PEOPLE)], summary="A person's role history")
    async def history(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        page: NamedDependency[PageAsked],
        user_id: FromPath[uuid.UUID],
    ) -> Page[RoleChange]:
        """Every role given and ended, by whom, when and why, oldest first."""
        await find_member(tx, user_id)
        record(tx, "tenancy.member_roles.read", "user_account", user_id)
        return page_of(request, page, await history_of(tx, user_id, page), lambda one: (one.changed_at, one.id))

    @get("/{user_id:uuid}/transfer", guards=[requires(MANAGE_PEOPLE)], summary="Preview a transfer")
    async def preview_transfer(
        self,
        tx: NamedDependency[Tx],
        user_id: FromPath[uuid.UUID],
        to: Annotated[uuid.UUID, QueryParameter(description="Who takes over.")],
        practice: Practice = None,
    ) -> TransferPlan:
        """Which roles handing over would move, with the digest that confirms it. Nothing is changed."""
        plan = await plan_transfer(tx, user_id, to, practice_id=practice)
        record(tx, "tenancy.transfer.previewed", "user_account", user_id, changed={"to_user_id": str(to)})
        return plan

    @post_once("/{user_id:uuid}/transfer", guards=[requires(MANAGE_PEOPLE)], status_code=200, summary="Transfer roles")
    async def transfer(
        self, tx: NamedDependency[Tx], user_id: FromPath[uuid.UUID], data: Annotated[TransferBody, Body()]
    ) -> TransferPlan:
        """Hand a person's roles to another, exactly as previewed; all or nothing."""
        return await transfer_roles(
            tx, user_id, data.to_user_id, digest=data.digest, reason=data.reason, practice_id=data.practice_id
        )

    @post("/roles/{membership_id:uuid}/end", guards=[requires(MANAGE_PEOPLE)], status_code=204, summary="End a role")
    async def end_role(
        self, tx: NamedDependency[Tx], membership_id: FromPath[uuid.UUID], data: Annotated[Ending, Body()]
    ) -> None:
        """Take one role away, from its holder's next request on."""
        await end_membership(tx, membership_id, reason=data.reason)


class InvitationController(Controller):
    """Inviting people, who choose their own password."""

    path = "/api/v1/invitations"
    tags = ("People",)

    @get(guards=[requires(READ_PEOPLE)], summary="Invitations")
    async def list_all(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[Invitation]:
        """Every invitation of the company and what became of it, newest first."""
        found = await list_invitations(tx, page)
        record(tx, "tenancy.invitation.listed", "invitation", changed={"shown": len(found[: page.limit])})
        return page_of(request, page, found, lambda one: (one.created_at, one.id))

    @post_once(guards=[requires(MANAGE_PEOPLE)], status_code=201, summary="Invite a person")
    async def make(
        self, request: AnyRequest, tx: NamedDependency[Tx], data: Annotated[InvitationBody, Body()]
    ) -> Created:
        """Invite somebody by mail; the link works once, within 7 days. An earlier open invitation is withdrawn."""
        new = NewInvitation(email=data.email, display_name=data.display_name, roles=data.roles, reason=data.reason)
        return Created(await invite(tx, request.app.state.sessions, new))

    @post(
        "/{invitation_id:uuid}/withdraw",
        guards=[requires(MANAGE_PEOPLE)],
        status_code=204,
        summary="Withdraw an invitation",
    )
    async def withdraw(self, tx: NamedDependency[Tx], invitation_id: FromPath[uuid.UUID]) -> None:
        """Take an open invitation back; its link opens nothing any more."""
        await withdraw_invitation(tx, invitation_id)

    @post("/accept", status_code=201, summary="Accept an invitation")
    async def accept(self, request: AnyRequest, data: Annotated[Acceptance, Body()]) -> Created:
        """Choose a password with the token of the mailed link; the answer is the new person's id."""
        return Created(
            await accept_invitation(
                request.app.state.database,
                request.app.state.sessions,
                token=data.token,
                password=data.password,
                request_id=str(request.state.request_id),
                address=request.client.host if request.client else "",
            )
        )
