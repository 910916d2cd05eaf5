"""A practice's report agrees with its books and claims, is the practice's own, and is on record."""

import datetime as dt

import sqlalchemy as sa
from tests.factories.claims import Clinic, Visit, build, open_clinic, send
from tests.factories.payments import claim_payment, paid_by, receive
from tests.plugins.tenants import MakeTenant

from audit.tables import audit_event
from kernel.storage.folder import FolderStore
from reports.equation import Equation
from reports.service import PracticeReport, practice_report

AS_OF = dt.date(2026, 9, 30)


async def a_billing_day(clinic: Clinic, store: FolderStore) -> None:
    """One visit paid, one denied, and a payment with a claim that waits for a person."""
    visits = [Visit(number=number) for number in ("E-1", "E-2", "E-3")]
    claims = await build(clinic, *visits)
    await send(clinic, store)
    paid = claim_payment(claims["E-1"], "paid 120.00, CO-45 60.00, PR-2 20.00")
    denied = claim_payment(claims["E-2"], "paid 0.00, CO-197 200.00", status_code="4")
    await receive(clinic, store, paid_by("BHERON", paid, denied, trace="EFT-1"), number=1)
    unknown = claim_payment(claims["E-3"], "paid 50.00, CR-45 150.00")
    await receive(clinic, store, paid_by("BHERON", unknown, trace="EFT-2"), number=2)


async def report_of(clinic: Clinic, as_of: dt.date = AS_OF) -> PracticeReport:
    async with clinic.tenant.tx() as tx:
        return await practice_report(tx, as_of=as_of)


async def test_an_empty_practice_has_a_report_of_zeros(clinic: Clinic) -> None:
    report = await report_of(clinic)
    assert (report.claims_by_state, report.remittances, report.breaches) == ({}, [], [])
    assert report.equation == Equation(
        charge_cents=0,
        discount_cents=0,
        insurer_cents=0,
        patient_cents=0,
        written_off_cents=0,
        unexplained_cents=0,
    )


async def test_the_figures_of_a_billing_day(clinic: Clinic, store: FolderStore) -> None:
    await a_billing_day(clinic, store)
    report = await report_of(clinic)
    assert report.claims_by_state == {"denied": 1, "patient": 1, "sent": 1}
    assert report.equation == Equation(
        charge_cents=60_000,
        discount_cents=6_000,
        insurer_cents=52_000,
        patient_cents=2_000,
        written_off_cents=0,
        unexplained_cents=0,
    )
    parts = report.breakdown
    assert (parts.insurer_paid_cents, parts.insurer_open_cents, parts.patient_open_cents) == (12_000, 40_000, 2_000)
    assert [(one.trace_number, one.state, one.claims_posted, one.claims_held) for one in report.remittances] == [
        ("EFT-1", "posted", 2, 0),
        ("EFT-2", "held", 0, 1),
    ]
    assert report.breaches == []


async def test_aging_is_by_service_date_and_adds_up_to_what_is_open(clinic: Clinic, store: FolderStore) -> None:
    await a_billing_day(clinic, store)
    by_day = {}
    for as_of in (AS_OF, dt.date(2026, 10, 2), dt.date(2027, 3, 1)):
        rows = (await report_of(clinic, as_of)).aging
        by_day[as_of] = [(row.bucket, row.insurance_cents, row.patient_cents) for row in rows if row.insurance_cents]
    assert list(by_day.values()) == [[("0-30", 40_000, 2_000)], [("31-60", 40_000, 2_000)], [("120+", 40_000, 2_000)]]


async def test_two_practices_that_did_the_same_have_the_same_figures_and_digest_and_neither_sees_the_other(
    clinic: Clinic, store: FolderStore, make_tenant: MakeTenant
) -> None:
    twin = await open_clinic(await make_tenant())
    before = await report_of(twin)
    await a_billing_day(clinic, store)
    assert await report_of(twin) == before
    await a_billing_day(twin, store)
    ours, theirs = await report_of(clinic), await report_of(twin)
    assert ours.ledger_digest == theirs.ledger_digest != before.ledger_digest
    assert (ours.equation, ours.aging, ours.claims_by_state) == (theirs.equation, theirs.aging, theirs.claims_by_state)
    assert await report_of(clinic) == ours


async def test_reading_a_report_is_on_record(clinic: Clinic) -> None:
    await report_of(clinic)
    async with clinic.tenant.tx() as tx:
        count = await tx.scalar(
            sa.select(sa.func.count()).where(
                audit_event.c.practice_id == tx.practice_id, audit_event.c.action == "reports.practice.read"
            )
        )
    assert count == 1
