"""Remittances posted for real: exactly the plan, once, tied to the payment; and what follows for the claims."""

import asyncio
import uuid

import pytest
import sqlalchemy as sa
from tests.factories.claims import Clinic, Visit, build, claim_row, send
from tests.factories.payments import (
    claim_payment,
    file_of,
    head_of,
    look_again,
    paid_by,
    post_if_safe,
    receive,
    reversed_payment,
    rows_of,
    take_in,
    totals_of,
)
from tests.plugins.tenants import MakeTenant

from claims.public import charged_cents
from kernel.storage.folder import FolderStore
from ledger.public import all_transfers, breaches
from payments.errors import CannotPost, RemittanceNotFound, StalePlan
from payments.public import PostedRemittance, plan_remittance, post_remittance
from reports.equation import equation

ALLOWED = "paid 120.00, CO-45 60.00, PR-2 20.00"
AFTER_ALLOWED = {"PATIENT": 2_000, "CHARGES": -20_000, "CONTRACTUAL": 6_000, "REMITTANCE_CLEARING": 12_000}
UNKNOWN_CODE = "paid 120.00, CR-45 80.00"


async def sent_claim(clinic: Clinic, store: FolderStore, visit: Visit | None = None) -> sa.Row[tuple[object, ...]]:
    row = (await build(clinic, visit or Visit()))[visit.number if visit else "E-1"]
    await send(clinic, store)
    return row


async def post(clinic: Clinic, remittance_id: uuid.UUID, digest: str | None = None) -> PostedRemittance:
    """Post what a person sees, or saw."""
    async with clinic.tenant.tx() as tx:
        seen = digest or (await plan_remittance(tx, remittance_id)).digest
        return await post_remittance(tx, remittance_id, plan_digest=seen)


async def books_are_sound(clinic: Clinic) -> None:
    async with clinic.tenant.tx() as tx:
        assert await breaches(tx) == []
        assert equation(await charged_cents(tx), await all_transfers(tx))[0].unexplained_cents == 0


