"""People of a tenant's company, added as the operator adds them and signed in as people do."""

import uuid
from collections.abc import Mapping

import httpx
import msgspec
from tests.plugins.tenants import Tenant
from tests.plugins.web import PASSWORD, Web

from kernel.ids import new_id
from tenancy.public import NewMember, add_member

SESSION = "/api/v1/session"


class Person(msgspec.Struct, frozen=True):
    """Somebody of a company."""

    user_id: uuid.UUID
    email: str


async def add_person(tenant: Tenant, roles: Mapping[uuid.UUID | None, str], *, name: str = "Sam Example") -> Person:
    """Add a person with a role in each place; None is the company as a whole."""
    email = f"{new_id()}@northgate.example"
    async with tenant.tx() as tx:
        new = NewMember(email=email, display_name=name, password=PASSWORD, roles=dict(roles))
        return Person(await add_member(tx, new), email)


async def sign_in(web: Web, person: Person, password: str = PASSWORD) -> httpx.AsyncClient:
    """That person at a browser of their own."""
    client = web.visitor()
    answer = await client.post(SESSION, json={"email": person.email, "password": password})
    assert answer.status_code == 201, answer.text
    return client


async def may(client: httpx.AsyncClient, path: str) -> int:
    """The status that a reader gets there."""
    return (await client.get(path)).status_code
