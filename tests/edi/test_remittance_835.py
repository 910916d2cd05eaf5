"""The 835: read claim by claim, written so that others accept it, nothing of the payer's words lost."""

import datetime as dt
from decimal import Decimal

import pytest
from tests.edi.examples import ENVELOPE, paid_claim, paid_line, remittance, without_positions
from tests.edi.judge import complaints

from edi.balance import check_balance
from edi.check import check
from edi.parties import Reference
from edi.procedures import Adjustment, Procedure
from edi.remittance_835 import (
    ClaimPayment,
    Payment,
    PaymentClose,
    ProviderAdjustment,
    Quantity,
    Remittance,
    read_835,
    stream_835,
    write_835,
)
from edi.x12.errors import ValueRefusedError

PERIOD = dt.date(2026, 12, 31)


def adjustment(reason: str, cents: int, reference: str = "ICN77") -> ProviderAdjustment:
    """A provider-level adjustment."""
    return ProviderAdjustment("1999999984", PERIOD, reason, reference, cents)


BUNDLED = paid_claim(
    charge_cents=15000,
    paid_cents=9000,
    patient_responsibility_cents=None,
    lines=[
        paid_line("80053", 10000, 9000, Adjustment("CO", "45", 1000)),
        paid_line("80048", 5000, 0, Adjustment("CO", "97", 5000), submitted_procedure=Procedure("HC", "80053")),
    ],
)
REVERSAL = paid_claim(
    status_code="22",
    charge_cents=-10000,
    paid_cents=-8000,
    patient_responsibility_cents=None,
    lines=[paid_line("99213", -10000, -8000, Adjustment("CO", "45", -2000), paid_units=Decimal(-1))],
)
CLAIM_LEVEL = paid_claim(
    lines=[],
    adjustments=[Adjustment("CO", "45", 6550), Adjustment("PR", "1", 3000)],
    quantities=[Quantity("CA", Decimal("2.5"))],
    references=[Reference("EA", "RECORD7")],
)
REMITTANCES = {
    "paid": [remittance(paid_claim())],
    "bundled": [remittance(BUNDLED)],
    "reversal and correction": [remittance(REVERSAL, paid_claim(paid_cents=8000))],
    "claim level only": [remittance(CLAIM_LEVEL)],
    "recovery and interest": [remittance(paid_claim(), adjustments=(adjustment("WO", 5000), adjustment("L6", -500)))],
    "two payments": [remittance(paid_claim()), remittance(BUNDLED)],
}


@pytest.mark.parametrize("name", REMITTANCES)
def test_an_independent_judge_accepts_what_is_written(name: str) -> None:
    assert complaints(write_835(ENVELOPE, REMITTANCES[name])) == []


@pytest.mark.parametrize("name", REMITTANCES)
def test_reading_gives_back_what_was_written_and_it_balances(name: str) -> None:
    content = write_835(ENVELOPE, REMITTANCES[name])
    again = list(read_835(content))
    assert without_positions(again) == without_positions(REMITTANCES[name])
    assert write_835(ENVELOPE, again) == content
    assert [finding for one in again for finding in check_balance(one)] == []
    assert check(content).ok


def test_a_stream_gives_the_head_first_then_claims_then_the_provider_level() -> None:
    content = write_835(ENVELOPE, REMITTANCES["recovery and interest"])
    payment, claim, close = list(stream_835(content))
    assert isinstance(payment, Payment)
    assert isinstance(claim, ClaimPayment)
    assert isinstance(close, PaymentClose)
    assert (payment.payment_cents, payment.trace_number, payment.payee_npi) == (3500, "EFT0001", "1999999984")
    assert [(one.reason, one.reference, one.amount_cents) for one in close.provider_adjustments] == [
        ("WO", "ICN77", 5000),
        ("L6", "ICN77", -500),
    ]


def test_claims_and_lines_know_the_bytes_they_came_from() -> None:
    content = write_835(ENVELOPE, [remittance(paid_claim())])
    [one] = read_835(content)
    claim = one.claims[0]
    assert content[claim.byte_start : claim.byte_end].startswith(b"CLP*PCN100001*1*175.5*80*30*12*ICN0001*11*1~")
    assert content[claim.byte_start : claim.byte_end].endswith(b"LQ*HE*N290~")
    first = claim.lines[0]
    assert content[first.byte_start : first.byte_end].split(b"~")[0] == b"SVC*HC:99213*150.5*80**1"


def test_the_source_may_come_in_pieces_of_any_size() -> None:
    content = write_835(ENVELOPE, REMITTANCES["two payments"])
    whole = list(read_835(content))
    for size in (1, 7, 100):
        assert list(read_835(content[at : at + size] for at in range(0, len(content), size))) == whole


def test_a_second_plb_segment_is_read() -> None:
    first, later = adjustment("CS", 100, "A"), ProviderAdjustment("1999999984", dt.date(2027, 12, 31), "CS", "B", 200)
    content = write_835(ENVELOPE, [remittance(paid_claim(), adjustments=(first, later))])
    assert content.count(b"~PLB*") == 2
    [one] = read_835(content)
    assert one.close.provider_adjustment_cents == 300
    assert check(content).ok


def one_cent_off(one: Remittance, level: str) -> Remittance:
    """The same remittance with one amount wrong by a cent."""
    if level == "payment":
        one.payment.payment_cents += 1
    elif level == "claim":
        one.claims[0].paid_cents += 1
        one.payment.payment_cents += 1
    else:
        one.claims[0].lines[0].adjustments[0].amount_cents += 1
    return one


@pytest.mark.parametrize(
    ("level", "codes"),
    [
        ("payment", {"balance.payment"}),
        ("claim", {"balance.claim"}),
        ("service", {"balance.service", "balance.claim"}),
    ],
)
def test_a_cent_that_is_off_is_found_at_its_level_and_left_as_it_is(level: str, codes: set[str]) -> None:
    [one] = read_835(write_835(ENVELOPE, [remittance(paid_claim())]))
    assert check_balance(one) == []
    content = write_835(ENVELOPE, [one_cent_off(one, level)])
    [again] = read_835(content)
    assert {finding.code for finding in check_balance(again)} == codes
    assert write_835(ENVELOPE, [again]) == content
    assert [payment.balanced for payment in check(content).payments] == [False]


def test_a_negative_payment_cannot_be_written() -> None:
    one = remittance(REVERSAL)
    with pytest.raises(ValueRefusedError, match="PLB FB"):
        write_835(ENVELOPE, [one])


def test_an_older_version_is_refused_by_name_with_its_envelope() -> None:
    content = write_835(ENVELOPE, [remittance(paid_claim())]).replace(b"005010X221A1", b"004010X091A1")
    result = check(content)
    [finding] = [each for each in result.findings if each.is_error]
    assert (finding.code, finding.element, finding.text) == ("syntax.version-refused", "GS08", "004010X091A1")
    assert "005010X221A1" in finding.expected
    assert result.interchanges[0].sender_id == "BILLWRIGHT"
    assert [each.transaction.control_number for each in result.transactions] == ["0001"]
    assert list(read_835(content)) == []
