"""999 and 277CA: what they move, and what they never move."""

import datetime as dt
import uuid
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories.claims import Clinic, Visit, build, claim_row, claims_of, decision, line_ids, send
from tests.factories.clearinghouse import remittance_file

from claims.acknowledgement_reasons import claim_reason, group_reason, set_reason
from claims.errors import UnreadableAcknowledgment
from claims.public import handle_edi_277ca, handle_edi_999, handle_file_sent, record_adjudications, submit_ready
from claims.scrubbing.service import scrub_again
from claims.tables import claim_event, submission
from clearinghouse.public import handle_poll_due, list_edi_files
from edi.ack_277ca import REJECT, ClaimAcknowledgment, ClaimStatus, Status, write_277ca
from edi.ack_999 import Acknowledgment, ElementError, SegmentError, SetResponse, write_999
from edi.claim_837 import Claim, ClaimSet
from edi.claim_837p import stream_837p
from edi.parties import Party
from edi.x12.envelope import Envelope
from kernel.storage.folder import FolderStore

TODAY = dt.date(2026, 9, 30)
FAULT = SegmentError("NM1", 12, "2010BA", "8", [ElementError("9", "1")])


class Partner:
    """The other side: answers what we sent, and leaves its answers where we poll."""

    def __init__(self, clinic: Clinic, store: FolderStore, exchange: Path) -> None:
        self._clinic, self._store, self._exchange = clinic, store, exchange
        self._number = 900

    async def take(self, content: bytes) -> uuid.UUID:
        """Take a file in as the poll job does; its id."""
        self._number += 1
        folder = self._exchange / "riverbend" / "from-payer"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"answer-{self._number}.x12"
        (folder / name).write_bytes(content)
        async with self._clinic.tenant.tx("worker") as tx:
            await handle_poll_due(tx, {}, store=self._store, exchange_root=self._exchange.parent)
            return next(one.id for one in await list_edi_files(tx, direction="in") if one.name == name)

    async def say_999(self, *responses: SetResponse, group: str = "1", code: str = "A", times: int = 1) -> None:
        """A 999 about a group that we sent."""
        one = Acknowledgment(
            functional_code="HC", group_control_number=group, version="005010X222A1", code=code,
            received_count=len(responses), accepted_count=len(responses), responses=list(responses),
        )  # fmt: skip
        file_id = await self.take(write_999(self._envelope(), [one]))
        for _ in range(times):
            async with self._clinic.tenant.tx("worker") as tx:
                await handle_edi_999(tx, {"edi_file_id": str(file_id)}, store=self._store)

    async def say_277ca(self, *claims: ClaimStatus, reference: str = "", times: int = 1) -> None:
        """A 277CA about claims that we sent."""
        one = ClaimAcknowledgment(
            reference="CA1", created=TODAY, sender=Party("PR", "PAYER", id_qualifier="PI", identifier="90003"),
            receiver=Party("41", "US", id_qualifier="46", identifier="SUBMITTER"),
            provider=Party("85", "US", id_qualifier="XX", identifier="1234567893"),
            batch_reference=reference, claims=list(claims),
        )  # fmt: skip
        file_id = await self.take(write_277ca(self._envelope(), [one]))
        for _ in range(times):
            async with self._clinic.tenant.tx("worker") as tx:
                await handle_edi_277ca(tx, {"edi_file_id": str(file_id)}, store=self._store)

    def _envelope(self) -> Envelope:
        self._number += 1
        return Envelope(
            sender_id="PAYER", receiver_id="SUBMITTER", date=TODAY, time=dt.time(12), control_number=self._number,
            group_control_number=self._number,
        )  # fmt: skip


@pytest.fixture
def partner(clinic: Clinic, store: FolderStore, tmp_path: Path) -> Partner:
    """A clearinghouse with a mailbox."""
    return Partner(clinic, store, tmp_path / "exchange" / str(clinic.tenant.company_id))


