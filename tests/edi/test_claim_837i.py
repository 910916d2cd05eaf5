"""Institutional claims: stays with their codes, written so that others accept them, and read back as they were."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from tests.edi.examples import ENVELOPE, claim, dependent_claim, outgoing, secondary_claim, without_positions
from tests.edi.judge import complaints

from edi.check import check
from edi.claim_837 import Claim, ClaimCode, ClaimSet, ServiceLine
from edi.claim_837i import OutgoingSet, stream_837i, write_837i
from edi.parties import DatedFact, Party
from edi.procedures import Procedure
from edi.x12.envelope import envelope_of

ATTENDING = Party("71", "MARLOW", "IDA", id_qualifier="XX", identifier="1999999992", entity_type="1")
ROOM = ServiceLine(
    number=1, procedure=Procedure("", ""), revenue_code="0120", charge_cents=90000, units=Decimal(3), unit="DA"
)
LABORATORY = ServiceLine(
    number=2,
    procedure=Procedure("HC", "85025"),
    revenue_code="0305",
    charge_cents=10000,
    units=Decimal(2),
    service_date=dt.date(2026, 2, 2),
    control_number="L2",
    non_covered_cents=2500,
)


def stay(one: Claim) -> Claim:
    """The claim as a hospital would send it."""
    billing = msgspec.structs.replace(one.billing, taxonomy="282N00000X")
    return msgspec.structs.replace(
        one,
        billing=billing,
        charge_cents=100000,
        signature="",
        place_of_service="11",
        facility_qualifier="A",
        admission_type="3",
        admission_source="1",
        patient_status="01",
        parties=[ATTENDING],
        taxonomies={"71": "207R00000X"},
        dates=[
            DatedFact("434", dt.date(2026, 2, 1), dt.date(2026, 2, 4)),
            DatedFact("435", None, None, "202602010930", "DT"),
        ],
        lines=[ROOM, LABORATORY],
    )


PRESENT_ON_ADMISSION = msgspec.structs.replace(
    stay(claim()),
    diagnoses=[],
    codes=[
        ClaimCode("ABK", "I10", present_on_admission="Y"),
        ClaimCode("ABJ", "R0789"),
        ClaimCode("ABF", "E119", present_on_admission="N"),
        ClaimCode("BBR", "0DTJ4ZZ", "20260202"),
        ClaimCode("BH", "11", "20260131"),
        ClaimCode("BE", "80", amount_cents=300),
        ClaimCode("BG", "C5"),
    ],
)
BATCHES = {
    "plain diagnoses": [outgoing(stay(claim()))],
    "codes of every kind": [outgoing(PRESENT_ON_ADMISSION)],
    "dependent": [outgoing(stay(dependent_claim()))],
    "101 of a subscriber": [outgoing(*(stay(claim(control_number=f"PCN{number}")) for number in range(101)))],
    "205 of a child": [outgoing(*(stay(dependent_claim(control_number=f"PCN{number}")) for number in range(205)))],
}


def read(content: bytes) -> list[OutgoingSet]:
    """What a file says, as it would be written again."""
    sets: list[OutgoingSet] = []
    for event in stream_837i(content):
        if isinstance(event, ClaimSet) and event.transaction is not None:
            sets.append(OutgoingSet(event.transaction.control_number, event, []))
        elif isinstance(event, Claim):
            sets[-1].claims.append(event)
    return sets


@pytest.mark.parametrize("name", BATCHES)
def test_an_independent_judge_and_our_own_check_accept_what_is_written(name: str) -> None:
    content = write_837i(ENVELOPE, BATCHES[name])
    assert complaints(content) == []
    assert [finding for finding in check(content).findings if finding.severity != "info"] == []


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("101 of a subscriber", ["20*1", "22*0", "22*0"]),
        ("205 of a child", ["20*1", "22*1", "23*0", "23*0", "23*0"]),
    ],
)
def test_a_patient_loop_holds_a_hundred_claims_at_most(name: str, levels: list[str]) -> None:
    segments = write_837i(ENVELOPE, BATCHES[name]).decode().split("~")
    assert [segment.split("*", 3)[3] for segment in segments if segment.startswith("HL*")] == levels


@pytest.mark.parametrize("name", BATCHES)
def test_reading_gives_back_what_was_written(name: str) -> None:
    content = write_837i(ENVELOPE, BATCHES[name])
    again = read(content)
    assert without_positions(again) == without_positions(BATCHES[name])
    transaction = again[0].head.transaction
    assert transaction is not None
    assert write_837i(envelope_of(transaction), again) == content


def test_an_earlier_payer_may_have_decided_before() -> None:
    earlier = secondary_claim().others
    earlier[0].paid_cents, earlier[0].remaining_cents = 60000, 40000
    one = msgspec.structs.replace(stay(claim()), others=earlier)
    assert complaints(write_837i(ENVELOPE, [outgoing(one)])) == []


def test_a_stay_without_statement_dates_is_found() -> None:
    one = msgspec.structs.replace(stay(claim()), dates=[])
    found = check(write_837i(ENVELOPE, [outgoing(one)])).findings
    assert [(each.code, each.element) for each in found if each.is_error] == [("guide.missing-segment", "DTP")]
