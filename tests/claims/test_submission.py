"""Ready claims become 837P files: accepted by another program, balanced, each claim sent once."""

import datetime as dt
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories.claims import (
    BRAND,
    REFERRER,
    Clinic,
    Visit,
    build,
    claim_row,
    claims_of,
    decision,
    line_ids,
    open_clinic,
    send,
)
from tests.plugins.tenants import Tenant
from tests.sandbox.payer.oracle import is_accepted

from claims.errors import CannotWrite
from claims.public import count_by_state, handle_file_sent, record_adjudications, submit_ready
from claims.submission.service import CLAIMS_PER_SET
from claims.tables import submission
from clearinghouse.public import NoConnection, list_edi_files
from edi.claim_837 import Claim, ClaimSet
from edi.claim_837p import stream_837p
from edi.procedures import total_cents
from kernel import clock
from kernel.storage.folder import FolderStore
from tenancy.tables import practice

DEPENDENT = {"relationship": "child", "subscriber_last_name": "Marlowe", "subscriber_first_name": "Otto"}


def read(content: bytes) -> list[Claim]:
    reader = stream_837p(content)
    claims = [one for one in reader if isinstance(one, Claim)]
    assert not list(reader.findings)
    return claims


async def states(clinic: Clinic) -> dict[str, int]:
    async with clinic.tenant.tx() as tx:
        return await count_by_state(tx)


async def test_each_payer_gets_one_file_in_a_fixed_order_and_nothing_goes_twice(
    clinic: Clinic, store: FolderStore
) -> None:
    await build(
        clinic,
        Visit(number="E-1"),
        Visit(number="E-2", payer="MCARE"),
        Visit(number="E-3"),
        Visit(number="E-4", encounter={"diagnoses": ()}),
    )
    async with clinic.tenant.tx() as tx:
        written = await submit_ready(tx, store)
    assert [(one.payer_id, one.claims) for one in written] == [
        (clinic.payers["BHERON"], 2),
        (clinic.payers["MCARE"], 1),
    ]
    async with clinic.tenant.tx() as tx:
        assert await submit_ready(tx, store) == []
        assert [one.state for one in await list_edi_files(tx)] == ["queued", "queued"]
    assert await states(clinic) == {"held": 1, "queued": 3}


async def test_one_payer_may_be_sent_alone(clinic: Clinic, store: FolderStore) -> None:
    await build(clinic, Visit(), Visit(number="E-2", payer="MCARE"))
    async with clinic.tenant.tx() as tx:
        written = await submit_ready(tx, store, payer_id=clinic.payers["MCARE"])
    assert [one.payer_id for one in written] == [clinic.payers["MCARE"]]
    assert await states(clinic) == {"queued": 1, "ready": 1}


async def test_the_file_says_what_the_claim_says_and_pyx12_accepts_it(
    clinic: Clinic, store: FolderStore, tmp_path: Path
) -> None:
    plain = Visit(
        charges=(
            {"modifiers": ("25", "59"), "pointers": (2, 1)},
            {"charge_cents": 1_005, "units": 3, "procedure_code": "J3420"},
        ),
        encounter={
            "referring_npi": REFERRER,
            "referring_last_name": "Velasquine",
            "referring_first_name": "Dora",
            "prior_authorization": "PA-77",
            "rendering_npi": BRAND,
        },
    )
    dependent = Visit(
        number="E-2", primary={**DEPENDENT, "group_number": "G-1014"}, patient={"last_name": "Nuñez-O’Hara"}
    )
    await build(clinic, plain, dependent)
    (content,) = await send(clinic, store)
    assert is_accepted(content, tmp_path)
    one, other = read(content)
    assert one.charge_cents == sum(line.charge_cents for line in one.lines) == 21_005
    assert (one.frequency, one.place_of_service, one.prior_authorization) == ("1", "11", "PA-77")
    assert [(line.procedure.code, line.procedure.modifiers, line.pointers) for line in one.lines] == [
        ("G0439", ("25", "59"), [2, 1]),
        ("J3420", (), [1]),
    ]
    assert [str(line.units) for line in one.lines] == ["1", "3"]
    assert [line.control_number for line in one.lines] == [f"{one.control_number}L1", f"{one.control_number}L2"]
    assert [(party.role, party.npi) for party in one.parties] == [("DN", REFERRER), ("82", BRAND)]
    assert other.patient is not None
    assert (other.patient.name, other.patient_relationship) == ("Nunez-O'Hara", "19")
    assert (other.subscriber.party.name, other.subscriber.group_number) == ("Marlowe", "G-1014")


async def test_pointers_follow_their_diagnosis_when_a_blank_one_is_left_out(
    clinic: Clinic, store: FolderStore, tmp_path: Path
) -> None:
    await build(clinic, Visit(encounter={"diagnoses": ("E119", "", "I10")}, charges=({"pointers": (3, 1)},)))
    (content,) = await send(clinic, store)
    (one,) = read(content)
    assert [one.diagnoses[pointer - 1] for pointer in one.lines[0].pointers] == ["I10", "E119"]
    assert is_accepted(content, tmp_path)


async def test_a_second_insurance_is_named_to_the_first(clinic: Clinic, store: FolderStore, tmp_path: Path) -> None:
    await build(clinic, Visit(secondary={}))
    (content,) = await send(clinic, store)
    (one,) = read(content)
    assert [(other.insured.responsibility, other.paid_cents) for other in one.others] == [("S", None)]
    assert is_accepted(content, tmp_path)