def accept(number: str) -> ClaimStatus:
    patient = Party("QC", "X", "Y", id_qualifier="MI", identifier="M", entity_type="1")
    statuses = [Status("A2", "20", "PR", TODAY)]
    return ClaimStatus(control_number=number, patient=patient, statuses=statuses, payer_claim_number="ICN-7")


def reject(number: str) -> ClaimStatus:
    one = accept(number)
    one.statuses, one.payer_claim_number = [Status("A7", "164", "IL", TODAY, REJECT)], ""
    return one


async def states(clinic: Clinic) -> list[str]:
    return [row.state for row in await claims_of(clinic)]


async def submissions(clinic: Clinic) -> list[tuple[str, str]]:
    async with clinic.tenant.tx() as tx:
        rows = await tx.execute(
            sa.select(submission.c.state, submission.c.problem)
            .where(submission.c.practice_id == clinic.tenant.practice_id)
            .order_by(submission.c.created_at, submission.c.attempt)
        )
        return [(row.state, row.problem) for row in rows]


def references(files: Sequence[bytes]) -> list[str]:
    return [one.reference for content in files for one in stream_837p(content) if isinstance(one, ClaimSet)]


async def test_a_999_accepts_the_set_it_names_and_leaves_the_others_waiting(
    clinic: Clinic, store: FolderStore, partner: Partner
) -> None:
    await build(clinic, Visit(), Visit(number="E-2", payer="MCARE"))
    await send(clinic, store)
    await partner.say_999(SetResponse("837", "0001"), group="1", times=2)
    assert await states(clinic) == ["file_accepted", "sent"]
    await partner.say_999(SetResponse("837", "0002"), group="2")
    assert await states(clinic) == ["file_accepted", "sent"]
    await partner.say_999(SetResponse("837", "0001", code="E"), group="2")
    assert await states(clinic) == ["file_accepted", "file_accepted"]


async def test_a_rejected_set_goes_back_with_the_place_at_fault_and_can_be_sent_again(
    clinic: Clinic, store: FolderStore, partner: Partner
) -> None:
    row = (await build(clinic, Visit()))["E-1"]
    await send(clinic, store)
    await partner.say_999(SetResponse("837", "0001", "", "R", ["5"], [FAULT]), code="R")
    assert await states(clinic) == ["rejected"]
    ((_, problem),) = await submissions(clinic)
    assert "segment NM1 at 12 in loop 2010BA, code 8, element 9 code 1" in problem
    async with clinic.tenant.tx() as tx:
        assert (await scrub_again(tx, row.id)).ready == 1
    (content,) = await send(clinic, store)
    (again,) = [one for one in stream_837p(content) if isinstance(one, Claim)]
    assert (again.control_number, again.frequency) == (row.number, "1")
    assert [state for state, _ in await submissions(clinic)] == ["rejected", "sent"]


async def test_a_group_rejected_whole_need_not_name_its_sets(
    clinic: Clinic, store: FolderStore, partner: Partner
) -> None:
    await build(clinic, Visit())
    await send(clinic, store)
    await partner.say_999(code="R")
    assert await states(clinic) == ["rejected"]


async def test_a_277ca_decides_claim_by_claim_and_says_why(
    clinic: Clinic, store: FolderStore, partner: Partner
) -> None:
    rows = await build(clinic, Visit(), Visit(number="E-2"), Visit(number="E-3"))
    await send(clinic, store)
    await partner.say_277ca(accept(rows["E-1"].number), reject(rows["E-2"].number), accept("RB-UNKNOWN"), times=2)
    assert await states(clinic) == ["accepted", "rejected", "sent"]
    assert (await claim_row(clinic, rows["E-1"].id)).payer_claim_number == "ICN-7"
    async with clinic.tenant.tx() as tx:
        reason = await tx.scalar(
            sa.select(claim_event.c.reason).where(
                claim_event.c.claim_id == rows["E-2"].id, claim_event.c.to_state == "rejected"
            )
        )
    assert "A7:164:IL" in reason


