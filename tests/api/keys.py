"""API keys, made as people make them, and programs that call with one."""

import datetime as dt
import uuid
from collections.abc import Sequence

import httpx
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web

from kernel.clock import wall_now


def in_a_month() -> str:
    """An instant as JSON."""
    return (wall_now() + dt.timedelta(days=30)).isoformat()


async def key_of(
    web: Web,
    owner: httpx.AsyncClient,
    tenant: Tenant,
    permissions: Sequence[str],
    *,
    company_wide: bool = False,
    more: Sequence[uuid.UUID] = (),
) -> httpx.AsyncClient:
    """A program with a key of a person who is signed in: for the tenant's practice and `more`, or the company as a whole."""
    practice_ids = [] if company_wide else [str(one) for one in (tenant.practice_id, *more)]
    body = {
        "name": "Nightly export",
        "permissions": list(permissions),
        "practice_ids": practice_ids,
        "company_wide": company_wide,
        "expires_at": in_a_month(),
    }
    made = await owner.post("/api/v1/api-keys", json=body)
    assert made.status_code == 201, made.text
    program = web.visitor()
    del program.headers["Sec-Fetch-Site"]  # which browsers send
    program.headers["Authorization"] = f"Bearer {made.json()['key']}"
    return program