@pytest.mark.parametrize("secondary", [{}, DEPENDENT])
async def test_the_next_payer_is_told_line_by_line_what_the_first_decided(
    clinic: Clinic, store: FolderStore, tmp_path: Path, secondary: dict[str, str]
) -> None:
    row = (await build(clinic, Visit(secondary=secondary, charges=({}, {"charge_cents": 5_000}))))["E-1"]
    await send(clinic, store)
    first, second = await line_ids(clinic, row.id)
    lines = {first: (20_000, 5_600, 6_400), second: (5_000, 5_000, 0)}
    async with clinic.tenant.tx("worker") as tx:
        await record_adjudications(tx, [decision(row, lines, open_insurance_cents=6_400, open_patient_cents=0)])
    (content,) = await send(clinic, store)
    assert is_accepted(content, tmp_path)
    (one,) = read(content)
    assert (one.subscriber.responsibility, one.subscriber.payer.identifier) == ("S", "90005")
    (other,) = one.others
    assert (other.insured.responsibility, other.paid_cents, other.remaining_cents) == ("P", 10_600, 6_400)
    decided = [adjudication for line in one.lines for adjudication in line.adjudications]
    assert [(each.payer_identifier, each.paid_cents, each.paid_date) for each in decided] == [
        ("90003", 5_600, dt.date(2026, 9, 20)),
        ("90003", 5_000, dt.date(2026, 9, 20)),
    ]
    assert [(each.group, each.reason, each.amount_cents) for each in decided[0].adjustments] == [
        ("CO", "45", 8_000),
        ("PR", "1", 6_400),
    ]
    assert one.charge_cents == other.paid_cents + sum(total_cents(each.adjustments) for each in decided)


async def test_more_claims_than_a_set_holds_go_in_several_sets_of_one_file(
    clinic: Clinic, store: FolderStore, tmp_path: Path
) -> None:
    places = range(CLAIMS_PER_SET + 1)
    await build(clinic, *[Visit(number=f"E-{place:03}", primary={"member_id": f"SYN{place:05}"}) for place in places])
    (content,) = await send(clinic, store)
    events = list(stream_837p(content))
    assert sum(isinstance(one, ClaimSet) for one in events) == 2
    numbers = [one.control_number for one in events if isinstance(one, Claim)]
    assert numbers == sorted(numbers)
    assert len(numbers) == CLAIMS_PER_SET + 1
    async with clinic.tenant.tx() as tx:
        sets = await tx.execute(
            sa.select(submission.c.set_control_number, sa.func.count())
            .where(submission.c.practice_id == clinic.tenant.practice_id)
            .group_by(submission.c.set_control_number)
            .order_by(submission.c.set_control_number)
        )
        assert [tuple(one) for one in sets] == [("0001", CLAIMS_PER_SET), ("0002", 1)]
    assert is_accepted(content, tmp_path)


async def test_what_became_late_since_it_was_built_is_held_and_not_sent(clinic: Clinic, store: FolderStore) -> None:
    row = (await build(clinic, Visit()))["E-1"]
    with clock.fixed(dt.datetime(2027, 6, 1, 16, tzinfo=dt.UTC)):
        assert await send(clinic, store) == []
    assert (await claim_row(clinic, row.id)).state == "held"


async def test_a_handed_over_file_moves_its_claims_to_sent_once(clinic: Clinic, store: FolderStore) -> None:
    await build(clinic, Visit(), Visit(number="E-2", payer="MCARE"))
    async with clinic.tenant.tx() as tx:
        first, _ = await submit_ready(tx, store)
    versions = []
    for _ in range(2):
        async with clinic.tenant.tx("worker") as tx:
            await handle_file_sent(tx, {"edi_file_id": str(first.edi_file_id)})
        versions.append([(row.state, row.version) for row in await claims_of(clinic)])
    assert versions[0] == versions[1]
    assert await states(clinic) == {"queued": 1, "sent": 1}


async def test_a_file_nobody_sent_moves_nothing(clinic: Clinic, store: FolderStore) -> None:
    await build(clinic, Visit())
    await send(clinic, store)
    async with clinic.tenant.tx("worker") as tx:
        await handle_file_sent(tx, {"edi_file_id": str(uuid.uuid4())})
    assert await states(clinic) == {"sent": 1}


async def test_without_a_connection_nothing_is_sent_and_nothing_moves(tenant: Tenant, store: FolderStore) -> None:
    clinic = await open_clinic(tenant, connected=False)
    await build(clinic, Visit())
    with pytest.raises(NoConnection, match="set up a connection"):
        await send(clinic, store)
    assert await states(clinic) == {"ready": 1}


async def test_what_no_file_can_carry_is_refused_in_words_and_nothing_moves(clinic: Clinic, store: FolderStore) -> None:
    await build(clinic, Visit())
    async with clinic.tenant.tx() as tx:
        await tx.execute(practice.update().where(practice.c.practice_id == tx.practice_id).values(phone="614~5550100"))
    with pytest.raises(CannotWrite, match="PER04: holds a character that separates") as refused:
        await send(clinic, store)
    assert "5550100" not in refused.value.message
    assert await states(clinic) == {"ready": 1}