async def test_a_safe_remittance_posts_by_itself_and_moves_the_claim(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    (remittance_id,) = await receive(clinic, store, paid_by("BHERON", claim_payment(claim, ALLOWED)))
    assert (await head_of(clinic, remittance_id)).state == "posted"
    (row,) = await rows_of(clinic, remittance_id)
    assert (row.state, row.claim_id, row.match_reason) == ("posted", claim.id, "our claim number, same charge")
    assert await totals_of(clinic) == AFTER_ALLOWED
    after = await claim_row(clinic, claim.id)
    assert (after.state, after.payer_claim_number) == ("patient", f"ICN-{claim.number}")
    await books_are_sound(clinic)


async def test_posting_again_posts_nothing_and_says_what_was_posted(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    (remittance_id,) = await take_in(clinic, store, file_of(paid_by("BHERON", claim_payment(claim, ALLOWED))))
    first = await post(clinic, remittance_id)
    assert first == PostedRemittance(remittance_id, "posted", 1, 0, 12_000)
    assert await post(clinic, remittance_id) == first
    await post_if_safe(clinic, remittance_id)
    assert await totals_of(clinic) == AFTER_ALLOWED


async def test_two_transactions_that_post_the_same_remittance_post_it_once(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    (remittance_id,) = await take_in(clinic, store, file_of(paid_by("BHERON", claim_payment(claim, ALLOWED))))
    async with clinic.tenant.tx() as tx:
        digest = (await plan_remittance(tx, remittance_id)).digest
    answers = await asyncio.gather(post(clinic, remittance_id, digest), post(clinic, remittance_id, digest))
    assert answers[0] == answers[1]
    assert await totals_of(clinic) == AFTER_ALLOWED
    await books_are_sound(clinic)


async def test_two_files_with_the_same_payment_taken_in_at_once_post_it_once(
    clinic: Clinic, store: FolderStore
) -> None:
    claim = await sent_claim(clinic, store)
    payment = paid_by("BHERON", claim_payment(claim, ALLOWED), provider_adjustments=[("CS", 500)])
    ids = await asyncio.gather(*(take_in(clinic, store, file_of(payment, number=number)) for number in (1, 2)))
    await asyncio.gather(*(post_if_safe(clinic, one) for (one,) in ids))
    assert sorted([(await head_of(clinic, one)).state for (one,) in ids]) == ["held", "posted"]
    assert await totals_of(clinic) == {
        **AFTER_ALLOWED,
        "REMITTANCE_CLEARING": 11_500,
        "PROVIDER_ADJUSTMENTS": 500,
    }


async def test_two_payments_of_one_claim_posted_at_once_pay_it_once(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    content = file_of(
        paid_by("BHERON", claim_payment(claim, ALLOWED), trace="EFT-1"),
        paid_by("BHERON", claim_payment(claim, ALLOWED), trace="EFT-2"),
    )
    ids = await take_in(clinic, store, content)
    await asyncio.gather(*(post_if_safe(clinic, one) for one in ids))
    heads = [await head_of(clinic, one) for one in ids]
    assert sorted(head.state for head in heads) == ["held", "posted"]
    assert "was not reversed" in next(head.problem for head in heads if head.state == "held")
    assert await totals_of(clinic) == AFTER_ALLOWED


async def test_a_plan_that_is_no_longer_true_is_refused(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    content = file_of(
        paid_by("BHERON", claim_payment(claim, ALLOWED), trace="EFT-1"),
        paid_by("BHERON", claim_payment(claim, ALLOWED), trace="EFT-2"),
    )
    first, second = await take_in(clinic, store, content)
    async with clinic.tenant.tx() as tx:
        seen = (await plan_remittance(tx, second)).digest
    await post(clinic, first)
    before = await totals_of(clinic)
    with pytest.raises(StalePlan, match="look at the new plan"):
        await post(clinic, second, seen)
    assert await totals_of(clinic) == before
    assert (await head_of(clinic, second)).state == "received"
    assert (await post(clinic, second)).rows_held == 1


async def test_one_unsafe_claim_holds_the_payment_until_a_person_posts_it_with_that_money_unapplied(
    clinic: Clinic, store: FolderStore
) -> None:
    claims = await build(clinic, Visit(), Visit(number="E-2"))
    await send(clinic, store)
    payment = paid_by("BHERON", claim_payment(claims["E-1"], ALLOWED), claim_payment(claims["E-2"], UNKNOWN_CODE))
    before = await totals_of(clinic)
    (remittance_id,) = await receive(clinic, store, payment)
    head = await head_of(clinic, remittance_id)
    assert head.state == "held"
    assert "1 of 2 claims need a person: nobody has decided what CR-45 means" in head.problem
    assert await totals_of(clinic) == before
    assert await post(clinic, remittance_id) == PostedRemittance(remittance_id, "posted", 1, 1, 24_000)
    assert await totals_of(clinic) == {
        "INSURANCE_1": 20_000,
        "PATIENT": 2_000,
        "CHARGES": -40_000,
        "CONTRACTUAL": 6_000,
        "REMITTANCE_CLEARING": 24_000,
        "UNAPPLIED_PAYER": -12_000,
    }
    assert [row.state for row in await rows_of(clinic, remittance_id)] == ["posted", "held"]
    await books_are_sound(clinic)


async def test_what_was_held_for_the_payment_itself_cannot_be_posted_by_anybody(
    clinic: Clinic, store: FolderStore
) -> None:
    claim = await sent_claim(clinic, store)
    before = await totals_of(clinic)
    unbalanced = paid_by("BHERON", claim_payment(claim, ALLOWED), amount_cents=12_001)
    (remittance_id,) = await take_in(clinic, store, file_of(unbalanced))
    async with clinic.tenant.tx() as tx:
        assert (await plan_remittance(tx, remittance_id)).difference_cents == 1
    with pytest.raises(CannotPost, match="does not balance"):
        await post(clinic, remittance_id)
    assert await totals_of(clinic) == before


async def test_a_remittance_of_another_practice_is_not_there(
    clinic: Clinic, store: FolderStore, make_tenant: MakeTenant
) -> None:
    claim = await sent_claim(clinic, store)
    (remittance_id,) = await take_in(clinic, store, file_of(paid_by("BHERON", claim_payment(claim, ALLOWED))))
    neighbor = await make_tenant(company_id=clinic.tenant.company_id)
    async with clinic.tenant.tx() as tx:
        assert (await plan_remittance(tx, remittance_id)).held == ()
    with pytest.raises(RemittanceNotFound):
        async with neighbor.tx() as tx:
            await plan_remittance(tx, remittance_id)


async def test_a_denial_leaves_the_charge_open_with_the_payer(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    denied = claim_payment(claim, "paid 0.00, CO-197 200.00", status_code="4")
    (remittance_id,) = await receive(clinic, store, paid_by("BHERON", denied))
    assert (await head_of(clinic, remittance_id)).state == "posted"
    assert await totals_of(clinic) == {"INSURANCE_1": 20_000, "CHARGES": -20_000}
    assert (await claim_row(clinic, claim.id)).state == "denied"


async def test_what_the_first_payer_leaves_is_asked_of_the_second_and_only_then_of_the_patient(
    clinic: Clinic, store: FolderStore
) -> None:
    claim = await sent_claim(clinic, store, Visit(secondary={}))
    first = claim_payment(claim, "paid 56.00, CO-45 80.00, PR-1 50.00, PR-2 14.00")
    await receive(clinic, store, paid_by("BHERON", first, trace="EFT-1"), number=1)
    after_first = await claim_row(clinic, claim.id)
    assert (after_first.state, after_first.payer_order) == ("ready", 2)
    assert (await totals_of(clinic))["INSURANCE_2"] == 6_400
    await send(clinic, store)
    second = claim_payment(claim, "paid 50.00, OA-23 136.00, CO-45 4.00, PR-2 10.00", status_code="2")
    await receive(clinic, store, paid_by("HARBOR", second, trace="EFT-2"), number=2)
    assert (await claim_row(clinic, claim.id)).state == "patient"
    assert await totals_of(clinic) == {
        "PATIENT": 1_000,
        "CHARGES": -20_000,
        "CONTRACTUAL": 8_400,
        "REMITTANCE_CLEARING": 10_600,
    }
    await books_are_sound(clinic)


async def test_a_second_payer_that_corrects_itself_is_measured_on_what_its_reversal_opens(
    clinic: Clinic, store: FolderStore
) -> None:
    claim = await sent_claim(clinic, store, Visit(secondary={}))
    first = claim_payment(claim, "paid 120.00, CO-45 20.00, PR-2 60.00")
    await receive(clinic, store, paid_by("BHERON", first, trace="EFT-1"), number=1)
    await send(clinic, store)
    paid = claim_payment(claim, "paid 60.00, OA-23 140.00", status_code="2")
    await receive(clinic, store, paid_by("HARBOR", paid, trace="EFT-2"), number=2)
    assert (await claim_row(clinic, claim.id)).state == "closed"
    corrected = claim_payment(claim, "paid 45.00, OA-23 140.00, CO-45 5.00, PR-3 10.00", status_code="2")
    payment = paid_by("HARBOR", reversed_payment(paid), corrected, trace="EFT-3", provider_adjustments=[("FB", -1_500)])
    (remittance_id,) = await receive(clinic, store, payment, number=3)
    head = await head_of(clinic, remittance_id)
    assert (head.state, head.problem, head.amount_cents) == ("posted", "", 0)
    assert await totals_of(clinic) == {
        "PATIENT": 1_000,
        "CHARGES": -20_000,
        "CONTRACTUAL": 2_500,
        "REMITTANCE_CLEARING": 18_000,
        "RECOUPMENT": -1_500,
    }
    assert (await claim_row(clinic, claim.id)).state == "patient"
    await books_are_sound(clinic)


@pytest.mark.parametrize("correction_first", [False, True])
async def test_a_reversal_and_its_correction_post_in_whatever_order_the_file_has_them(
    clinic: Clinic, store: FolderStore, *, correction_first: bool
) -> None:
    claim = await sent_claim(clinic, store)
    paid = claim_payment(claim, ALLOWED)
    (original,) = await receive(clinic, store, paid_by("BHERON", paid, trace="EFT-1"), number=1)
    pair = [reversed_payment(paid), claim_payment(claim, "paid 150.00, CO-45 50.00")]
    if correction_first:
        pair.reverse()
    (remittance_id,) = await receive(clinic, store, paid_by("BHERON", *pair, trace="EFT-2"), number=2)
    assert (await head_of(clinic, remittance_id)).state == "posted"
    assert [row.state for row in await rows_of(clinic, original)] == ["reversed"]
    assert await totals_of(clinic) == {"CHARGES": -20_000, "CONTRACTUAL": 5_000, "REMITTANCE_CLEARING": 15_000}
    assert (await claim_row(clinic, claim.id)).state == "closed"
    await books_are_sound(clinic)


async def test_a_reversal_alone_puts_the_claim_back_and_its_correction_may_come_later(
    clinic: Clinic, store: FolderStore
) -> None:
    claim = await sent_claim(clinic, store)
    paid = claim_payment(claim, ALLOWED)
    await receive(clinic, store, paid_by("BHERON", paid, trace="EFT-1"), number=1)
    back = paid_by("BHERON", reversed_payment(paid), trace="EFT-2", provider_adjustments=[("WO", -12_000)])
    await receive(clinic, store, back, number=2)
    assert (await claim_row(clinic, claim.id)).state == "accepted"
    assert (await totals_of(clinic))["INSURANCE_1"] == 20_000
    corrected = claim_payment(claim, "paid 150.00, CO-45 50.00")
    late = paid_by("BHERON", corrected, trace="EFT-3", provider_adjustments=[("WO", 12_000)])
    await receive(clinic, store, late, number=3)
    assert await totals_of(clinic) == {"CHARGES": -20_000, "CONTRACTUAL": 5_000, "REMITTANCE_CLEARING": 15_000}
    assert (await claim_row(clinic, claim.id)).state == "closed"


async def test_a_reversal_taken_up_before_what_it_reverses_posts_once_that_is_in_the_books(
    clinic: Clinic, store: FolderStore
) -> None:
    claim = await sent_claim(clinic, store)
    paid = claim_payment(claim, ALLOWED)
    back = paid_by("BHERON", reversed_payment(paid), trace="EFT-2", provider_adjustments=[("WO", -12_000)])
    (early,) = await receive(clinic, store, back, number=2)
    assert "not in the books" in (await head_of(clinic, early)).problem
    await receive(clinic, store, paid_by("BHERON", paid, trace="EFT-1"), number=1)
    await look_again(clinic, early)
    assert (await head_of(clinic, early)).state == "posted"
    assert (await totals_of(clinic))["INSURANCE_1"] == 20_000
    await books_are_sound(clinic)
    await look_again(clinic, early)
    assert (await totals_of(clinic))["INSURANCE_1"] == 20_000


async def test_a_correction_whose_reversal_is_held_is_held_too(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    await receive(clinic, store, paid_by("BHERON", claim_payment(claim, ALLOWED), trace="EFT-1"), number=1)
    other_amounts = reversed_payment(claim_payment(claim, "paid 110.00, CO-45 70.00, PR-2 20.00"))
    corrected = claim_payment(claim, "paid 150.00, CO-45 50.00")
    payment = paid_by("BHERON", other_amounts, corrected, trace="EFT-2")
    (remittance_id,) = await receive(clinic, store, payment, number=2)
    head = await head_of(clinic, remittance_id)
    assert head.state == "held"
    assert "takes back other amounts" in head.problem
    assert "was not reversed" in head.problem
    assert await totals_of(clinic) == AFTER_ALLOWED


async def test_another_payer_than_the_one_billed_is_held(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    (remittance_id,) = await receive(clinic, store, paid_by("MCARE", claim_payment(claim, ALLOWED)))
    assert "another payer answers" in (await head_of(clinic, remittance_id)).problem
    (right,) = await receive(clinic, store, paid_by("BHERON", claim_payment(claim, ALLOWED)), number=2)
    assert (await head_of(clinic, right)).state == "posted"


async def test_a_claim_that_nobody_knows_is_held(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    stranger = claim_payment(claim, ALLOWED, control_number="XX0000000")
    (remittance_id,) = await receive(clinic, store, paid_by("BHERON", stranger))
    head = await head_of(clinic, remittance_id)
    assert "no claim of this practice has its claim number" in head.problem
    assert (await post(clinic, remittance_id)).rows_held == 1
    assert (await totals_of(clinic))["UNAPPLIED_PAYER"] == -12_000
