"""What payers decide, and where the claim goes: the next payer, the patient, the biller, or the end."""

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from tests.factories.claims import Clinic, Visit, build, claim_row, decision, line_ids, send
from tests.plugins.tenants import Tenant

from claims.public import (
    NewAdjudication,
    claims_for_remittance,
    claims_of_patient,
    count_by_state,
    record_adjudications,
    settle_claims,
)
from claims.scrubbing.reading import findings_of
from claims.tables import adjudication, claim_event
from kernel.storage.folder import FolderStore
from ledger.public import Account, JournalEntry, Transfer, post

LEFT = {"open_insurance_cents": 6_400, "open_patient_cents": 0}
"""What is open when the first of two payers left 64.00 to the second."""


async def sent(clinic: Clinic, store: FolderStore, **visit: Any) -> tuple[sa.Row[Any], uuid.UUID]:
    """A claim with its payer, and its one line."""
    row = (await build(clinic, Visit(**visit)))["E-1"]
    await send(clinic, store)
    (line,) = await line_ids(clinic, row.id)
    return await claim_row(clinic, row.id), line


async def decide(clinic: Clinic, *new: NewAdjudication) -> sa.Row[Any]:
    async with clinic.tenant.tx("worker") as tx:
        await record_adjudications(tx, new)
    return await claim_row(clinic, new[0].claim_id)


@pytest.mark.parametrize(
    ("open_cents", "state"),
    [
        ({"open_insurance_cents": 20_000, "open_patient_cents": 0}, "denied"),
        ({"open_insurance_cents": 1, "open_patient_cents": 6_400}, "denied"),
        ({"open_insurance_cents": 0, "open_patient_cents": 6_400}, "patient"),
        ({"open_insurance_cents": 0, "open_patient_cents": 0}, "closed"),
    ],
)
async def test_after_the_last_payer_what_is_open_decides(
    clinic: Clinic, store: FolderStore, open_cents: dict[str, int], state: str
) -> None:
    row, line = await sent(clinic, store)
    after = await decide(clinic, decision(row, {line: (20_000, 5_600, 6_400)}, **open_cents))
    assert (after.state, after.payer_order, after.payer_claim_number) == (state, 1, "ICN-1")
    assert after.version == row.version + 1


async def test_what_the_first_payer_leaves_goes_to_the_second_through_the_scrubber(
    clinic: Clinic, store: FolderStore
) -> None:
    row, line = await sent(clinic, store, secondary={})
    after = await decide(clinic, decision(row, {line: (20_000, 5_600, 6_400)}, **LEFT))
    assert (after.state, after.payer_order, after.payer_id) == ("ready", 2, clinic.payers["HARBOR"])
    assert after.coverage_id != row.coverage_id
    assert after.payer_claim_number == ""
    async with clinic.tenant.tx() as tx:
        assert [(one.code, one.severity) for one in await findings_of(tx, row.id)] == [("DAT-003", "info")]


async def test_a_second_coverage_with_a_fault_holds_the_claim_before_it_goes_on(
    clinic: Clinic, store: FolderStore
) -> None:
    row, line = await sent(clinic, store, secondary={"member_id": ""})
    after = await decide(clinic, decision(row, {line: (20_000, 5_600, 6_400)}, **LEFT))
    assert (after.state, after.payer_order) == ("held", 2)
    async with clinic.tenant.tx() as tx:
        assert "COV-001" in [one.code for one in await findings_of(tx, row.id)]


async def test_a_decision_that_does_not_add_up_is_not_sent_on(clinic: Clinic, store: FolderStore) -> None:
    row, line = await sent(clinic, store, secondary={})
    odd = decision(row, {line: (19_999, 5_600, 6_400)}, **LEFT)
    assert (await decide(clinic, odd)).state == "held"


async def test_a_denial_by_the_first_payer_is_not_sent_to_the_second(clinic: Clinic, store: FolderStore) -> None:
    row, line = await sent(clinic, store, secondary={})
    denied = decision(row, {line: (20_000, 0, 0)}, open_insurance_cents=20_000)
    assert (await decide(clinic, denied)).state == "denied"


