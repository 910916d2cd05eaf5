"""JSON endpoints for payers and providers."""

import uuid
from typing import Annotated

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import Body

from audit.public import record
from directory.permissions import MANAGE_PAYERS, MANAGE_PROVIDERS, READ_PAYERS, READ_PROVIDERS
from directory.shelves import (
    NewPayer,
    NewProvider,
    Payer,
    Provider,
    add_payer,
    add_provider,
    payers_by_id,
    providers_by_npi,
)
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.once import post_once
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires


class Added(msgspec.Struct, frozen=True):
    """The id of what was added, or found when it was there before."""

    id: uuid.UUID


class PayerController(Controller):
    """Payers belong to the company and are shared by its practices."""

    path = "/api/v1"
    tags = ("Directory",)

    @post_once("/payers", guards=[requires(MANAGE_PAYERS)], status_code=201, summary="Add a payer")
    async def add(self, tx: NamedDependency[Tx], data: Annotated[NewPayer, Body()]) -> Added:
        """Add a payer; the same code finds the same payer."""
        return Added(await add_payer(tx, data))

    @get("/practices/{practice_id:uuid}/payers", guards=[requires(READ_PAYERS)], summary="Payers")
    async def list_all(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[Payer]:
        """Every payer of the company, by code."""
        found = list((await payers_by_id(tx, page)).values())
        record(tx, "directory.payer.listed", "payer", changed={"shown": len(found[: page.limit])})
        return page_of(request, page, found, lambda one: (one.code,))


class ProviderController(Controller):
    """Providers belong to a practice."""

    path = "/api/v1/practices/{practice_id:uuid}/providers"
    tags = ("Directory",)

    @post_once(guards=[requires(MANAGE_PROVIDERS)], status_code=201, summary="Add a provider")
    async def add(self, tx: NamedDependency[Tx], data: Annotated[NewProvider, Body()]) -> Added:
        """Add a provider; the same NPI finds the same provider."""
        return Added(await add_provider(tx, data))

    @get(guards=[requires(READ_PROVIDERS)], summary="Providers")
    async def list_all(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[Provider]:
        """Every provider of the practice, by NPI."""
        found = list((await providers_by_npi(tx, page)).values())
        record(tx, "directory.provider.listed", "provider", changed={"shown": len(found[: page.limit])})
        return page_of(request, page, found, lambda one: (one.npi,))
