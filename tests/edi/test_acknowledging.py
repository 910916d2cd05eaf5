"""Acknowledgments of what was received: the right codes at the right place, in a form that others accept."""

from pathlib import Path

import pytest
from tests.edi.examples import ENVELOPE, claim, outgoing, paid_claim, remittance, without_positions
from tests.edi.judge import complaints
from tests.edi.samples import GOLDEN

from edi.ack_999 import Acknowledgment, acknowledge, stream_999, write_999
from edi.ack_ta1 import stream_ta1, write_ta1
from edi.acknowledging import acknowledge_interchanges
from edi.check import CheckResult, check
from edi.claim_837p import write_837p
from edi.remittance_835 import write_835

CLAIMS = write_837p(ENVELOPE, [outgoing(claim()), outgoing(claim(control_number="PCN2"), control_number="0002")])
REMITTANCE = write_835(ENVELOPE, [remittance(paid_claim())])


def answer(content: bytes) -> list[Acknowledgment]:
    """The 999s of a file."""
    result = check(content)
    return acknowledge([each.transaction for each in result.transactions], list(result.findings))


def written(content: bytes) -> bytes:
    """The 999s of a file, as bytes."""
    return write_999(ENVELOPE, answer(content))


@pytest.mark.parametrize("content", [CLAIMS, REMITTANCE], ids=["837P", "835"])
def test_a_good_file_is_accepted_set_by_set(content: bytes) -> None:
    [one] = answer(content)
    assert (one.code, one.received_count, one.accepted_count) == ("A", content.count(b"~ST*"), content.count(b"~ST*"))
    assert all(response.code == "A" and not response.errors for response in one.responses)
    assert complaints(written(content)) == []


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.edi")), ids=lambda path: path.name)
def test_every_kind_of_file_is_answered_so_that_others_accept_the_answer(path: Path) -> None:
    content = path.read_bytes()
    answers = answer(content)
    expected = 0 if path.name.startswith(("999", "ta1")) else 1
    assert [one.code for one in answers] == ["A"] * expected
    broken = content.replace(b"*20260302*", b"*20261302*").replace(b"NM1*", b"NM1*Q?")
    for one in (content, broken):
        if expected:
            assert complaints(written(one)) == []
            assert b"~AK9*" in written(one)
    if expected and broken != content:
        assert answer(broken)[0].code == "R"


FAULTS = [
    (b"*D8*20260216~REF*6R*L1", b"*D8*20261316~REF*6R*L1", "DTP", "8", ("3", "8")),
    (b"HI*ABK:I10*ABF:E119~", b"", "HI", "3", None),
    (b"~LX*2~", b"~ZZZ*2~LX*2~", "ZZZ", "1", None),
    (b"CLM*PCN100001*", b"CLM*" + b"P" * 39 + b"*", "CLM", "8", ("1", "5")),
    (b"*UN*1***1:2~", b"*XX*1***1:2~", "SV1", "8", ("3", "7")),
    (b"11:B:1*Y*A*Y*Y", b"11:B:1**A*Y*Y", "CLM", "8", ("6", "1")),
    (b"11:B:1*Y*A*Y*Y", b"11:C:1*Y*A*Y*Y", "CLM", "8", ("5-2", "7")),
]


@pytest.mark.parametrize(("old", "new", "segment", "code", "element"), FAULTS)
def test_a_fault_rejects_its_set_and_is_named_by_segment_and_element(
    old: bytes, new: bytes, segment: str, code: str, element: tuple[str, str] | None
) -> None:
    broken = CLAIMS.replace(old, new, 1)
    [one] = answer(broken)
    assert (one.code, one.accepted_count) == ("P", 1)
    rejected, accepted = one.responses
    assert (rejected.code, accepted.code) == ("R", "A")
    errors = {(error.segment_id, error.code): error for error in rejected.errors}
    assert (segment, code) in errors
    named = errors[(segment, code)]
    assert [(each.position, each.code) for each in named.elements] == ([element] if element else [])
    position = broken[broken.index(b"~ST*") :].split(b"~")[named.position].decode()
    assert position.startswith(segment) or code == "3"
    assert complaints(written(broken)) == []