async def test_a_crossover_is_with_the_second_payer_and_not_billed_by_us(clinic: Clinic, store: FolderStore) -> None:
    row, line = await sent(clinic, store, secondary={})
    after = await decide(
        clinic, decision(row, {line: (20_000, 5_600, 6_400)}, crossed_over=True, status_code="19", **LEFT)
    )
    assert (after.state, after.payer_order, after.payer_id) == ("accepted", 2, clinic.payers["HARBOR"])
    assert await send(clinic, store) == []
    answered = decision(after, {line: (20_000, 5_400, 1_000)}, open_insurance_cents=0, open_patient_cents=1_000)
    assert (await decide(clinic, answered)).state == "patient"


async def test_a_second_payer_that_answers_first_waits_for_the_first_and_is_not_billed_again(
    clinic: Clinic, store: FolderStore
) -> None:
    row, line = await sent(clinic, store, secondary={})
    early = decision(
        row, {line: (20_000, 6_400, 0)}, payer_order=2, payer_id=clinic.payers["HARBOR"], open_insurance_cents=13_600
    )
    assert (await decide(clinic, early)).state == "sent"
    first = decision(row, {line: (20_000, 5_600, 6_400)}, open_insurance_cents=0, open_patient_cents=0)
    assert (await decide(clinic, first)).state == "closed"


async def test_a_reversal_waits_for_the_correction_which_may_come_with_it(clinic: Clinic, store: FolderStore) -> None:
    row, line = await sent(clinic, store)
    await decide(clinic, decision(row, {line: (20_000, 13_600, 6_400)}))
    back = decision(
        row, {line: (-20_000, -13_600, -6_400)}, is_reversal=True, status_code="22", open_insurance_cents=20_000
    )
    assert (await decide(clinic, back)).state == "accepted"
    corrected = decision(row, {line: (20_000, 12_000, 8_000)})
    assert (await decide(clinic, corrected)).state == "patient"
    again = decision(
        row, {line: (-20_000, -12_000, -8_000)}, is_reversal=True, status_code="22", open_patient_cents=7_000
    )
    after = await decide(clinic, again, decision(row, {line: (20_000, 13_000, 7_000)}))
    assert after.state == "patient"
    async with clinic.tenant.tx() as tx:
        steps = await tx.execute(
            sa.select(claim_event.c.to_state).where(claim_event.c.claim_id == row.id).order_by(claim_event.c.position)
        )
        assert list(steps.scalars())[-5:] == ["patient", "accepted", "patient", "accepted", "patient"]
        sequences = await tx.execute(
            sa.select(adjudication.c.sequence)
            .where(adjudication.c.claim_id == row.id)
            .order_by(adjudication.c.sequence)
        )
        assert list(sequences.scalars()) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("billed", "state"), [(0, "ready"), (1, "held")])
async def test_a_first_payer_that_changes_its_mind_never_makes_the_second_get_the_claim_twice(
    clinic: Clinic, store: FolderStore, billed: int, state: str
) -> None:
    row, line = await sent(clinic, store, secondary={})
    await decide(clinic, decision(row, {line: (20_000, 5_600, 6_400)}, **LEFT))
    if billed:
        assert len(await send(clinic, store)) == 1
    back = decision(
        row, {line: (-20_000, -5_600, -6_400)}, is_reversal=True, status_code="22", open_insurance_cents=5_000
    )
    corrected = decision(row, {line: (20_000, 7_000, 5_000)}, open_insurance_cents=5_000, open_patient_cents=0)
    after = await decide(clinic, back, corrected)
    assert (after.state, after.payer_order) == (state, 2)
    assert len(await send(clinic, store)) == 1 - billed
    answered = decision(after, {line: (20_000, 5_000, 0)}, open_insurance_cents=0, open_patient_cents=0)
    assert (await decide(clinic, answered)).state == "closed"


