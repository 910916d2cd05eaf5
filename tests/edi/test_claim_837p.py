"""Professional claims: what is written is accepted by others and read back as it was; what cannot be sent is refused."""

import msgspec
import pytest
from tests.edi.examples import (
    ENVELOPE,
    billing,
    claim,
    dependent_claim,
    full_claim,
    outgoing,
    secondary_claim,
    without_positions,
)
from tests.edi.judge import complaints

from edi.check import check
from edi.claim_837 import Claim, ClaimsEnd, ClaimSet
from edi.claim_837p import OutgoingSet, stream_837p, write_837p
from edi.x12.errors import ElementRefusedError, ValueRefusedError

BATCHES = {
    "one": [outgoing(claim())],
    "secondary": [outgoing(secondary_claim())],
    "dependent": [outgoing(dependent_claim())],
    "replacement": [outgoing(full_claim())],
    "family": [
        outgoing(claim(), dependent_claim(), dependent_claim(control_number="PCN9"), claim(control_number="PCN8"))
    ],
    "shared subscriber": [outgoing(claim(), claim(control_number="PCN7"))],
    "two providers": [outgoing(claim(), claim(billing=billing("OTHER PRACTICE", "1999999992"), control_number="PCN6"))],
    "101 of a subscriber": [outgoing(*(claim(control_number=f"PCN{number}") for number in range(101)))],
    "205 of a child": [outgoing(*(dependent_claim(control_number=f"PCN{number}") for number in range(205)))],
    "two sets": [outgoing(claim()), outgoing(claim(control_number="PCN5"), control_number="0002")],
}


def read(content: bytes) -> list[OutgoingSet]:
    """What a file says, as it would be written again."""
    sets: list[OutgoingSet] = []
    for event in stream_837p(content):
        if isinstance(event, ClaimSet):
            assert event.transaction is not None
            sets.append(OutgoingSet(event.transaction.control_number, event, []))
        elif isinstance(event, Claim):
            sets[-1].claims.append(event)
        else:
            assert event.claim_count == len(sets[-1].claims)
    return sets


@pytest.mark.parametrize("name", BATCHES)
def test_an_independent_judge_accepts_what_is_written(name: str) -> None:
    assert complaints(write_837p(ENVELOPE, BATCHES[name])) == []


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("101 of a subscriber", ["20*1", "22*0", "22*0"]),
        ("205 of a child", ["20*1", "22*1", "23*0", "23*0", "23*0"]),
    ],
)
def test_a_patient_loop_holds_a_hundred_claims_at_most(name: str, levels: list[str]) -> None:
    segments = write_837p(ENVELOPE, BATCHES[name]).decode().split("~")
    assert [segment.split("*", 3)[3] for segment in segments if segment.startswith("HL*")] == levels


@pytest.mark.parametrize("name", BATCHES)
def test_our_own_check_finds_nothing_in_what_is_written(name: str) -> None:
    result = check(write_837p(ENVELOPE, BATCHES[name]))
    assert [finding for finding in result.findings if finding.severity != "info"] == []
    assert [each.claims for each in result.transactions] == [len(one.claims) for one in BATCHES[name]]


@pytest.mark.parametrize("name", BATCHES)
def test_reading_gives_back_what_was_written(name: str) -> None:
    content = write_837p(ENVELOPE, BATCHES[name])
    again = read(content)
    assert without_positions(again) == without_positions(BATCHES[name])
    assert write_837p(ENVELOPE, again) == content


def test_a_claim_knows_the_bytes_it_came_from() -> None:
    content = write_837p(ENVELOPE, [outgoing(claim(), claim(control_number="PCN7"))])
    claims = [event for event in stream_837p(content) if isinstance(event, Claim)]
    assert content[claims[0].byte_start : claims[0].byte_end].startswith(b"CLM*PCN100001*175.5*")
    assert content[claims[1].byte_start : claims[1].byte_end].count(b"~LX*") == 2
    second = claims[1].lines[1]
    assert (
        content[second.byte_start : second.byte_end] == b"LX*2~SV1*HC:85025*25*UN*1***1~DTP*472*D8*20260216~REF*6R*L2~"
    )


def test_a_segment_without_a_typed_place_is_kept_and_written_back() -> None:
    content = write_837p(ENVELOPE, [outgoing(claim())])
    count = content.count(b"~") - 4
    content = content.replace(b"HI*ABK", b"NTE*ADD*SEE LETTER~HI*ABK").replace(
        b"SE*%d*" % count, b"SE*%d*" % (count + 1)
    )
    [one] = read(content)
    assert [segment.elements for segment in one.claims[0].kept] == [["NTE", "ADD", "SEE LETTER"]]
    assert write_837p(ENVELOPE, [one]) == content


def test_an_unreadable_amount_leaves_a_problem_on_the_claim_and_the_segment_as_sent() -> None:
    content = write_837p(ENVELOPE, [outgoing(claim())]).replace(b"*175.5*", b"*I75.5*")
    reader = stream_837p(content)
    [one] = [event for event in reader if isinstance(event, Claim)]
    assert (one.charge_cents, one.control_number) == (0, "PCN100001")
    assert [(problem.code, problem.element, problem.text) for problem in one.problems] == [
        ("syntax.amount", "CLM02", "I75.5")
    ]
    assert one.kept[0].elements[2] == "I75.5"


def test_a_cut_off_file_says_so_and_still_gives_what_was_whole() -> None:
    content = write_837p(ENVELOPE, [outgoing(claim(), claim(control_number="PCN7"))])
    reader = stream_837p(content[: content.index(b"CLM*PCN7") + 30])
    events = list(reader)
    assert [event.control_number for event in events if isinstance(event, Claim)][:1] == ["PCN100001"]
    assert isinstance(events[-1], ClaimsEnd)
    assert events[-1].problems[0].code == "syntax.truncated"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lines": []}, "1 to 50"),
        ({"diagnoses": []}, "1 to 12"),
        ({"charge_cents": 1}, "another amount"),
        ({"frequency": "7"}, "REF\\*F8"),
        ({"original_claim_number": "ICN1"}, "REF\\*F8"),
    ],
)
def test_a_claim_no_payer_could_take_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueRefusedError, match=words):
        write_837p(ENVELOPE, [outgoing(claim(**changes))])


@pytest.mark.parametrize("value", ["A*B", "A~B", "A:B", "A^B", "CAFÉ", "A\nB"])
def test_an_element_that_would_break_the_structure_is_refused_by_name(value: str) -> None:
    wrong = msgspec.structs.replace(claim(), control_number=value)
    with pytest.raises(ElementRefusedError) as refusal:
        write_837p(ENVELOPE, [outgoing(wrong)])
    assert refusal.value.segment == "CLM"
    assert value not in str(refusal.value)


def test_a_component_that_holds_its_separator_is_refused_by_name() -> None:
    with pytest.raises(ElementRefusedError) as refusal:
        write_837p(ENVELOPE, [outgoing(claim(diagnoses=["I10", "E1:19"]))])
    assert refusal.value.element == "HI02"


def test_a_line_without_pointers_is_written_without_that_element_and_found_by_the_check() -> None:
    one = claim()
    one.lines[0].pointers = []
    content = write_837p(ENVELOPE, [outgoing(one)])
    assert b"SV1*HC:99213*150.5*UN*1~" in content
    assert [finding.element for finding in check(content).findings if finding.is_error] == ["SV107"]
