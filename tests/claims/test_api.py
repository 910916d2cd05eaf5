"""The endpoints: claims by the page, one with its findings and history, scrubbing again, submitting; who may, and what is on record."""

import uuid
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as AsgiScope
from tests.factories.claims import Clinic, Visit, build
from tests.plugins.tenants import MakeTenant, Tenant

from audit.tables import audit_event
from claims.api import ClaimController
from claims.permissions import READ_CLAIMS, SUBMIT_CLAIMS
from claims.scrubbing.rules.catalog import RULES
from kernel.context import Principal
from kernel.http.bodies import BodyLimits
from kernel.http.middleware import RequestContext
from kernel.http.pages import PageSeal, provide_page
from kernel.http.problems import answer_problem
from kernel.http.scoping import provide_tx
from kernel.ids import new_id
from kernel.settings import LimitSettings
from kernel.storage.folder import FolderStore


class SignedIn(ASGIMiddleware):
    """Every request is this person's."""

    def __init__(self, principal: Principal) -> None:
        self._principal = principal

    async def handle(self, scope: AsgiScope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        scope["user"] = self._principal
        await next_app(scope, receive, send)


def client_of(tenant: Tenant, store: FolderStore, *permissions: str) -> httpx.AsyncClient:
    """A client signed in with these permissions in the tenant's practice."""
    principal = Principal(
        audience="staff", company_id=tenant.company_id, session_id=new_id(), user_id=tenant.user_id,
        roles={tenant.practice_id: "biller"}, permissions={tenant.practice_id: frozenset(permissions)},
    )  # fmt: skip
    app = Litestar(
        route_handlers=[ClaimController],
        dependencies={"tx": Provide(provide_tx), "page": Provide(provide_page)},
        middleware=[RequestContext(), SignedIn(principal), BodyLimits(LimitSettings())],
        exception_handlers={Exception: answer_problem},
        state=State({"database": tenant.database, "store": store, "page_seal": PageSeal(b"test")}),
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://claims.test{base(tenant)}")


def base(tenant: Tenant) -> str:
    return f"/api/v1/practices/{tenant.practice_id}/claims"


@pytest.fixture
def biller(clinic: Clinic, store: FolderStore) -> httpx.AsyncClient:
    """Somebody who may read and submit."""
    return client_of(clinic.tenant, store, READ_CLAIMS, SUBMIT_CLAIMS)


@pytest.fixture
async def claims(clinic: Clinic) -> dict[str, Any]:
    """Two sound claims and, between them, one without a place of service."""
    return await build(
        clinic, Visit(), Visit(number="E-2", encounter={"place_of_service": ""}), Visit(number="E-3", payer="MCARE")
    )


async def events(tenant: Tenant, action: str) -> list[Any]:
    async with tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(audit_event.c.object_id, audit_event.c.patient_ids).where(
                audit_event.c.practice_id == tenant.practice_id, audit_event.c.action == action
            )
        )
        return list(rows.all())


async def test_claims_come_by_the_page_and_by_state(biller: httpx.AsyncClient, claims: dict[str, Any]) -> None:
    numbers = [row.number for row in claims.values()]
    first = (await biller.get("", params={"limit": 2})).json()
    assert [one["number"] for one in first["items"]] == numbers[:2]
    rest = (await biller.get("", params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["number"] for one in rest["items"]] == numbers[2:]
    held = (await biller.get("", params={"state": "held"})).json()["items"]
    assert [(one["number"], one["charge_cents"], one["version"]) for one in held] == [(numbers[1], 20_000, 1)]
    assert (await biller.get("", params={"state": "lost"})).status_code == 400


async def test_one_claim_with_its_lines_findings_and_history(
    biller: httpx.AsyncClient, claims: dict[str, Any], clinic: Clinic
) -> None:
    row = claims["E-2"]
    one = (await biller.get(f"/{row.id}")).json()
    assert [(line["procedure_code"], line["charge_cents"]) for line in one["lines"]] == [("G0439", 20_000)]
    assert [finding["code"] for finding in one["findings"]] == ["COD-006"]
    assert [step["to_state"] for step in one["history"]] == ["held"]
    ((object_id, patients),) = await events(clinic.tenant, "claims.claim.read")
    assert (object_id, patients) == (str(row.id), [row.patient_id])


async def test_findings_say_what_ran_and_what_no_rule_could_check(
    biller: httpx.AsyncClient, claims: dict[str, Any]
) -> None:
    sound = (await biller.get(f"/{claims['E-1'].id}/findings")).json()
    assert (sound["state"], sound["findings"]) == ("ready", [])
    assert [rule["code"] for rule in sound["rules"]] == [rule.code for rule in RULES]
    assert any("eligibility" in words for words in sound["unchecked"])
    faulty = (await biller.get(f"/{claims['E-2'].id}/findings")).json()
    assert [(one["code"], one["field"]) for one in faulty["findings"]] == [("COD-006", "place_of_service")]


async def test_submitting_sends_what_is_ready_once(biller: httpx.AsyncClient, claims: dict[str, Any]) -> None:
    assert claims["E-1"].state == "ready"
    first = await biller.post("/submit")
    assert (first.status_code, [one["claims"] for one in first.json()]) == (202, [1, 1])
    assert (await biller.post("/submit")).json() == []
    again = await biller.post(f"/{claims['E-1'].id}/scrub")
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "claim-not-waiting")


async def test_one_payer_may_be_submitted_alone(
    biller: httpx.AsyncClient, claims: dict[str, Any], clinic: Clinic
) -> None:
    assert claims["E-3"].state == "ready"
    sent = (await biller.post("/submit", params={"payer_id": str(clinic.payers["MCARE"])})).json()
    assert [one["payer_id"] for one in sent] == [str(clinic.payers["MCARE"])]


async def test_a_held_claim_may_be_scrubbed_again(biller: httpx.AsyncClient, claims: dict[str, Any]) -> None:
    report = (await biller.post(f"/{claims['E-2'].id}/scrub")).json()
    assert (report["state"], len(report["findings"])) == ("held", 1)


async def test_a_neighbor_meets_the_same_404_as_for_nobodys_claim(
    claims: dict[str, Any], clinic: Clinic, store: FolderStore, make_tenant: MakeTenant
) -> None:
    neighbor = await make_tenant(company_id=clinic.tenant.company_id)
    async with client_of(neighbor, store, READ_CLAIMS, SUBMIT_CLAIMS) as client:
        for method, path in (("GET", ""), ("GET", "/findings"), ("POST", "/scrub")):
            other = await client.request(method, f"/{claims['E-1'].id}{path}")
            nobody = await client.request(method, f"/{uuid.uuid4()}{path}")
            assert (other.status_code, nobody.status_code) == (404, 404)
            assert other.json()["detail"] == nobody.json()["detail"]
        assert (await client.get("")).json()["items"] == []
        assert (await client.post("/submit")).json() == []


@pytest.mark.parametrize(("permission", "status"), [(READ_CLAIMS, 403), (SUBMIT_CLAIMS, 202)])
async def test_submitting_needs_its_permission(
    claims: dict[str, Any], clinic: Clinic, store: FolderStore, permission: str, status: int
) -> None:
    async with client_of(clinic.tenant, store, permission) as client:
        assert (await client.post("/submit")).status_code == status
