"""What comes back for a file of claims: a 999 always, a 277CA and payments for what was taken."""

import datetime as dt
from pathlib import Path

import pytest
from tests.sandbox.payer.claims_files import HARBOR, HERON, MEDICAID, MEDICARE, claim, claims_file, later_claim
from tests.sandbox.payer.oracle import is_accepted

from edi.ack_277ca import ClaimAcknowledgment, stream_277ca
from edi.ack_999 import Acknowledgment, stream_999
from edi.balance import check_balance
from edi.remittance import Remittance
from edi.remittance_835 import read_835
from sandbox.payer.answers import answer
from sandbox.payer.reading import read_claims_file

TODAY = dt.date(2026, 9, 30)
DAY = claims_file(
    7,
    [claim(number, MEDICARE, dependent=number % 4 == 0) for number in range(1, 60)],
    [claim(number, "77777") for number in range(60, 80)],
    [later_claim(number, (HARBOR, MEDICAID, HERON)[number % 3]) for number in range(80, 140)],
)


def answers(content: bytes) -> dict[str, bytes]:
    return answer(read_claims_file(content), [], TODAY)


def acknowledged(content: bytes) -> Acknowledgment:
    reader = stream_999(answers(content)["999"])
    (found,) = reader
    assert not list(reader.findings)
    return found


def statuses(content: bytes) -> list[ClaimAcknowledgment]:
    return list(stream_277ca(answers(content)["277ca"]))


def remittances(content: bytes) -> list[Remittance]:
    file = read_835(answers(content)["835"])
    found = list(file)
    assert not list(file.findings)
    return found


def test_a_readable_file_is_accepted_set_by_set() -> None:
    found = acknowledged(DAY)
    assert (found.code, found.received_count, found.accepted_count) == ("A", 3, 3)
    assert [(one.control_number, one.code) for one in found.responses] == [("0001", "A"), ("0002", "A"), ("0003", "A")]


def test_every_claim_is_taken_and_paid_or_denied_once() -> None:
    sent = [f"RB{number:06}" for number in range(1, 140)]
    taken = [one for status in statuses(DAY) for one in status.claims]
    decided = [one for remittance in remittances(DAY) for one in remittance.claims]
    assert sorted(one.control_number for one in taken) == sent
    assert not any(one.is_rejected for one in taken)
    assert sorted(one.control_number for one in decided) == sent
    assert {one.control_number: one.payer_claim_number for one in taken} == {
        one.control_number: one.payer_claim_number for one in decided
    }


def test_payments_balance_at_all_three_levels() -> None:
    for remittance in remittances(DAY):
        assert check_balance(remittance) == []


def test_one_payment_for_each_payer_with_a_trace_of_its_own() -> None:
    found = remittances(DAY)
    payers = [one.payment.payer.reference("2U") for one in found if one.payment.payer]
    assert sorted(payers) == sorted(["77777", MEDICARE, MEDICAID, HERON, HARBOR])
    assert len({one.payment.trace_number for one in found}) == len(found)
    assert {one.payment.payee_npi for one in found} == {"2999901004"}
    assert {one.payment.production_date for one in found} == {TODAY}


def test_every_line_comes_back_under_its_control_number() -> None:
    for remittance in remittances(DAY):
        for one in remittance.claims:
            expected = [f"{one.control_number}-{place}" for place in range(1, len(one.lines) + 1)]
            assert [line.control_number for line in one.lines] == expected


def test_an_independent_program_takes_the_files(tmp_path: Path) -> None:
    assert is_accepted(DAY, tmp_path)
    assert is_accepted(answers(DAY)["835"], tmp_path)
    assert is_accepted(answers(DAY)["999"], tmp_path)
    assert not is_accepted(answers(DAY)["835"].replace(b"*HC:", b"*QQ:", 1), tmp_path)


def test_the_same_bytes_are_answered_with_the_same_bytes() -> None:
    assert answers(DAY) == answers(bytes(DAY))


def test_a_claim_for_a_payer_that_is_not_served_is_sent_back() -> None:
    content = claims_file(1, [claim(1, "00000"), claim(2, MEDICARE)])
    found = {one.control_number: one for status in statuses(content) for one in status.claims}
    assert [(one.category, one.code) for one in found["RB000001"].statuses] == [("A3", "116")]
    assert found["RB000001"].is_rejected
    assert not found["RB000002"].is_rejected
    assert [one.control_number for each in remittances(content) for one in each.claims] == ["RB000002"]


def test_a_claim_without_member_id_is_sent_back() -> None:
    content = claims_file(1, [claim(1, MEDICARE, member_id="")])
    ((found,),) = (status.claims for status in statuses(content))
    assert [(one.category, one.code, one.entity) for one in found.statuses] == [("A6", "164", "IL")]
    assert set(answers(content)) == {"999", "277ca"}


def test_a_set_that_does_not_parse_is_rejected_and_the_others_go_on() -> None:
    content = claims_file(1, [claim(1, MEDICARE, lines=1)], [claim(2, MEDICARE, lines=1)])
    broken = content.replace(b"CLM*RB000002*", b"CLM*RB000002*TEN", 1)
    found = acknowledged(broken)
    assert (found.code, found.received_count, found.accepted_count) == ("P", 2, 1)
    assert [one.code for one in found.responses] == ["A", "R"]
    assert [one.control_number for each in remittances(broken) for one in each.claims] == ["RB000001"]
    assert acknowledged(content).code == "A"


UNREADABLE = {
    "nothing": b"",
    "a letter": b"Dear payer, please pay.",
    "a broken ISA": DAY.replace(b"*NORTHGATE01    *", b"*NORTHGATE01   *", 1),
    "an institutional claim": DAY.replace(b"005010X222A1", b"005010X223A2"),
    "a number no answer can repeat": DAY.replace(b"CLM*RB000001", b"CLM*RB\xe900001"),
    "amounts cut by a delimiter": DAY.replace(b"*", b"."),
    "only an envelope": DAY[: DAY.index(b"ST*")] + b"GE*0*7~IEA*1*000000007~",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_rejected(name: str) -> None:
    found = acknowledged(UNREADABLE[name])
    assert (found.code, found.accepted_count) == ("R", 0)
    assert set(answers(UNREADABLE[name])) == {"999"}


def test_answers_go_back_in_the_sender_s_delimiters() -> None:
    content = DAY.replace(b"*", b"|").replace(b"~", b"!")
    assert answers(content)["835"].startswith(b"ISA|00|")
    assert [one.payment.payment_cents for one in remittances(content)] == [
        one.payment.payment_cents for one in remittances(DAY)
    ]
