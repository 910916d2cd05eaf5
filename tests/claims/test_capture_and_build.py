"""Encounters in, claims out: once each, numbered in order, charged to the cent, ready or held with reasons."""

import pytest
import sqlalchemy as sa
from tests.factories.claims import Clinic, Visit, build, claims_of, register

from claims.charges.capture import NewEncounter
from claims.errors import EncounterChanged
from claims.public import build_claims, capture_encounters, charged_cents, count_by_state
from claims.scrubbing.reading import findings_of
from claims.tables import claim_event, claim_line, encounter
from kernel.ids import check_digit
from kernel.jobs.outbox import outbox
from ledger.public import Account, account_totals, breaches, open_items


async def announced(clinic: Clinic, topic: str) -> int:
    async with clinic.tenant.tx() as tx:
        return int(
            await tx.scalar(
                sa.select(sa.func.count()).where(
                    outbox.c.practice_id == clinic.tenant.practice_id, outbox.c.topic == topic
                )
            )
        )


async def capture(clinic: Clinic, *encounters: NewEncounter) -> tuple[int, int]:
    async with clinic.tenant.tx("worker") as tx:
        done = await capture_encounters(tx, encounters)
        return done.new, done.known


async def test_an_encounter_is_captured_once_and_announced_once(clinic: Clinic) -> None:
    one = await register(clinic, Visit(charges=({}, {"modifiers": ("25", "59"), "pointers": (2, 1)})))
    assert await capture(clinic, one) == (1, 0)
    assert await capture(clinic, one) == (0, 1)
    assert await announced(clinic, "claims.encounters.captured") == 1


@pytest.mark.parametrize(
    "changes", [{"place_of_service": "22"}, {"prior_authorization": "PA1"}, {"charges": ()}, {"diagnoses": ("I10",)}]
)
async def test_a_known_encounter_with_other_content_is_refused_by_number(
    clinic: Clinic, changes: dict[str, object]
) -> None:
    kept = await register(clinic, Visit())
    changed = await register(clinic, Visit(encounter=changes))
    other = await register(clinic, Visit(number="E-2"))
    await capture(clinic, kept)
    with pytest.raises(EncounterChanged, match=r"encounters E-1 are on file with other content"):
        await capture(clinic, other, changed)
    assert await capture(clinic, kept, other) == (1, 1)


async def test_where_an_encounter_was_read_from_is_not_its_content(clinic: Clinic) -> None:
    await capture(clinic, await register(clinic, Visit()))
    assert await capture(clinic, await register(clinic, Visit(encounter={"source": "another file"}))) == (0, 1)


async def test_one_number_for_two_visits_in_one_file_is_refused(clinic: Clinic) -> None:
    one = await register(clinic, Visit())
    another = await register(clinic, Visit(encounter={"place_of_service": "22"}))
    with pytest.raises(EncounterChanged, match="E-1"):
        await capture(clinic, one, another)
    assert await capture(clinic, one, one) == (1, 0)


async def test_claims_are_numbered_in_the_order_of_encounters_and_built_once(clinic: Clinic) -> None:
    await capture(clinic, *[await register(clinic, Visit(number=number)) for number in ("E-3", "E-1", "E-2")])
    for built in (3, 0):
        async with clinic.tenant.tx("worker") as tx:
            assert await build_claims(tx) == built
    async with clinic.tenant.tx() as tx:
        names = sa.select(encounter.c.id, encounter.c.number).where(
            encounter.c.practice_id == clinic.tenant.practice_id
        )
        by_id = {row.id: row.number for row in await tx.execute(names)}
    claims = await claims_of(clinic)
    assert [(row.number, by_id[row.encounter_id]) for row in claims] == [
        (f"RB00000{place}{check_digit(f'00000{place}')}", f"E-{place}") for place in (1, 2, 3)
    ]
    assert {row.state for row in claims} == {"ready"}


async def test_charges_are_in_the_books_once_owed_by_the_first_payer(clinic: Clinic) -> None:
    rows = await build(clinic, Visit(charges=({"charge_cents": 12_345}, {"charge_cents": 55})), Visit(number="E-2"))
    async with clinic.tenant.tx("worker") as tx:
        await build_claims(tx)
        totals = await account_totals(tx)
        items = await open_items(tx, [rows["E-1"].id])
        assert await charged_cents(tx) == 32_400
        assert not await breaches(tx)
    assert totals[Account.CHARGES] == -32_400
    assert sorted(item.balance_cents for item in items) == [55, 12_345]
    assert {item.party_id for item in items} == {clinic.payers["BHERON"]}


async def test_lines_carry_control_numbers_of_their_own(clinic: Clinic) -> None:
    row = (await build(clinic, Visit(charges=({}, {}, {}))))["E-1"]
    async with clinic.tenant.tx() as tx:
        numbers = list(
            await tx.scalar(
                sa.select(sa.func.array_agg(claim_line.c.control_number)).where(claim_line.c.claim_id == row.id)
            )
        )
    assert len(set(numbers)) == 3
    assert all(len(number) <= 30 for number in numbers)


async def test_a_faulty_claim_is_held_with_its_reasons_and_a_sound_one_goes(clinic: Clinic) -> None:
    faulty = Visit(
        number="E-2", encounter={"diagnoses": ("", "I10"), "referring_npi": "2999909024", "referring_last_name": "Dune"}
    )
    rows = await build(clinic, Visit(), faulty)
    assert (rows["E-1"].state, rows["E-2"].state) == ("ready", "held")
    async with clinic.tenant.tx() as tx:
        assert await findings_of(tx, rows["E-1"].id) == []
        assert [one.code for one in await findings_of(tx, rows["E-2"].id)] == ["COD-001", "COD-005", "PRV-002"]
        assert await count_by_state(tx) == {"held": 1, "ready": 1}


async def test_building_leaves_a_history_and_raises_the_version(clinic: Clinic) -> None:
    row = (await build(clinic, Visit()))["E-1"]
    async with clinic.tenant.tx() as tx:
        events = (
            await tx.execute(
                sa.select(claim_event).where(claim_event.c.claim_id == row.id).order_by(claim_event.c.position)
            )
        ).all()
    assert [(one.from_state, one.to_state) for one in events] == [("", "held"), ("held", "ready")]
    assert row.version == 2
    assert row.provider_id is not None


async def test_an_encounter_without_charges_is_held_and_owes_nothing(clinic: Clinic) -> None:
    row = (await build(clinic, Visit(charges=())))["E-1"]
    assert (row.state, row.charge_cents) == ("held", 0)


async def test_a_claim_of_an_unknown_provider_is_held_and_names_none(clinic: Clinic) -> None:
    rows = await build(clinic, Visit(), Visit(number="E-2", encounter={"rendering_npi": "2999901038"}))
    assert (rows["E-2"].state, rows["E-2"].provider_id) == ("held", None)
    assert rows["E-1"].provider_id is not None
