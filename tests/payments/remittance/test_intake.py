"""What comes is kept as it came; what must not post is held with the reason and the sums."""

from collections.abc import Callable

import msgspec
import pytest
import sqlalchemy as sa
from tests.factories.claims import Clinic, Visit, build, send
from tests.factories.payments import (
    claim_payment,
    file_of,
    head_of,
    paid_by,
    post_if_safe,
    rows_of,
    take_in,
    totals_of,
)
from tests.plugins.tenants import MakeTenant

from audit.tables import audit_event
from clearinghouse.public import list_edi_files, read_file
from kernel.jobs.outbox import outbox
from kernel.storage.folder import FolderStore
from payments.remittance.content import KeptClaim
from payments.tables import provider_adjustment, remittance

ALLOWED = "paid 120.00, CO-45 60.00, PR-2 20.00"


async def sent_claim(clinic: Clinic, store: FolderStore) -> sa.Row[tuple[object, ...]]:
    row = (await build(clinic, Visit()))["E-1"]
    await send(clinic, store)
    return row


async def announced(clinic: Clinic) -> int:
    async with clinic.tenant.tx() as tx:
        topic = outbox.c.topic == "payments.remittance.received"
        return await tx.scalar(
            sa.select(sa.func.count()).where(topic, outbox.c.practice_id == clinic.tenant.practice_id)
        )


