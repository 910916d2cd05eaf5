"""The demonstration's people and numbers: synthetic, and consistent with one another."""

from collections import Counter

from app.demo.facts import load_facts
from app.demo.invented import load_people

FACTS = load_facts()


def check_digit_holds(npi: str) -> bool:
    """The Luhn check over the NPI behind the prefix 80840 (45 CFR 162.406; the NPI standard's own worked example)."""
    doubled = [int(digit) * (1 + (place % 2)) for place, digit in enumerate(reversed("80840" + npi))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def test_the_check_digit_rule_of_this_test_is_the_standards() -> None:
    assert check_digit_holds("1234567893")
    assert not check_digit_holds("1234567894")


def test_every_npi_is_synthetic_different_and_has_its_check_digit() -> None:
    npis = [practice.npi for practice in FACTS.practices]
    npis += [provider.npi for provider in FACTS.providers]
    npis += [referring.npi for referring in load_people().referring]
    assert len(set(npis)) == len(npis)
    for npi in npis:
        assert npi.startswith("29999")
        assert check_digit_holds(npi), npi


def test_codes_and_slugs_that_others_refer_to_exist() -> None:
    practices = {practice.slug for practice in FACTS.practices}
    payers = {payer.code for payer in FACTS.payers}
    assert practices == {"riverbend", "cedar-hill"}
    assert len(payers) == len(FACTS.payers) == 5
    assert len({payer.x12_payer_id for payer in FACTS.payers}) == 5
    assert {provider.practice for provider in FACTS.providers} == practices
    for person in (*FACTS.staff, *FACTS.practice_users):
        assert set(person.practices) <= practices
    assert {enrollment.payer for enrollment in FACTS.enrollments()} == payers


def test_addresses_can_stand_in_an_837() -> None:
    for place in (FACTS.company, *FACTS.practices):
        assert len(place.zip) == 9
        assert (place.zip + place.tax_id).isdigit()
        assert place.tax_id.startswith("89")


def test_people_who_sign_in() -> None:
    people = (*FACTS.staff, *FACTS.practice_users)
    assert len({person.email for person in people}) == len(people)
    assert all(person.email.endswith(f"@{FACTS.company.email_domain}") for person in FACTS.staff)
    assert Counter(person.role for person in people) == {
        "administrator": 1, "biller": 2, "poster": 1, "credentialing": 1, "auditor": 1, "practice_admin": 2,
    }  # fmt: skip
    billers = [person.practices for person in FACTS.staff if person.role == "biller"]
    assert billers == [("riverbend",), ("cedar-hill",)]


def test_each_provider_is_enrolled_with_every_payer_but_one_pending_pair_a_practice() -> None:
    enrollments = FACTS.enrollments()
    pairs = {(enrollment.provider, enrollment.payer) for enrollment in enrollments}
    assert len(pairs) == len(enrollments) == len(FACTS.providers) * len(FACTS.payers)
    pending = [enrollment for enrollment in enrollments if enrollment.effective_date is None]
    assert [enrollment.practice for enrollment in pending] == ["riverbend", "cedar-hill"]
    for enrollment in pending:
        assert enrollment.applied_date is not None
        assert enrollment.retroactive_effective_date is not None
