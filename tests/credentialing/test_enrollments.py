"""Applications, approvals with dates in the past, refusals and ends; who is told, and what may not happen."""

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from tests.factories.credentialing import REQUESTED, Parties, have_enrollment, have_parties
from tests.factories.directory import OTHER_NPI
from tests.plugins.tenants import MakeTenant, Tenant

from audit.tables import audit_event
from credentialing.errors import EndsBeforeItBegins, EnrollmentNotFound, IllegalEnrollmentMove, UnknownParty
from credentialing.public import (
    Enrollment,
    NewEnrollment,
    approve_enrollment,
    end_enrollment,
    enrollments_in_force,
    list_enrollments,
    refuse_enrollment,
    request_enrollment,
)
from kernel.ids import new_id
from kernel.jobs.outbox import outbox

RETROACTIVE = dt.date(2026, 5, 15)


@pytest.fixture
async def parties(tenant: Tenant) -> Parties:
    return await have_parties(tenant)


async def announced(tenant: Tenant) -> list[dict[str, str]]:
    async with tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(outbox.c.payload)
            .where(outbox.c.practice_id == tenant.practice_id, outbox.c.topic == "credentialing.enrollment.approved")
            .order_by(outbox.c.created_at)
        )
        return list(rows.scalars())


async def only_enrollment(tenant: Tenant) -> Enrollment:
    async with tenant.tx() as tx:
        (found,) = await list_enrollments(tx)
    return found


async def covered(tenant: Tenant, parties: Parties, service_date: dt.date) -> bool:
    async with tenant.tx("worker") as tx:
        return (await enrollments_in_force(tx)).covers(parties.provider_id, parties.payer_id, service_date)


async def test_applying_twice_is_one_application_that_covers_nothing_yet(tenant: Tenant, parties: Parties) -> None:
    first, second = [await have_enrollment(tenant, parties) for _ in range(2)]
    found = await only_enrollment(tenant)
    assert first == second == found.id
    assert (found.state, found.requested_date, found.effective_date) == ("requested", REQUESTED, None)
    assert not await covered(tenant, parties, REQUESTED)
    assert await announced(tenant) == []


async def test_a_retroactive_approval_covers_dates_before_it_and_is_announced_once(
    tenant: Tenant, parties: Parties
) -> None:
    enrollment_id = await have_enrollment(tenant, parties)
    for _ in range(2):
        async with tenant.tx() as tx:
            approved = await approve_enrollment(tx, enrollment_id, RETROACTIVE)
        assert (approved.state, approved.effective_date) == ("approved", RETROACTIVE)
    assert await covered(tenant, parties, RETROACTIVE)
    assert not await covered(tenant, parties, RETROACTIVE - dt.timedelta(days=1))
    assert await announced(tenant) == [
        {
            "enrollment_id": str(enrollment_id),
            "provider_id": str(parties.provider_id),
            "payer_id": str(parties.payer_id),
        }
    ]


async def test_an_approval_put_on_file_at_once_is_announced_too(tenant: Tenant, parties: Parties) -> None:
    for _ in range(2):
        await have_enrollment(tenant, parties, effective_date=RETROACTIVE)
    assert await covered(tenant, parties, RETROACTIVE)
    assert len(await announced(tenant)) == 1


async def test_an_application_that_waits_takes_the_approval_told_by_applying_again(
    tenant: Tenant, parties: Parties
) -> None:
    await have_enrollment(tenant, parties)
    await have_enrollment(tenant, parties, effective_date=RETROACTIVE)
    assert await covered(tenant, parties, RETROACTIVE)


async def test_a_decision_is_not_changed_by_applying_again(tenant: Tenant, parties: Parties) -> None:
    await have_enrollment(tenant, parties, effective_date=RETROACTIVE)
    await have_enrollment(tenant, parties, effective_date=RETROACTIVE + dt.timedelta(days=30))
    await have_enrollment(tenant, parties)
    assert (await only_enrollment(tenant)).effective_date == RETROACTIVE


