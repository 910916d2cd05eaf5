"""A client holds us to the log over the API."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, base_of

from audit.keys import LocalSigners
from audit.public import record
from audit.sealing import lag, seal_events
from audit.tables import audit_event
from kernel.context import Scope
from kernel.db.transaction import open_transaction

PATIENCE_ROUNDS = 600


async def seal(tenant: Tenant, signers: LocalSigners) -> None:
    """Until nothing waits; other practices of this test process are sealed along."""
    for _ in range(PATIENCE_ROUNDS):
        async with open_transaction(tenant.database, Scope(audience="sealer")) as tx:
            await seal_events(tx, signers)
            if (await lag(tx)).events == 0:
                return
        await asyncio.sleep(0.05)
    raise AssertionError("another transaction of this cluster did not end")


async def event_of(tenant: Tenant, action: str) -> str:
    async with tenant.tx() as tx:
        query = sa.select(audit_event.c.id).where(
            audit_event.c.practice_id == tx.practice_id, audit_event.c.action == action
        )
        return str(await tx.scalar(query))


def seal_in(witness: Mapping[str, Any]) -> dict[str, Any]:
    return dict(json.loads(witness["seal"]["body"]))


async def test_a_practice_takes_checkpoints_away_and_has_an_event_proved(
    web: Web, make_tenant: MakeTenant, audit_signers: LocalSigners
) -> None:
    ours, theirs = await make_tenant(), await make_tenant()
    for tenant in (ours, theirs):
        async with tenant.tx() as tx:
            record(tx, "claims.claim.read", "claim")
    await seal(ours, audit_signers)
    client = await web.signed_in(ours, "practice_admin")
    (witness,) = (await client.get(f"{base_of(ours)}/audit/checkpoints")).json()["items"]
    assert seal_in(witness)["chain"] == f"practice/{ours.practice_id}"
    assert json.loads(witness["checkpoint"]["body"])["number"] == seal_in(witness)["checkpoint"]
    event = await event_of(ours, "claims.claim.read")
    proof = await client.get(f"{base_of(ours)}/audit/events/{event}/proof")
    assert (proof.status_code, json.loads(proof.json()["event"])["id"]) == (200, event)
    assert await event_of(ours, "audit.event.proved") != "None"
    foreign = await client.get(f"{base_of(ours)}/audit/events/{await event_of(theirs, 'claims.claim.read')}/proof")
    assert foreign.status_code == 404


async def test_a_biller_takes_nothing_of_the_log(web: Web, tenant: Tenant) -> None:
    auditor, biller = await web.signed_in(tenant, "auditor"), await web.signed_in(tenant, "biller")
    assert (await auditor.get(f"{base_of(tenant)}/audit/checkpoints")).status_code == 200
    assert (await biller.get(f"{base_of(tenant)}/audit/checkpoints")).status_code == 403