async def test_late_answers_move_nothing_back(clinic: Clinic, store: FolderStore, partner: Partner) -> None:
    row = (await build(clinic, Visit()))["E-1"]
    await send(clinic, store)
    await partner.say_277ca(accept(row.number))
    before = await claim_row(clinic, row.id)
    await partner.say_999(SetResponse("837", "0001"))
    await partner.say_999(SetResponse("837", "0001", "", "R"), code="R")
    await partner.say_277ca(reject(row.number))
    after = await claim_row(clinic, row.id)
    assert after.state == "accepted"
    assert after.version == before.version


async def test_an_answer_may_come_before_the_handover_was_noted(
    clinic: Clinic, store: FolderStore, partner: Partner
) -> None:
    row = (await build(clinic, Visit()))["E-1"]
    async with clinic.tenant.tx() as tx:
        (written,) = await submit_ready(tx, store)
    await partner.say_999(SetResponse("837", "0001"))
    assert await states(clinic) == ["file_accepted"]
    async with clinic.tenant.tx("worker") as tx:
        await handle_file_sent(tx, {"edi_file_id": str(written.edi_file_id)})
    assert (await claim_row(clinic, row.id)).state == "file_accepted"


async def test_an_answer_to_an_earlier_attempt_says_nothing_about_the_last_one(
    clinic: Clinic, store: FolderStore, partner: Partner
) -> None:
    row = (await build(clinic, Visit()))["E-1"]
    first = await send(clinic, store)
    await partner.say_999(code="R")
    async with clinic.tenant.tx() as tx:
        await scrub_again(tx, row.id)
    second = await send(clinic, store)
    await partner.say_277ca(reject(row.number), reference=references(first)[0])
    assert await states(clinic) == ["sent"]
    await partner.say_277ca(accept(row.number), reference=references(second)[0])
    assert await states(clinic) == ["accepted"]


async def test_an_answer_about_the_first_payer_does_not_touch_the_claim_to_the_second(
    clinic: Clinic, store: FolderStore, partner: Partner
) -> None:
    row = (await build(clinic, Visit(secondary={})))["E-1"]
    await send(clinic, store)
    (line,) = await line_ids(clinic, row.id)
    async with clinic.tenant.tx("worker") as tx:
        left = decision(row, {line: (20_000, 5_000, 6_400)}, open_insurance_cents=6_400, open_patient_cents=0)
        await record_adjudications(tx, [left])
    await send(clinic, store)
    await partner.say_999(SetResponse("837", "0001", "", "R"), group="1", code="R")
    assert await states(clinic) == ["sent"]
    await partner.say_999(SetResponse("837", "0001"), group="2")
    assert await states(clinic) == ["file_accepted"]


async def test_a_file_without_an_answer_is_refused_in_words(
    clinic: Clinic, store: FolderStore, partner: Partner
) -> None:
    file_id = await partner.take(remittance_file())
    for handle, kind in ((handle_edi_999, "999"), (handle_edi_277ca, "277CA")):
        with pytest.raises(UnreadableAcknowledgment, match=f"no readable {kind}"):
            async with clinic.tenant.tx("worker") as tx:
                await handle(tx, {"edi_file_id": str(file_id)}, store=store)


def test_reasons_name_places_and_codes_and_stay_short() -> None:
    many = SetResponse("837", "0001", "", "R", [], [FAULT] * 5)
    assert set_reason(many).endswith("; and 2 more")
    assert "no segment named" in set_reason(SetResponse("837", "0001", "", "R"))
    assert "group 7" in group_reason(Acknowledgment(group_control_number="7", code="R"))
    above = ClaimStatus(control_number="RB1", rejected_above=True)
    assert "rejected with its batch" in claim_reason(above)
    assert claim_reason(accept("RB1")) == "taken by the payer (277CA)"
