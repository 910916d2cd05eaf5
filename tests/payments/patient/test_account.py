"""A patient's account: from price to balance, every visit adds up, and nobody else's is seen."""

import datetime as dt
import uuid

from tests.factories.claims import SERVICE_DATE, Clinic, Visit, build, line_ids, send
from tests.factories.payments import claim_payment, paid_by, receive

from kernel.storage.folder import FolderStore
from ledger.public import Account, JournalEntry, Transfer, post
from payments.posting import Allocation, card_entry
from payments.public import InsurerPaid, Share, VisitMoney, patient_account


def adds_up(visit: VisitMoney) -> bool:
    parts = visit.discount_cents + visit.insurer_paid_cents + visit.patient_paid_cents + visit.written_off_cents
    return visit.price_cents == parts + visit.waiting_cents + visit.owed_cents


async def only_visit(clinic: Clinic, patient_id: uuid.UUID) -> VisitMoney:
    async with clinic.tenant.tx("patient", patient_id) as tx:
        (visit,) = (await patient_account(tx, patient_id)).visits
    assert adds_up(visit)
    return visit


async def test_before_any_answer_all_of_it_waits_for_insurance(clinic: Clinic, store: FolderStore) -> None:
    claim = (await build(clinic, Visit()))["E-1"]
    visit = await only_visit(clinic, claim.patient_id)
    assert (visit.price_cents, visit.waiting_cents, visit.owed_cents) == (20_000, 20_000, 0)
    assert (visit.shares, visit.discounts, visit.insurers) == ((), (), ())


async def test_every_amount_says_where_it_went_and_why(clinic: Clinic, store: FolderStore) -> None:
    claim = (await build(clinic, Visit(secondary={})))["E-1"]
    await send(clinic, store)
    first = claim_payment(claim, "paid 56.00, CO-45 80.00, PR-1 50.00, PR-2 14.00")
    await receive(clinic, store, paid_by("BHERON", first), number=1)
    between = await only_visit(clinic, claim.patient_id)
    assert (between.waiting_cents, between.owed_cents, between.shares) == (6_400, 0, ())
    await send(clinic, store)
    second = claim_payment(claim, "paid 50.00, OA-23 136.00, CO-45 4.00, PR-2 10.00", status_code="2")
    await receive(clinic, store, paid_by("HARBOR", second), number=2)
    visit = await only_visit(clinic, claim.patient_id)
    assert (visit.price_cents, visit.discount_cents, visit.insurer_paid_cents) == (20_000, 8_400, 10_600)
    assert (visit.waiting_cents, visit.owed_cents) == (0, 1_000)
    assert visit.discounts == (Share("CO-45", 8_400),)
    assert visit.shares == (Share("PR-2", 1_000),)
    assert set(visit.insurers) == {
        InsurerPaid(clinic.payers["BHERON"], 5_600),
        InsurerPaid(clinic.payers["HARBOR"], 5_000),
    }
    assert visit.payer_id == clinic.payers["HARBOR"]


async def test_a_denial_is_nothing_to_pay(clinic: Clinic, store: FolderStore) -> None:
    claim = (await build(clinic, Visit()))["E-1"]
    await send(clinic, store)
    denied = claim_payment(claim, "paid 0.00, CO-197 200.00", status_code="4")
    await receive(clinic, store, paid_by("BHERON", denied))
    visit = await only_visit(clinic, claim.patient_id)
    assert (visit.waiting_cents, visit.owed_cents) == (20_000, 0)


async def test_what_was_paid_and_written_off_is_told_apart(clinic: Clinic, store: FolderStore) -> None:
    claim = (await build(clinic, Visit()))["E-1"]
    await send(clinic, store)
    await receive(clinic, store, paid_by("BHERON", claim_payment(claim, "paid 120.00, CO-45 60.00, PR-2 20.00")))
    (line_id,) = await line_ids(clinic, claim.id)
    by_card = card_entry(
        [Allocation(line_id, claim.id, 1_200)],
        unapplied_cents=0,
        patient_id=claim.patient_id,
        fact="card:1",
        posted_date=SERVICE_DATE,
        source="",
    )
    forgiven = Transfer(
        debit=Account.WRITE_OFF_SMALL_BALANCE,
        credit=Account.PATIENT,
        amount_cents=300,
        item_id=line_id,
        group_id=claim.id,
        party_id=claim.patient_id,
    )
    write_off = JournalEntry(
        fact="write-off:1", kind="write-off", posted_date=SERVICE_DATE, source="", transfers=(forgiven,)
    )
    async with clinic.tenant.tx() as tx:
        await post(tx, [by_card, write_off])
    visit = await only_visit(clinic, claim.patient_id)
    assert (visit.patient_paid_cents, visit.written_off_cents, visit.owed_cents) == (1_200, 300, 500)
    assert visit.shares == (Share("PR-2", 2_000),)


async def test_visits_are_newest_first_and_sum_to_what_is_owed(clinic: Clinic, store: FolderStore) -> None:
    earlier = {"encounter": {"service_date": dt.date(2026, 8, 20)}}
    same_person = {"patient": {"account_number": "A-7"}}
    first = await build(clinic, Visit(number="E-1", **earlier, **same_person))
    second = await build(clinic, Visit(number="E-2", **same_person))
    patient_id = first["E-1"].patient_id
    assert second["E-2"].patient_id == patient_id
    async with clinic.tenant.tx("patient", patient_id) as tx:
        account = await patient_account(tx, patient_id)
    assert [visit.service_date for visit in account.visits] == [dt.date(2026, 9, 1), dt.date(2026, 8, 20)]
    assert account.owed_cents == sum(visit.owed_cents for visit in account.visits)


async def test_a_patient_sees_nothing_of_anybody_else(clinic: Clinic, store: FolderStore) -> None:
    claims = await build(clinic, Visit(), Visit(number="E-2"))
    own, other = claims["E-1"].patient_id, claims["E-2"].patient_id
    async with clinic.tenant.tx("patient", own) as tx:
        assert len((await patient_account(tx, own)).visits) == 1
        assert (await patient_account(tx, other)).visits == ()
