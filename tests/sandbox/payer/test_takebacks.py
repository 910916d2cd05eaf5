"""Money taken back: a reversal with its correction, left with the provider there, recovered from the new payment."""

import datetime as dt
from pathlib import Path

from tests.sandbox.payer.claims_files import HERON, MEDICARE, SUMMIT, claim, claims_file, insured
from tests.sandbox.payer.oracle import is_accepted

from edi.balance import check_balance
from edi.claim_837 import Claim, OtherPayer
from edi.remittance import Remittance
from edi.remittance_835 import read_835
from sandbox.payer.answers import answer
from sandbox.payer.payments import Settlement, settle
from sandbox.payer.reading import read_claims_file

TODAY = dt.date(2026, 9, 30)
FIRST = claims_file(1, [claim(number, SUMMIT) for number in range(1, 20)])
SECOND = claims_file(2, [claim(number, SUMMIT) for number in range(20, 40)])
THIRD = claims_file(3, [claim(number, SUMMIT) for number in range(40, 60)])


def settlements(*files: bytes) -> list[Settlement]:
    return [one for content in files for one in settle(read_claims_file(content))]


def answered(content: bytes, *before: bytes) -> bytes:
    return answer(read_claims_file(content), settlements(*before), TODAY)["835"]


def payments(content: bytes, *before: bytes) -> list[Remittance]:
    return list(read_835(answered(content, *before)))


def test_the_first_file_takes_nothing_back() -> None:
    (only,) = payments(FIRST)
    assert only.close.provider_adjustments == []


def test_the_second_file_reverses_corrects_and_recovers(tmp_path: Path) -> None:
    (original,) = payments(FIRST)
    takeback, new = payments(SECOND, FIRST)
    reversal, correction = takeback.claims
    (before,) = [one for one in original.claims if one.payer_claim_number == reversal.payer_claim_number]

    assert (reversal.status_code, correction.status_code) == ("22", "1")
    assert reversal.control_number == correction.control_number == before.control_number
    assert (reversal.charge_cents, reversal.paid_cents, reversal.patient_responsibility_cents) == (
        -before.charge_cents,
        -before.paid_cents,
        -(before.patient_responsibility_cents or 0),
    )
    for line, was in zip(reversal.lines, before.lines, strict=True):
        assert (line.control_number, line.charge_cents, line.paid_cents) == (
            was.control_number,
            -was.charge_cents,
            -was.paid_cents,
        )
        assert [(one.group, one.reason, one.amount_cents) for one in line.adjustments] == [
            (one.group, one.reason, -one.amount_cents) for one in was.adjustments
        ]
    assert correction.payer_claim_number != before.payer_claim_number
    assert correction.references[0].value == before.payer_claim_number

    less = before.paid_cents - correction.paid_cents
    assert less > 0
    (left,), (recovered,) = takeback.close.provider_adjustments, new.close.provider_adjustments
    assert (left.reason, left.amount_cents, left.reference) == ("WO", -less, before.payer_claim_number)
    assert (recovered.reason, recovered.amount_cents, recovered.reference) == ("WO", less, before.payer_claim_number)
    assert (takeback.payment.payment_cents, takeback.payment.method_code) == (0, "NON")
    assert new.payment.payment_cents == sum(one.paid_cents for one in new.claims) - less
    assert takeback.payment.trace_number != new.payment.trace_number
    assert check_balance(takeback) == check_balance(new) == []
    assert is_accepted(answered(SECOND, FIRST), tmp_path)


def test_each_later_file_takes_back_from_the_one_before_it() -> None:
    numbers = {one.control_number for one in payments(SECOND, FIRST)[1].claims}
    takeback, _ = payments(THIRD, FIRST, SECOND)
    assert {one.control_number for one in takeback.claims} <= numbers


def test_another_payer_s_file_is_not_an_earlier_one() -> None:
    other = claims_file(1, [claim(number, HERON) for number in range(1, 20)])
    assert len(payments(SECOND, other)) == 1
    assert len(payments(SECOND, FIRST, other)) == 2


def test_a_payment_too_small_to_recover_from_takes_nothing_back() -> None:
    rejected = claims_file(2, [claim(20, SUMMIT, served=dt.date(2020, 1, 1))])
    (only,) = payments(rejected, FIRST)
    assert (only.payment.payment_cents, only.close.provider_adjustments) == (0, [])


def test_money_that_moved_on_to_another_payer_is_left_alone() -> None:
    def shared(number: int) -> Claim:
        return claim(number, MEDICARE, others=[OtherPayer(insured=insured(HERON, "SYN1", place="S"))])

    alone = claims_file(1, [claim(number, MEDICARE) for number in range(1, 20)])
    with_other = claims_file(1, [shared(number) for number in range(1, 20)])
    new = claims_file(2, [claim(number, MEDICARE) for number in range(20, 40)])
    assert len(payments(new, with_other)) == 1
    assert len(payments(new, alone)) == 2