async def test_a_payer_may_answer_before_the_handover_was_noted_and_what_it_had_sent_back(
    clinic: Clinic, store: FolderStore
) -> None:
    row = (await build(clinic, Visit()))["E-1"]
    (line,) = await line_ids(clinic, row.id)
    assert row.state == "ready"
    assert (await decide(clinic, decision(row, {line: (20_000, 13_600, 6_400)}))).state == "patient"


async def test_payments_find_claims_by_number_with_lines_and_the_payer_after(
    clinic: Clinic, store: FolderStore
) -> None:
    row, line = await sent(clinic, store, secondary={}, charges=({"modifiers": ("25",), "units": 2},))
    async with clinic.tenant.tx("worker") as tx:
        found = await claims_for_remittance(tx, [row.number, "RB-UNKNOWN"], lock=True)
    (one,) = found.values()
    assert (one.id, one.state, one.payer_id, one.next_payer_id) == (
        row.id, "sent", clinic.payers["BHERON"], clinic.payers["HARBOR"],
    )  # fmt: skip
    assert [(each.id, each.modifiers, each.units, each.charge_cents) for each in one.lines] == [
        (line, ("25",), 2, 20_000)
    ]
    after = await decide(clinic, decision(row, {line: (20_000, 5_600, 6_400)}, **LEFT))
    async with clinic.tenant.tx("worker") as tx:
        moved = (await claims_for_remittance(tx, [row.number], lock=True))[row.number]
    assert (moved.payer_id, moved.next_payer_id) == (after.payer_id, None)


async def test_another_practice_finds_none_of_it(clinic: Clinic, store: FolderStore, make_tenant: Any) -> None:
    row, _ = await sent(clinic, store)
    neighbor: Tenant = await make_tenant(company_id=clinic.tenant.company_id)
    async with neighbor.tx("worker") as tx:
        assert await claims_for_remittance(tx, [row.number], lock=False) == {}
        assert await claims_of_patient(tx, row.patient_id) == []
        assert await count_by_state(tx) == {}


async def test_a_patient_sees_own_claims_alone(clinic: Clinic, store: FolderStore) -> None:
    rows = await build(clinic, Visit(), Visit(number="E-2"))
    async with clinic.tenant.tx("patient", rows["E-1"].patient_id) as tx:
        own = await claims_of_patient(tx, rows["E-1"].patient_id)
        assert await claims_of_patient(tx, rows["E-2"].patient_id) == []
    assert [(one.number, len(one.lines)) for one in own] == [(rows["E-1"].number, 1)]


async def test_a_claim_closes_when_the_patient_has_paid_all_of_it(clinic: Clinic, store: FolderStore) -> None:
    row, line = await sent(clinic, store)
    about: dict[str, Any] = {"item_id": line, "group_id": row.id, "party_id": clinic.payers["BHERON"]}
    insurer = Transfer(debit=Account.REMITTANCE_CLEARING, credit=Account.INSURANCE_1, amount_cents=13_600, **about)
    to_patient = Transfer(debit=Account.PATIENT, credit=Account.INSURANCE_1, amount_cents=6_400, **about)

    def paid(cents: int) -> Transfer:
        return Transfer(debit=Account.CARD_CLEARING, credit=Account.PATIENT, amount_cents=cents, **about)

    await decide(clinic, decision(row, {line: (20_000, 13_600, 6_400)}))
    states = []
    for fact, transfers in (("a", (insurer, to_patient)), ("b", (paid(6_399),)), ("c", (paid(1),))):
        entry = JournalEntry(
            fact=fact, kind="test", posted_date=dt.date(2026, 9, 30), source="test", transfers=transfers
        )
        async with clinic.tenant.tx("worker") as tx:
            await post(tx, [entry])
            await settle_claims(tx, [row.id])
            await settle_claims(tx, [row.id])
        states.append((await claim_row(clinic, row.id)).state)
    assert states == ["patient", "patient", "closed"]
