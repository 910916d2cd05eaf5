"""Everything the OpenAPI document allows, and much that it does not, sent as several people with ids of two practices mixed in.

No answer is a surprise, each is what the document says of its address, and none holds anything of the other practice. The
examples are few and the same in every run; `HOSTILE_EXAMPLES=200 .venv/bin/pytest -n 0 tests/hostile/test_openapi.py` tries more,
and new ones each time and for each visitor.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.api.conftest import MARKER, Furnished, furnish
from tests.api.keys import key_of
from tests.plugins.tenants import MakeTenant
from tests.plugins.web import BASE_URL, Web, base_of

from kernel.ids import new_id
from tenancy.public import ROLES

pytestmark = [pytest.mark.slow]

MANY = "HOSTILE_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "3"))
"""For each address, person and kind of example: what the document allows, and what it does not."""
FEW = hypothesis_settings(
    max_examples=EXAMPLES,
    derandomize=not MANY,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
ENDS_OUR_OWN_VISIT = {"/api/v1/session/end"}
OF_THEIR_OWN = {"practice", "user_id", "membership_id"}
"""What stands for ourselves as well: only others are named here, so that the visitor stays who it is."""


class Example(msgspec.Struct):
    """A request that the document allows or refuses; `ids` says whose ids stand in its path besides what was made up."""

    case: Case
    path: dict[str, Any]
    ids: dict[str, str]


Send = Callable[[Case], httpx.Response]
VISITORS = ("administrator", "biller", "practice_admin", "patient", "key", "company key", "nobody")


async def the_visitor(web: Web, own: Furnished, who: str) -> httpx.AsyncClient:
    if who == "nobody":
        return web.visitor()
    if who in {"key", "company key"}:
        company_wide = who == "company key"
        owner = await web.signed_in(own.tenant, "administrator", company_wide=company_wide)
        return await key_of(web, owner, own.tenant, sorted(ROLES["administrator"]), company_wide=company_wide)
    if who != "patient":
        return await web.signed_in(own.tenant, who, company_wide=who == "administrator")
    biller, patient = await web.signed_in(own.tenant, "biller"), web.visitor()
    code = await biller.post(f"{base_of(own.tenant)}/patients/{own.ids['patient_id']}/bill-code")
    born = {"birth_month": "2", "birth_day": "29", "birth_year": "1980"}
    opened = await patient.post("/bill", data={"bill_code": code.json()["code"], **born})
    assert opened.headers["location"] == "/bill/account"
    return patient


def ids_for(name: str) -> st.SearchStrategy[str]:
    """What a path's parameter names: a thing of theirs, nobody's, ours, or what is no id at all."""
    whose = ["theirs", "nobody's"] if name in OF_THEIR_OWN else ["theirs", "nobody's", "ours"]
    return st.one_of(st.sampled_from(whose), st.sampled_from(["0", "..%2f..", "%00", "a" * 300]))


def id_of(name: str, whose: str, own: Furnished, theirs: Furnished) -> str:
    """The value for this visitor."""
    if whose == "theirs":
        return str(theirs.ids.get(name, theirs.ids["practice_id"]))
    if whose == "ours":
        return str(own.ids.get(name, own.ids["claim_id"]))
    return str(new_id()) if whose == "nobody's" else whose


async def schema_of(web: Web) -> schemathesis.BaseSchema:
    document = (await web.visitor().get("/api/v1/openapi/openapi.json")).json()
    return schemathesis.openapi.from_dict(document)


def sent_as(client: httpx.AsyncClient, loop: asyncio.AbstractEventLoop) -> Send:
    """Sends from the thread of the examples; what no HTTP client can put into a request is left out."""

    def send(case: Case) -> httpx.Response:
        parts: dict[str, Any] = case.as_transport_kwargs(base_url=BASE_URL)
        prepared = requests.Request(
            **{name: parts.get(name) for name in ("method", "url", "headers", "params", "data", "json", "files")}
        ).prepare()
        headers = {name: value for name, value in prepared.headers.items() if name.lower() != "content-length"}
        request = client.request(prepared.method, prepared.url, content=prepared.body, headers=headers)
        return asyncio.run_coroutine_threadsafe(request, loop).result(60)

    return send


def examples_of(operation: Any, mode: GenerationMode) -> list[Example]:
    """Requests for one address, without the ids in its path."""
    made: list[Example] = []
    names = [one.name for one in operation.path_parameters if one.definition["schema"].get("format") == "uuid"]

    @FEW
    @given(
        case=operation.as_strategy(generation_mode=mode),
        ids=st.fixed_dictionaries({name: ids_for(name) for name in names}),
    )
    def each(case: Case, ids: dict[str, str]) -> None:
        made.append(Example(case, dict(case.path_parameters or {}), ids))

    try:
        each()
    except Unsatisfiable:  # an address without parameters and body takes nothing that could be wrong
        assert mode is GenerationMode.NEGATIVE
    return made


def problems_of(send: Send, example: Example, ids: dict[str, str], statuses: Counter[int]) -> list[str]:
    """What was wrong with the answer; its status is counted."""
    case = example.case
    case.path_parameters = {**example.path, **ids}
    try:
        answer = send(case)
    except (requests.exceptions.RequestException, httpx.InvalidURL, UnicodeError, ValueError):
        return []
    statuses[answer.status_code] += 1
    said = f"{case.method} {case.path} {ids} -> {answer.status_code}"
    found = []
    if answer.status_code >= 500:
        found.append(f"{said}: {answer.text}")
    if MARKER in answer.text:
        found.append(f"{said}: holds what is another practice's")
    try:
        case.validate_response(answer, checks=CHECKS)
    except Exception as wrong:
        found.append(f"{said}: {wrong!r}: {getattr(wrong, 'exceptions', '')}")
    return found


@pytest.fixture(scope="module")
def made() -> dict[str, list[Example]]:
    """Examples by address and kind. Every visitor sends the same few: making them takes longer than sending them."""
    return {}


def all_problems(
    send: Send, schema: schemathesis.BaseSchema, made: dict[str, list[Example]], own: Furnished, theirs: Furnished
) -> tuple[list[str], Counter[int]]:
    """What was wrong with the answers of all addresses, and their statuses."""
    found: list[str] = []
    statuses: Counter[int] = Counter()
    for operation in (one.ok() for one in schema.get_all_operations()):
        if operation.path in ENDS_OUR_OWN_VISIT:
            continue
        for mode in GenerationMode:
            name = f"{operation.label} {mode}"
            if name not in made or MANY:
                made[name] = examples_of(operation, mode)
            for example in made[name]:
                ids = {name: id_of(name, whose, own, theirs) for name, whose in example.ids.items()}
                found += problems_of(send, example, ids, statuses)
    return found, statuses


@pytest.mark.parametrize("who", VISITORS)
async def test_no_answer_surprises_contradicts_the_manual_or_shows_another_practice(
    web: Web, make_tenant: MakeTenant, made: dict[str, list[Example]], who: str
) -> None:
    own, theirs = await furnish(web, await make_tenant(), name="Ownerova"), await furnish(web, await make_tenant())
    client = await the_visitor(web, own, who)
    send = sent_as(client, asyncio.get_running_loop())
    schema = await schema_of(web)
    found, statuses = await asyncio.to_thread(all_problems, send, schema, made, own, theirs)
    assert statuses.total() > 100
    assert (statuses[401] > statuses.total() / 2) == (who == "nobody"), statuses
    assert found == [], "\n".join(found)