async def test_a_corrected_effective_date_is_announced_again_with_both_dates_on_record(
    tenant: Tenant, parties: Parties
) -> None:
    enrollment_id = await have_enrollment(tenant, parties, effective_date=RETROACTIVE)
    earlier = RETROACTIVE - dt.timedelta(days=14)
    async with tenant.tx() as tx:
        await approve_enrollment(tx, enrollment_id, earlier)
    assert await covered(tenant, parties, earlier)
    assert len(await announced(tenant)) == 2
    async with tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(audit_event.c.changed)
            .where(
                audit_event.c.practice_id == tenant.practice_id,
                audit_event.c.action == "credentialing.enrollment.approved",
            )
            .order_by(audit_event.c.recorded_at)
        )
        assert [change["effective_date"] for change in rows.scalars()] == [
            {"before": None, "after": "2026-05-15"},
            {"before": "2026-05-15", "after": "2026-05-01"},
        ]


async def test_an_end_keeps_what_was_covered_before_it(tenant: Tenant, parties: Parties) -> None:
    enrollment_id = await have_enrollment(tenant, parties, effective_date=RETROACTIVE)
    last = dt.date(2026, 8, 31)
    for _ in range(2):
        async with tenant.tx() as tx:
            assert (await end_enrollment(tx, enrollment_id, last)).state == "ended"
    assert await covered(tenant, parties, last)
    assert not await covered(tenant, parties, last + dt.timedelta(days=1))


async def test_an_end_before_the_beginning_is_refused(tenant: Tenant, parties: Parties) -> None:
    enrollment_id = await have_enrollment(tenant, parties, effective_date=RETROACTIVE)
    with pytest.raises(EndsBeforeItBegins, match="from 2026-05-15 on") as refusal:
        async with tenant.tx() as tx:
            await end_enrollment(tx, enrollment_id, RETROACTIVE - dt.timedelta(days=1))
    assert refusal.value.fields[0].pointer == "/ended_date"
    assert (await only_enrollment(tenant)).state == "approved"


async def test_what_waits_cannot_end_and_what_is_approved_cannot_be_refused(tenant: Tenant, parties: Parties) -> None:
    enrollment_id = await have_enrollment(tenant, parties)
    with pytest.raises(IllegalEnrollmentMove, match="requested can become approved or refused, not ended"):
        async with tenant.tx() as tx:
            await end_enrollment(tx, enrollment_id, RETROACTIVE)
    async with tenant.tx() as tx:
        await approve_enrollment(tx, enrollment_id, RETROACTIVE)
    with pytest.raises(IllegalEnrollmentMove, match="approved can become approved or ended, not refused"):
        async with tenant.tx() as tx:
            await refuse_enrollment(tx, enrollment_id)


async def test_a_refusal_covers_nothing_until_the_payer_changes_its_mind(tenant: Tenant, parties: Parties) -> None:
    enrollment_id = await have_enrollment(tenant, parties)
    for _ in range(2):
        async with tenant.tx() as tx:
            assert (await refuse_enrollment(tx, enrollment_id)).state == "refused"
    assert not await covered(tenant, parties, RETROACTIVE)
    async with tenant.tx() as tx:
        await approve_enrollment(tx, enrollment_id, RETROACTIVE)
    assert await covered(tenant, parties, RETROACTIVE)


@pytest.mark.parametrize("field", ["provider_npi", "payer_id"])
async def test_an_unknown_party_is_named(tenant: Tenant, parties: Parties, field: str) -> None:
    npi = OTHER_NPI if field == "provider_npi" else "2999901012"
    payer_id = new_id() if field == "payer_id" else parties.payer_id
    with pytest.raises(UnknownParty) as refusal:
        async with tenant.tx() as tx:
            await request_enrollment(tx, NewEnrollment(provider_npi=npi, payer_id=payer_id, requested_date=REQUESTED))
    assert [one.pointer for one in refusal.value.fields] == [f"/{field}"]


async def test_another_tenants_enrollment_is_not_there(
    tenant: Tenant, make_tenant: MakeTenant, parties: Parties
) -> None:
    enrollment_id = await have_enrollment(tenant, parties)
    sister = await make_tenant(company_id=tenant.company_id)

    async def refused(unknown: uuid.UUID) -> str:
        with pytest.raises(EnrollmentNotFound) as refusal:
            async with sister.tx() as tx:
                await approve_enrollment(tx, unknown, RETROACTIVE)
        return refusal.value.message

    assert await refused(enrollment_id) == await refused(new_id())
    assert (await only_enrollment(tenant)).state == "requested"
    async with sister.tx() as tx:
        assert await list_enrollments(tx) == []
