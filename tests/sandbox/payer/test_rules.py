"""How payers decide: fee schedule, patient's share, sequestration, denials, other payers."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sandbox.payer.claims_files import (
    HARBOR,
    HERON,
    MEDICAID,
    MEDICARE,
    SENT,
    SERVED,
    SUMMIT,
    claim,
    insured,
    later_claim,
)

from edi.balance import check_claim
from edi.claim_837 import Claim, OtherPayer
from edi.remittance import ClaimPayment
from sandbox.payer.adjudication import adjudicate
from sandbox.payer.coordination import prior_effects
from sandbox.payer.profiles import Profile, profile_of
from sandbox.payer.shares import fill, percent_of

MANY = range(1, 400)


def decide(one: Claim, profile: Profile | None = None) -> ClaimPayment:
    chosen = profile or profile_of(one.subscriber.payer.identifier)
    return adjudicate(one, chosen, file_number="000000001", received=SENT)


def codes(payment: ClaimPayment) -> set[str]:
    return {f"{one.group}-{one.reason}" for line in payment.lines for one in line.adjustments}


def cents(payment: ClaimPayment, code: str) -> int:
    return sum(
        one.amount_cents for line in payment.lines for one in line.adjustments if f"{one.group}-{one.reason}" == code
    )


def willing(payer_id: str, **changes: object) -> Profile:
    """A payer's profile without chance: nothing denied or bundled, no deductible."""
    quiet = {"denied_percent": 0, "bundled_percent": 0, "deductible_percent": 0, "left_percent": 0, **changes}
    return msgspec.structs.replace(profile_of(payer_id), **quiet)


def test_medicare_pays_80_percent_of_what_it_allows_less_sequestration() -> None:
    found = decide(claim(3, MEDICARE, lines=1), willing(MEDICARE, allowed_percent=range(65, 66)))
    # 40.00 charged: 26.00 allowed, 5.20 to the patient, 2 % of 20.80 sequestered.
    assert (found.charge_cents, cents(found, "CO-45"), cents(found, "PR-2"), cents(found, "CO-253")) == (
        4000,
        1400,
        520,
        42,
    )
    assert (found.paid_cents, found.patient_responsibility_cents) == (2038, 520)


def test_a_commercial_plan_takes_one_copay_a_claim() -> None:
    found = decide(claim(4, HERON, lines=3), willing(HERON))
    assert cents(found, "PR-3") == found.patient_responsibility_cents == 2500
    assert codes(found) == {"CO-45", "PR-3"}


def test_a_deductible_comes_before_coinsurance() -> None:
    found = decide(
        claim(3, MEDICARE, lines=1), willing(MEDICARE, allowed_percent=range(65, 66), deductible_percent=100)
    )
    deductible = cents(found, "PR-1")
    assert deductible == 2500 or found.paid_cents == 0
    assert cents(found, "PR-2") == percent_of(2600 - deductible, 20)


def test_a_good_part_is_paid_some_denied_some_bundled() -> None:
    found = [decide(claim(number, SUMMIT)) for number in MANY]
    denied = [one for one in found if one.status_code == "4"]
    assert 0.04 < len(denied) / len(found) < 0.12
    assert all(one.paid_cents == 0 and one.patient_responsibility_cents == 0 for one in denied)
    assert {code for one in denied for code in codes(one)} == {"CO-197", "CO-16", "CO-50"}
    assert all(line.remarks for one in denied for line in one.lines if "CO-16" in codes(one))
    assert any("CO-97" in codes(one) for one in found)
    assert any("PR-1" in codes(one) for one in found)


def test_a_late_claim_is_denied() -> None:
    profile = willing(SUMMIT)
    last_day = SENT - dt.timedelta(days=profile.timely_filing_days)
    assert codes(decide(claim(1, SUMMIT, served=last_day), profile)) == {"CO-45", "PR-3"}
    assert codes(decide(claim(1, SUMMIT, served=last_day - dt.timedelta(days=1)), profile)) == {"CO-29"}


def test_a_later_payer_wants_the_first_one_s_decision() -> None:
    profile = willing(HARBOR)
    assert codes(decide(claim(1, HARBOR, place="S"), profile)) == {"CO-22"}
    assert "CO-22" not in codes(decide(later_claim(1, HARBOR), profile))


def test_a_supplement_pays_what_is_left_to_the_patient() -> None:
    one = later_claim(2, HARBOR)
    found = decide(one, willing(HARBOR))
    assert (found.status_code, codes(found), found.patient_responsibility_cents) == ("2", {"OA-23"}, 0)
    assert found.paid_cents == one.charge_cents - cents(found, "OA-23")
    kept = decide(one, willing(HARBOR, left_percent=100))
    assert (found.paid_cents - kept.paid_cents, cents(kept, "PR-1")) == (1500, 1500)


def test_medicaid_after_another_payer_pays_up_to_what_it_allows() -> None:
    one = later_claim(2, MEDICAID)
    # The first payer paid 44 % and left 16 %; with 50 % allowed 6 % is paid and 10 % discounted.
    found = decide(one, willing(MEDICAID, allowed_percent=range(50, 51)))
    assert codes(found) == {"OA-23", "CO-45"}
    assert found.paid_cents == pytest.approx(one.charge_cents * 6 // 100, abs=len(one.lines))
    nothing = decide(one, willing(MEDICAID, allowed_percent=range(40, 41)))
    assert (nothing.paid_cents, nothing.status_code) == (0, "2")


def test_a_decision_given_for_the_whole_claim_is_spread_over_its_lines() -> None:
    one = later_claim(4, HARBOR)
    total = sum(prior_effects(one))
    for line in one.lines:
        one.others[0].adjustments += line.adjudications[0].adjustments
        line.adjudications.clear()
    assert sum(prior_effects(one)) == total
    assert check_claim(decide(one)) == []


def test_a_crossover_is_forwarded_only_by_a_payer_that_does_so() -> None:
    later = OtherPayer(insured=insured(HARBOR, "SYN1", place="S"))
    one = claim(1, MEDICARE, others=[later])
    assert decide(one, willing(MEDICARE)).status_code == "1"
    forwarded = decide(one, willing(MEDICARE, forwards_to_supplement=True))
    carrier = forwarded.party("TT")
    assert (forwarded.status_code, carrier.identifier if carrier else "") == ("19", HARBOR)
    assert decide(claim(1, MEDICARE), willing(MEDICARE, forwards_to_supplement=True)).status_code == "1"


@given(
    number=st.integers(1, 999_999),
    payer_id=st.sampled_from([MEDICARE, MEDICAID, HERON, SUMMIT, HARBOR, "77777"]),
    cut=st.sampled_from([0, 10]),
    is_later=st.booleans(),
)
def test_every_decision_balances(number: int, payer_id: str, cut: int, *, is_later: bool) -> None:
    one = later_claim(number, payer_id) if is_later else claim(number, payer_id, served=SERVED)
    found = adjudicate(one, profile_of(payer_id), file_number="1", received=SENT, cut_percent=cut)
    assert check_claim(found) == []
    assert found.patient_responsibility_cents == sum(
        each.amount_cents for line in found.lines for each in line.adjustments if each.group == "PR"
    )
    assert all(0 <= line.paid_cents <= line.charge_cents for line in found.lines)
    assert all(each.amount_cents > 0 for line in found.lines for each in line.adjustments)


@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**6)))
def test_filling_rooms_loses_nothing_that_fits(cents: int, rooms: list[int]) -> None:
    filled = fill(cents, rooms)
    assert sum(filled) == min(cents, sum(rooms))
    assert all(0 <= share <= room for share, room in zip(filled, rooms, strict=True))
