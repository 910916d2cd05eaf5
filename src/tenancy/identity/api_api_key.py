"""JSON endpoints for keys: one's own, and, for administrators, ending another person's."""

import datetime as dt
import uuid
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Body, FromPath

from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires
from tenancy.identity.api_keys import KeyShown, MadeKey, NewKey, list_keys, make_key, revoke_key
from tenancy.identity.edge import in_person, password_given_lately, person_of, provide_own_tx
from tenancy.identity.key_scope import KeyScope
from tenancy.permissions import MANAGE_PEOPLE, READ_PEOPLE
from tenancy.shapes import KeyName


class KeyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key to make. It may do no more than its owner, and lasts a year at most."""

    name: KeyName
    permissions: Annotated[list[str], msgspec.Meta(max_length=100, examples=[["claims:read"]])]
    expires_at: Annotated[dt.datetime, msgspec.Meta(tz=True, examples=["2027-06-30T00:00:00Z"])]
    practice_ids: Annotated[list[uuid.UUID], msgspec.Meta(max_length=200)] = []
    company_wide: bool = False


class OwnKeysController(Controller):
    """The signed-in person's keys. A key cannot make keys."""

    path = "/api/v1/api-keys"
    tags = ("API keys",)
    guards = (in_person,)
    dependencies = {"tx": Provide(provide_own_tx)}  # noqa: RUF012

    @post(guards=[password_given_lately], status_code=201, summary="Make a key")
    async def make(self, request: AnyRequest, tx: NamedDependency[Tx], data: Annotated[KeyBody, Body()]) -> MadeKey:
        """Make a key for a program; the answer is the only time it is shown. Send it as `Authorization: Bearer <key>`."""
        scope = KeyScope(permissions=data.permissions, practice_ids=data.practice_ids, company_wide=data.company_wide)
        new = NewKey(name=data.name, scope=scope, expires_at=data.expires_at)
        return await make_key(tx, request.app.state.sessions.keys, new)

    @get(summary="Own keys")
    async def list_own(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[KeyShown]:
        """This person's keys, the newest first: what each may do, until when, and when it was last used."""
        return page_of(request, page, await list_keys(tx, person_of(request).user_id, page), _place)

    @post("/{key_id:uuid}/revoke", status_code=204, summary="Revoke a key")
    async def revoke(self, request: AnyRequest, tx: NamedDependency[Tx], key_id: FromPath[uuid.UUID]) -> None:
        """End a key; it is refused from the next request on."""
        await revoke_key(tx, person_of(request).user_id, key_id)


class MemberKeysController(Controller):
    """Another person's keys."""

    path = "/api/v1/members/{user_id:uuid}/api-keys"
    tags = ("API keys",)

    @get(guards=[requires(READ_PEOPLE)], summary="A person's keys")
    async def list_theirs(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        page: NamedDependency[PageAsked],
        user_id: FromPath[uuid.UUID],
    ) -> Page[KeyShown]:
        """The keys a person of the company holds, the newest first."""
        return page_of(request, page, await list_keys(tx, user_id, page), _place)

    @post("/{key_id:uuid}/revoke", guards=[requires(MANAGE_PEOPLE)], status_code=204, summary="Revoke a person's key")
    async def revoke(self, tx: NamedDependency[Tx], user_id: FromPath[uuid.UUID], key_id: FromPath[uuid.UUID]) -> None:
        """End a key of a person of the company; it is refused from the next request on."""
        await revoke_key(tx, user_id, key_id)


def _place(one: KeyShown) -> tuple[dt.datetime, uuid.UUID]:
    return one.created_at, one.id
