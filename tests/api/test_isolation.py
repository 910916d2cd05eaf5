"""What staff of one practice see of another's: nothing, at whatever address."""

import re

import pytest
from tests.api.conftest import MARKER, Furnished
from tests.api.test_routes import table
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, audit_actions, base_of, request_id_of

from tenancy.roles import ROLES

WITHOUT_ROWS = {"table": "aging", "file_format": "csv"}
NEEDS_A_SEAL = "/audit/events/{event_id}/proof"
"""Answers only when an event was sealed: see tests/audit; with others' ids it is tried in test_foreign_ids."""


def _gets(web: Web) -> list[str]:
    found = [
        path
        for method, path, _ in table(web.app)
        if method == "GET" and "{practice_id}" in path and not path.endswith(NEEDS_A_SEAL)
    ]
    assert len(found) >= 14
    return found


def _address(path: str, values: dict[str, object]) -> str:
    return re.sub(r"{(\w+)}", lambda name: str(values[name[1]]), path)


async def test_their_practice_does_not_exist_for_us_and_does_for_them(
    web: Web, tenant: Tenant, theirs: Furnished
) -> None:
    us = await web.signed_in(tenant, "administrator")
    them = await web.signed_in(theirs.tenant, "administrator")
    for path in _gets(web):
        address = _address(path, {**theirs.ids, **WITHOUT_ROWS})
        refused = await us.get(address)
        assert refused.status_code == 404, path
        assert MARKER not in refused.text
        assert (await them.get(address)).status_code == 200, path


async def test_their_rows_do_not_exist_under_our_address(web: Web, tenant: Tenant, theirs: Furnished) -> None:
    us = await web.signed_in(tenant, "administrator")
    tried = 0
    for path in _gets(web):
        names = set(re.findall(r"{(\w+)}", path)) - {"practice_id", *WITHOUT_ROWS}
        if not names:
            continue
        tried += 1
        answer = await us.get(_address(path, {**theirs.ids, **WITHOUT_ROWS, "practice_id": tenant.practice_id}))
        nothing = answer.status_code == 404 or (answer.status_code == 200 and answer.json()["items"] == [])
        assert nothing, (path, answer.status_code)
    assert tried >= 7


async def test_their_rows_cannot_be_acted_on_under_our_address(web: Web, tenant: Tenant, theirs: Furnished) -> None:
    us, ids = await web.signed_in(tenant, "administrator"), theirs.ids
    base = base_of(tenant)
    attempts = [
        await us.post(f"{base}/claims/{ids['claim_id']}/scrub"),
        await us.post(f"{base}/patients/{ids['patient_id']}/bill-code"),
        await us.post(
            f"{base}/enrollments/{ids['enrollment_id']}/approve",
            json={"effective_date": "2026-01-01"},
            headers={"If-Match": "*"},
        ),
        await us.post(
            f"{base}/remittances/{ids['remittance_id']}/post",
            json={"plan_digest": "0" * 64},
            headers={"Idempotency-Key": "mine"},
        ),
    ]
    assert [one.status_code for one in attempts] == [404] * 4


@pytest.mark.parametrize(
    "list_path", ["claims", "patients", "edi-files", "remittances", "providers", "enrollments", "connections"]
)
async def test_lists_hold_our_rows_only(web: Web, tenant: Tenant, theirs: Furnished, list_path: str) -> None:
    us = await web.signed_in(tenant, "administrator")
    them = await web.signed_in(theirs.tenant, "administrator")
    assert (await us.get(f"{base_of(tenant)}/{list_path}")).json() == {"items": [], "next": None}
    assert len((await them.get(f"{base_of(theirs.tenant)}/{list_path}")).json()["items"]) > 0


async def test_a_missing_permission_is_named_and_on_record(web: Web, tenant: Tenant) -> None:
    specialist = await web.signed_in(tenant, "credentialing")
    refused = await specialist.get(f"{base_of(tenant)}/claims")
    assert refused.status_code == 403
    assert "claims:read" in refused.json()["detail"]
    (event,) = await audit_actions(tenant, request_id_of(refused))
    assert (event.action, event.outcome) == ("http.request.refused", "refused")
    assert event.changed == {"method": "GET", "status": 403}
    assert (await specialist.get(f"{base_of(tenant)}/enrollments")).status_code == 200


async def test_reaching_for_another_practice_is_not_written_into_its_log(
    web: Web, tenant: Tenant, theirs: Furnished
) -> None:
    us = await web.signed_in(tenant, "administrator")
    refused = await us.get(base_of(theirs.tenant))
    assert refused.status_code == 404
    assert await audit_actions(theirs.tenant, request_id_of(refused)) == []


@pytest.mark.parametrize("role", [role for role in ROLES if role not in {"patient", "tenant_admin"}])
async def test_every_address_answers_every_role_with_its_rows_or_a_refusal(
    web: Web, theirs: Furnished, role: str
) -> None:
    member = await web.signed_in(theirs.tenant, role)
    statuses = {
        path: (await member.get(_address(path, {**theirs.ids, **WITHOUT_ROWS}))).status_code for path in _gets(web)
    }
    assert {path: status for path, status in statuses.items() if status not in {200, 403}} == {}
    assert 200 in statuses.values()


@pytest.mark.parametrize("query", ["edi-files?state=%00"])
async def test_a_character_that_cannot_be_kept_is_refused_in_words(web: Web, tenant: Tenant, query: str) -> None:
    us = await web.signed_in(tenant, "administrator")
    assert (await us.get(f"{base_of(tenant)}/{query.replace('%00', 'x')}")).status_code == 200
    refused = await us.get(f"{base_of(tenant)}/{query}")
    assert refused.status_code == 422
    assert "cannot be kept" in refused.json()["detail"]