def test_what_is_written_is_read_back() -> None:
    sent = answer(CLAIMS.replace(b"*UN*1***1:2~", b"*XX*1***1:2~", 1))
    sent[0].responses[0].errors[0].contexts = [["CLM01:PCN100001"]]
    content = write_999(ENVELOPE, sent)
    again = list(stream_999(content))
    assert without_positions(again) == without_positions(sent)
    assert again[0].responses[0].errors[0].claim_control_number == "PCN100001"
    assert write_999(ENVELOPE, again) == content


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"~SE*32*0001", b"~SE*31*0001", "4"),
        (b"~SE*32*0001", b"~SE*32*0009", "3"),
        (b"ST*837*0002", b"ST*837*0001", "23"),
    ],
)
def test_a_wrong_trailer_rejects_the_set_with_its_own_reason(old: bytes, new: bytes, reason: str) -> None:
    assert old in CLAIMS
    [one] = answer(CLAIMS.replace(old, new, 1))
    assert reason in [each for response in one.responses for each in response.reasons]


@pytest.mark.parametrize(("new", "reason"), [(b"GE*3*4", "5"), (b"GE*2*5", "4")])
def test_a_wrong_group_trailer_rejects_the_group(new: bytes, reason: str) -> None:
    [one] = answer(CLAIMS.replace(b"GE*2*4", new))
    assert (one.code, one.reasons, one.accepted_count) == ("R", [reason], 0)


def test_an_unsupported_version_is_said_to_be_one() -> None:
    [one] = answer(REMITTANCE.replace(b"005010X221A1", b"004010X091A1"))
    assert (one.code, one.responses[0].reasons) == ("R", ["I6"])


def test_a_999_is_not_acknowledged() -> None:
    assert answer(written(CLAIMS)) == []


def interchange_answer(result: CheckResult) -> list[tuple[str, str, str]]:
    """Control number, code and note of each TA1."""
    answers = acknowledge_interchanges(result.interchanges, list(result.findings))
    return [(one.control_number, one.code, one.note) for one in answers]


@pytest.mark.parametrize(
    ("old", "new", "code", "note"),
    [
        (b"", b"", "A", "000"),
        (b"IEA*1*000000017", b"IEA*1*000000018", "R", "001"),
        (b"IEA*1*", b"IEA*2*", "R", "021"),
        (b"IEA*1*000000017~", b"", "R", "023"),
        (b"*BILLWRIGHT     *", b"*BILLWRIGHT    *", "R", "006"),
    ],
)
def test_an_interchange_is_acknowledged_by_its_envelope_alone(old: bytes, new: bytes, code: str, note: str) -> None:
    result = check(CLAIMS.replace(old, new, 1).replace(b"HI*ABK:I10", b"HI*ABK:"))
    assert interchange_answer(result) == [("000000017", code, note)]


def test_a_ta1_is_written_and_read_back() -> None:
    result = check(CLAIMS)
    sent = acknowledge_interchanges(result.interchanges, list(result.findings))
    content = write_ta1(ENVELOPE, sent)
    assert content.endswith(b"~TA1*000000017*260302*0930*A*000~IEA*0*000000017~")
    reader = stream_ta1(content)
    assert list(reader) == sent
    assert list(reader.findings) == []


def test_a_damaged_interchange_does_not_hide_the_good_one_after_it() -> None:
    damaged = CLAIMS[: CLAIMS.index(b"CLM*PCN2")]
    result = check(damaged + REMITTANCE)
    assert interchange_answer(result) == [("000000017", "R", "023"), ("000000017", "A", "000")]
    assert [payment.balanced for payment in result.payments] == [True]
