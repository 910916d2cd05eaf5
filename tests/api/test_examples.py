"""The examples of the manual are requests that work: each is sent to the server as it stands there, with ids that exist."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from tests.api.conftest import Furnished, furnish
from tests.api.doors import knock
from tests.api.keys import in_a_month
from tests.api.test_foreign_ids import complete
from tests.plugins.tenants import MakeTenant
from tests.plugins.web import PASSWORD, Web, base_of

from kernel.ids import new_id
from tenancy.public import NewMember, add_member

Fitted = dict[str, Any]
Fit = Callable[[httpx.AsyncClient, dict[str, uuid.UUID]], Awaitable[Fitted]]


async def signed_in(web: Web, one: Furnished) -> tuple[httpx.AsyncClient, str]:
    """An administrator of the practice and of the company, and their e-mail."""
    email = f"head-{new_id()}@northgate.example"
    roles = {None: "administrator", one.tenant.practice_id: "administrator"}
    async with one.tenant.tx() as tx:
        await add_member(tx, NewMember(email=email, display_name="Sam Example", password=PASSWORD, roles=roles))
    client = web.visitor()
    assert (await client.post("/api/v1/session", json={"email": email, "password": PASSWORD})).status_code == 201
    return client, email


async def _digest(client: httpx.AsyncClient, path: str, **params: str) -> str:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["digest"])


async def _handed_over(client: httpx.AsyncClient, ids: dict[str, uuid.UUID]) -> Fitted:
    (to, practice) = str(ids["colleague_id"]), str(ids["practice_id"])
    digest = await _digest(client, f"/api/v1/members/{ids['user_id']}/transfer", to=to, practice=practice)
    return {"to_user_id": to, "practice_id": practice, "digest": digest}


async def _posted(client: httpx.AsyncClient, ids: dict[str, uuid.UUID]) -> Fitted:
    plan = f"/api/v1/practices/{ids['practice_id']}/remittances/{ids['remittance_id']}/plan"
    return {"plan_digest": await _digest(client, plan)}


async def _offboarded(client: httpx.AsyncClient, ids: dict[str, uuid.UUID]) -> Fitted:
    return {"digest": await _digest(client, f"/api/v1/company/practices/{ids['practice']}/offboarding")}


async def _in_practice(_: httpx.AsyncClient, ids: dict[str, uuid.UUID]) -> Fitted:
    return {"roles": [{"role": "coder", "practice_id": str(ids["practice_id"]), "starts_at": None, "expires_at": None}]}


async def _key(_: httpx.AsyncClient, ids: dict[str, uuid.UUID]) -> Fitted:
    return {"practice_ids": [str(ids["practice_id"])], "expires_at": in_a_month()}


async def _for_a_month(_: httpx.AsyncClient, __: dict[str, uuid.UUID]) -> Fitted:
    return {"expires_at": in_a_month()}


async def _payer(_: httpx.AsyncClient, ids: dict[str, uuid.UUID]) -> Fitted:
    return {"payer_id": str(ids["payer_id"])}


FITTED: dict[str, Fit] = {
    "POST /api/v1/api-keys": _key,
    "POST /api/v1/company/practices/{practice}/offboard": _offboarded,
    "POST /api/v1/invitations": _in_practice,
    "POST /api/v1/members/{user_id}/roles": _in_practice,
    "POST /api/v1/members/{user_id}/transfer": _handed_over,
    "POST /api/v1/practices/{practice_id}/enrollments": _payer,
    "POST /api/v1/practices/{practice_id}/people/invitations": _for_a_month,
    "POST /api/v1/practices/{practice_id}/people/{person_id}/role": _for_a_month,
    "POST /api/v1/practices/{practice_id}/remittances/{remittance_id}/post": _posted,
}
"""What of an example must exist or be in the future: ids, digests of what was previewed, days to come."""

SECRETS = {
    "POST /api/v1/invitations/accept": 404,
    "POST /api/v1/password-reset/finish": 401,
    "POST /api/v1/second-factor/confirm": 409,
    "POST /api/v1/session/second-factor": 401,
}
"""Examples of what only a mail or an authenticator app knows: understood, and refused as a wrong one is."""

OWN = {"POST /api/v1/session", "POST /api/v1/session/password-again", "POST /api/v1/session/password"}
"""Examples with the caller's own e-mail and password, which are theirs here."""

LAST = [
    "POST /api/v1/practices/{practice_id}/enrollments/{enrollment_id}/approve",
    "POST /api/v1/practices/{practice_id}/enrollments/{enrollment_id}/end",
    "POST /api/v1/practices/{practice_id}/people/{person_id}/end",
    "POST /api/v1/members/roles/{membership_id}/end",
    "POST /api/v1/members/{user_id}/transfer",
    "POST /api/v1/members/{user_id}/end",
    "POST /api/v1/company/practices/{practice}/suspend",
    "POST /api/v1/company/practices/{practice}/resume",
    "POST /api/v1/company/practices/{practice}/offboard",
    "POST /api/v1/session/password",
    "PUT /api/v1/sign-in-policy",
]
"""What ends things, in an order in which each still finds its own; then what changes how the caller signs in."""


@pytest.fixture
async def ours(web: Web, make_tenant: MakeTenant) -> Furnished:
    """A practice with one of everything, where the connection has another name than the manual's."""
    return await complete(web, await furnish(web, await make_tenant()))


async def test_every_example_of_a_body_is_a_request_that_works(web: Web, ours: Furnished) -> None:
    client, email = await signed_in(web, ours)
    document = (await client.get("/api/v1/openapi/openapi.json")).json()
    examples = {
        f"{method.upper()} {path}": operation["requestBody"]["content"]["application/json"]["example"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert {*FITTED, *SECRETS, *OWN} <= set(examples)
    answered = {}
    for route in [*sorted(examples.keys() - set(LAST)), *LAST]:
        body = dict(examples[route])
        if route in FITTED:
            body |= await FITTED[route](client, ours.ids)
        if route in OWN:
            body |= {name: email if name == "email" else PASSWORD for name in body if name != "new_password"}
        sent = {"json": body}
        answer = await knock(client, route, ours.ids, lambda _, sent=sent: sent)
        answered[route] = (answer.status_code, answer.text)
    wrong = {
        route: told
        for route, told in answered.items()
        if (told[0] != SECRETS[route] if route in SECRETS else told[0] >= 300)
    }
    assert wrong == {}, "\n".join(map(str, wrong.items()))


async def test_what_an_example_may_not_hold_is_refused_where_it_stands(web: Web, ours: Furnished) -> None:
    """So that the examples above were read at all."""
    client, _ = await signed_in(web, ours)
    answer = await client.post(f"{base_of(ours.tenant)}/providers", json={"npi": "2999901012", "last_name": 7})
    assert answer.status_code == 400
    assert {one["pointer"] for one in answer.json()["errors"]} >= {"/last_name"}