async def test_a_file_is_kept_row_by_row_with_its_place_in_the_bytes(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    content = file_of(paid_by("BHERON", claim_payment(claim, ALLOWED), provider_adjustments=[("L6", -125)]))
    (remittance_id,) = await take_in(clinic, store, content)
    head = await head_of(clinic, remittance_id)
    assert (head.state, head.problem, head.trace_number, head.amount_cents) == ("received", "", "EFT-1", 12_125)
    assert (head.payer_id, head.claims_paid_cents, head.provider_adjustment_cents) == (
        clinic.payers["BHERON"],
        12_000,
        -125,
    )
    (row,) = await rows_of(clinic, remittance_id)
    raw = content[row.offset_bytes : row.offset_bytes + row.length_bytes]
    assert raw.startswith(f"CLP*{claim.number}*1*200*120*20*".encode())
    kept = msgspec.convert(row.content, KeptClaim)
    assert [(one.group, one.reason, one.amount_cents) for one in kept.lines[0].adjustments] == [
        ("CO", "45", 6_000),
        ("PR", "2", 2_000),
    ]
    async with clinic.tenant.tx() as tx:
        amounts = await tx.execute(
            sa.select(provider_adjustment.c.amount_cents).where(provider_adjustment.c.remittance_id == remittance_id)
        )
        assert list(amounts.scalars()) == [-125]
    assert await announced(clinic) == 1


async def test_the_same_file_again_adds_nothing(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    content = file_of(paid_by("BHERON", claim_payment(claim, ALLOWED)))
    first = await take_in(clinic, store, content)
    assert await take_in(clinic, store, content) == first
    assert await announced(clinic) == 1
    await post_if_safe(clinic, first[0])
    books = await totals_of(clinic)
    assert await take_in(clinic, store, content) == first
    await post_if_safe(clinic, first[0])
    assert await totals_of(clinic) == books
    assert (await head_of(clinic, first[0])).state == "posted"


async def test_the_same_payment_in_another_file_is_held_as_a_repetition(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    payment = paid_by("BHERON", claim_payment(claim, ALLOWED))
    (first,) = await take_in(clinic, store, file_of(payment, number=1))
    (again,) = await take_in(clinic, store, file_of(payment, number=2))
    assert first != again
    assert (await head_of(clinic, first)).state == "received"
    head = await head_of(clinic, again)
    assert head.state == "held"
    assert "came before" in head.problem


async def test_another_payment_of_the_same_amount_under_a_trace_number_that_repeats_is_no_repetition(
    clinic: Clinic, store: FolderStore
) -> None:
    claims = await build(clinic, Visit(), Visit(number="E-2"))
    await send(clinic, store)
    for number, name in enumerate(("E-1", "E-2"), start=1):
        payment = paid_by("BHERON", claim_payment(claims[name], ALLOWED), trace="0")
        (remittance_id,) = await take_in(clinic, store, file_of(payment, number=number))
        assert (await head_of(clinic, remittance_id)).state == "received"


@pytest.mark.parametrize(
    ("answer", "amount_cents", "sums"),
    [
        (ALLOWED, 12_001, ("claims 120 minus provider adjustments 0 is 120", "BPR02 is 120.01")),
        ("paid 120.00, CO-45 60.00, PR-2 19.00", None, ("charge 200 minus adjustments 79 is 121", "paid is 120")),
    ],
)
async def test_what_does_not_balance_is_held_with_both_sums(
    clinic: Clinic, store: FolderStore, answer: str, amount_cents: int | None, sums: tuple[str, ...]
) -> None:
    claim = await sent_claim(clinic, store)
    before = await totals_of(clinic)
    unbalanced = paid_by("BHERON", claim_payment(claim, answer), amount_cents=amount_cents)
    (held,) = await take_in(clinic, store, file_of(unbalanced, number=1))
    head = await head_of(clinic, held)
    assert head.state == "held"
    assert all(text in head.problem for text in sums), head.problem
    await post_if_safe(clinic, held)
    assert await totals_of(clinic) == before
    (sound,) = await take_in(
        clinic, store, file_of(paid_by("BHERON", claim_payment(claim, ALLOWED), trace="EFT-2"), number=2)
    )
    assert (await head_of(clinic, sound)).state == "received"


async def test_a_payment_to_another_practice_is_quarantined_and_names_nobody(
    clinic: Clinic, store: FolderStore, make_tenant: MakeTenant
) -> None:
    claim = await sent_claim(clinic, store)
    other = paid_by("BHERON", claim_payment(claim, ALLOWED), payee_npi="1999999984")
    (remittance_id,) = await take_in(clinic, store, file_of(other))
    head = await head_of(clinic, remittance_id)
    assert (head.state, head.payee_npi) == ("held", "1999999984")
    assert "another provider" in head.problem
    assert "1999999984" not in head.problem
    assert await announced(clinic) == 0
    neighbor = await make_tenant(company_id=clinic.tenant.company_id)
    async with neighbor.tx() as tx:
        seen = await tx.scalar(sa.select(sa.func.count()).select_from(remittance))
    assert seen == 0


UNUSABLE: dict[str, Callable[[bytes], bytes]] = {
    "holds no readable 835": lambda content: content[:106],
    "states an amount that cannot be money": lambda content: content.replace(
        b"*200*120*", b"*2" + b"0" * 17 + b"*120*"
    ),
    "holds characters that are no text": lambda content: content.replace(b"BLUE HERON", b"BLUE\0HERON"),
}


@pytest.mark.parametrize("problem", UNUSABLE)
async def test_a_file_that_cannot_be_kept_as_remittances_is_refused_and_its_bytes_stay(
    clinic: Clinic, store: FolderStore, problem: str
) -> None:
    claim = await sent_claim(clinic, store)
    sound = file_of(paid_by("BHERON", claim_payment(claim, ALLOWED)))
    spoiled = UNUSABLE[problem](sound)
    assert await take_in(clinic, store, spoiled) == []
    async with clinic.tenant.tx() as tx:
        (refused,) = await list_edi_files(tx, state="refused")
        assert problem in (refused.problem or "")
        assert await read_file(tx, store, refused.id) == spoiled
    assert len(await take_in(clinic, store, sound)) == 1


async def test_every_set_of_a_file_is_a_remittance_of_its_own(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    content = file_of(
        paid_by("BHERON", claim_payment(claim, ALLOWED)),
        paid_by("BHERON", trace="EFT-2", provider_adjustments=[("72", -4_000)]),
    )
    first, second = [await head_of(clinic, one) for one in await take_in(clinic, store, content)]
    assert (first.position, first.trace_number, first.claim_count) == (1, "EFT-1", 1)
    assert (second.position, second.trace_number, second.claim_count) == (2, "EFT-2", 0)


async def test_receiving_is_on_record(clinic: Clinic, store: FolderStore) -> None:
    claim = await sent_claim(clinic, store)
    (remittance_id,) = await take_in(clinic, store, file_of(paid_by("BHERON", claim_payment(claim, ALLOWED))))
    async with clinic.tenant.tx() as tx:
        actions = await tx.execute(sa.select(audit_event.c.action).where(audit_event.c.object_id == str(remittance_id)))
        assert list(actions.scalars()) == ["payments.remittance.received"]
