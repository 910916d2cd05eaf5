"""Scrubbing again: an approved enrollment releases exactly what waited for it; a correction or a rejection passes the same gate."""

import datetime as dt

import pytest
import sqlalchemy as sa
from tests.factories.claims import BRAND, Clinic, Visit, build, claim_row, claims_of, open_clinic
from tests.plugins.tenants import Tenant

from audit.public import count_by_action
from claims.errors import ClaimNotFound, NothingToScrub
from claims.public import handle_enrollment_approved
from claims.scrubbing.reading import findings_of
from claims.scrubbing.service import scrub, scrub_again
from credentialing.public import approve_enrollment
from directory.public import NewProvider, add_provider
from kernel.ids import new_id
from kernel.jobs.outbox import outbox
from patients.tables import patient


@pytest.fixture
async def waiting(tenant: Tenant) -> Clinic:
    """A clinic where one provider's application to one payer is still open."""
    return await open_clinic(tenant, not_enrolled=(BRAND, "BHERON"))


async def approve(clinic: Clinic, effective: dt.date) -> None:
    """Approve the open application, and run the job that listens."""
    async with clinic.tenant.tx() as tx:
        await approve_enrollment(tx, clinic.enrollments[BRAND, "BHERON"], effective)
    async with clinic.tenant.tx("worker") as tx:
        payload = await tx.scalar(
            sa.select(outbox.c.payload).where(
                outbox.c.practice_id == clinic.tenant.practice_id,
                outbox.c.topic == "credentialing.enrollment.approved",
                outbox.c.payload["enrollment_id"].astext == str(clinic.enrollments[BRAND, "BHERON"]),
            )
        )
        await handle_enrollment_approved(tx, payload)
        await handle_enrollment_approved(tx, payload)


async def test_an_approval_releases_exactly_the_claims_that_waited_for_it(waiting: Clinic) -> None:
    brand = {"rendering_npi": BRAND}
    rows = await build(
        waiting,
        Visit(number="E-1", encounter=brand),
        Visit(number="E-2", encounter={**brand, "place_of_service": ""}),
        Visit(number="E-3", encounter=brand, payer="MCARE"),
        Visit(number="E-4", encounter={"place_of_service": ""}),
        Visit(number="E-5", encounter={**brand, "service_date": dt.date(2026, 7, 31)}),
    )
    assert {key: row.state for key, row in rows.items()} == {
        "E-1": "held", "E-2": "held", "E-3": "ready", "E-4": "held", "E-5": "held",
    }  # fmt: skip
    before = {row.id: row.version for row in await claims_of(waiting)}
    await approve(waiting, dt.date(2026, 8, 1))
    after = {row.id: row for row in await claims_of(waiting)}
    assert [key for key, row in rows.items() if after[row.id].state == "ready"] == ["E-1", "E-3"]
    assert [key for key, row in rows.items() if after[row.id].version != before[row.id]] == ["E-1"]
    async with waiting.tenant.tx() as tx:
        assert [one.code for one in await findings_of(tx, rows["E-1"].id)] == []
        assert [one.code for one in await findings_of(tx, rows["E-2"].id)] == ["COD-006"]
        assert [one.code for one in await findings_of(tx, rows["E-5"].id)] == ["ENR-001"]


async def test_a_correction_releases_a_held_claim_and_replaces_its_findings(clinic: Clinic) -> None:
    row = (await build(clinic, Visit(patient={"zip": "4321"})))["E-1"]
    async with clinic.tenant.tx() as tx:
        assert (await scrub_again(tx, row.id)).held == 1
        await tx.execute(patient.update().where(patient.c.id == row.patient_id).values(zip="43215"))
        assert (await scrub_again(tx, row.id)).ready == 1
        assert await findings_of(tx, row.id) == []
    assert (await claim_row(clinic, row.id)).version == row.version + 1


async def test_a_provider_who_joined_later_is_found(clinic: Clinic) -> None:
    row = (await build(clinic, Visit(encounter={"rendering_npi": "2999901038"})))["E-1"]
    async with clinic.tenant.tx() as tx:
        new = NewProvider(npi="2999901038", last_name="Tamurano", first_name="Keiko", taxonomy="363LF0000X")
        provider_id = await add_provider(tx, new)
        await scrub_again(tx, row.id)
        assert [one.code for one in await findings_of(tx, row.id)] == ["ENR-001"]
    assert (await claim_row(clinic, row.id)).provider_id == provider_id


async def test_scrubbing_again_without_a_change_changes_nothing(clinic: Clinic) -> None:
    rows = await build(clinic, Visit(), Visit(number="E-2", encounter={"place_of_service": ""}))
    async with clinic.tenant.tx() as tx:
        await scrub(tx, [row.id for row in rows.values()])
    assert [(row.state, row.version) for row in await claims_of(clinic)] == [
        (row.state, row.version) for row in rows.values()
    ]


async def test_what_is_on_its_way_is_not_scrubbed_and_what_is_not_here_is_not_found(clinic: Clinic) -> None:
    row = (await build(clinic, Visit()))["E-1"]
    async with clinic.tenant.tx() as tx:
        await tx.execute(
            sa.text("update app.claim set state = 'accepted' where practice_id = :practice and id = :id"),
            {"practice": clinic.tenant.practice_id, "id": row.id},
        )
    for claim_id, refusal in ((row.id, NothingToScrub), (new_id(), ClaimNotFound)):
        with pytest.raises(refusal):
            async with clinic.tenant.tx() as tx:
                await scrub_again(tx, claim_id)


async def test_scrubbing_leaves_its_trace_with_the_patients_it_read(clinic: Clinic) -> None:
    await build(clinic, Visit(), Visit(number="E-2"))
    async with clinic.tenant.tx() as tx:
        counts = await count_by_action(tx)
    assert counts["claims.encounters.captured"] == counts["claims.claim.built"] == counts["claims.claim.scrubbed"] == 1
