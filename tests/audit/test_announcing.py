"""Clients are told of new checkpoints on a schedule, and find them where they were told of."""

import json

import sqlalchemy as sa
from tests.audit.test_api import seal
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web, base_of

from app.scheduler import SCHEDULE
from audit.keys import LocalSigners
from audit.public import count_by_action, record
from kernel.jobs.outbox import announce, outbox


async def due(web: Web, tenant: Tenant) -> list[dict[str, str]]:
    """What is announced after the schedule's turn."""
    async with tenant.tx("worker") as tx:
        await announce(tx, "audit.checkpoint.due", {})
    await web.run_jobs(tenant)
    async with tenant.tx() as tx:
        ready = sa.select(outbox.c.payload).where(
            outbox.c.practice_id == tx.practice_id, outbox.c.topic == "audit.checkpoint.ready"
        )
        return list((await tx.execute(ready.order_by(outbox.c.created_at))).scalars())


async def test_a_practice_is_told_of_its_newest_checkpoint_which_the_api_gives(
    web: Web, make_tenant: MakeTenant, audit_signers: LocalSigners
) -> None:
    ours, other = await make_tenant(), await make_tenant()
    assert await due(web, ours) == []
    async with ours.tx() as tx:
        record(tx, "claims.claim.read", "claim")
    await seal(ours, audit_signers)
    (told,) = await due(web, ours)
    admin = await web.signed_in(ours, "practice_admin")
    (witness,) = (await admin.get(f"{base_of(ours)}/audit/checkpoints")).json()["items"]
    assert told == {
        "checkpoint": str(json.loads(witness["checkpoint"]["body"])["number"]),
        "seal": str(json.loads(witness["seal"]["body"])["number"]),
    }
    async with ours.tx() as tx:
        assert (await count_by_action(tx))["audit.checkpoint.announced"] == 1
    assert await due(web, other) == []


async def test_the_announcement_itself_is_under_the_next_checkpoint(
    web: Web, tenant: Tenant, audit_signers: LocalSigners
) -> None:
    async with tenant.tx() as tx:
        record(tx, "claims.claim.read", "claim")
    await seal(tenant, audit_signers)
    await due(web, tenant)
    await seal(tenant, audit_signers)
    first, second = await due(web, tenant)
    assert int(second["checkpoint"]) > int(first["checkpoint"])
    assert int(second["seal"]) == int(first["seal"]) + 1


def test_the_schedule_says_so_every_day() -> None:
    (one,) = [one for one in SCHEDULE if one.topic == "audit.checkpoint.due"]
    assert (one.every_seconds, one.each_practice) == (86_400, True)
