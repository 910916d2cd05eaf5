"""Moves are checked, remembered and counted."""

from typing import Any

import pytest
import sqlalchemy as sa
from tests.factories.claims import Clinic, Visit, build, claim_row

from claims.errors import IllegalClaimMove
from claims.history import Move, move_claims
from claims.tables import claim_event


async def steps(clinic: Clinic, row: Any) -> list[tuple[int, str, str]]:
    async with clinic.tenant.tx() as tx:
        found = await tx.execute(
            sa.select(claim_event.c.position, claim_event.c.from_state, claim_event.c.to_state)
            .where(claim_event.c.claim_id == row.id)
            .order_by(claim_event.c.position)
        )
        return [tuple(one) for one in found]


def step(row: Any, from_state: str, to_state: str, number: str = "") -> Move:
    changes = {"payer_claim_number": number}
    return Move(claim_id=row.id, from_state=from_state, to_state=to_state, reason="test", changes=changes)


async def test_several_moves_of_one_claim_are_several_steps_and_the_last_one_stands(clinic: Clinic) -> None:
    rows = await build(clinic, Visit(), Visit(number="E-2"))
    row = rows["E-1"]
    async with clinic.tenant.tx("worker") as tx:
        await move_claims(
            tx, [step(row, "ready", "queued"), step(rows["E-2"], "ready", "held"), step(row, "queued", "sent", "ICN")]
        )
    after = await claim_row(clinic, row.id)
    assert (after.state, after.payer_claim_number, after.version) == ("sent", "ICN", row.version + 2)
    assert (await steps(clinic, row))[-2:] == [(3, "ready", "queued"), (4, "queued", "sent")]
    assert (await claim_row(clinic, rows["E-2"].id)).version == rows["E-2"].version + 1


async def test_an_illegal_move_among_legal_ones_writes_nothing(clinic: Clinic) -> None:
    row = (await build(clinic, Visit()))["E-1"]
    before = await steps(clinic, row)
    async with clinic.tenant.tx("worker") as tx:
        with pytest.raises(IllegalClaimMove, match="a claim that is queued can become"):
            await move_claims(tx, [step(row, "ready", "queued"), step(row, "queued", "held")])
    assert await steps(clinic, row) == before
    assert (await claim_row(clinic, row.id)).version == row.version


@pytest.mark.parametrize("audience", ["practice", "patient"])
async def test_only_staff_and_jobs_move_claims(clinic: Clinic, audience: Any) -> None:
    row = (await build(clinic, Visit()))["E-1"]
    patient = row.patient_id if audience == "patient" else None
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        async with clinic.tenant.tx(audience, patient) as tx:
            await move_claims(tx, [step(row, "ready", "queued")])
