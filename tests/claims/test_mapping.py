"""From claim to 837P by property: what the rules let through can be written, and what earlier payers decided adds up."""

import datetime as dt
from typing import Any

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from claims.charges.posting import charge_entry
from claims.prior import PriorAdjustment, PriorDecision, PriorLine
from claims.scrubbing.engine import run_rules
from claims.scrubbing.rules.catalog import RULES
from claims.scrubbing.snapshot import ClaimSnapshot, LineSnapshot
from claims.submission.mapping_837p import (
    EarlierPayer,
    Sendable,
    SentLine,
    billing_provider,
    professional_claim,
    referring_party,
    rendering_party,
    submitter,
)
from claims.wording import x12_text
from directory.public import Payer
from edi.claim_837 import Claim, ClaimSet
from edi.claim_837p import OutgoingSet, stream_837p, write_837p
from edi.parties import Party
from edi.procedures import total_cents
from edi.x12.envelope import Envelope
from kernel.ids import named_id
from ledger.public import Account
from patients.public import Coverage, Patient
from tenancy.public import BillingPractice

TODAY = dt.date(2026, 9, 30)
PRACTICE = BillingPractice(
    practice_id=named_id("practice"), company_id=named_id("company"), slug="riverbend", name="Riverbend Family Medicine",
    npi="1234567893", tax_id="311234567", taxonomy="207Q00000X", address="12 Mill Street", city="Columbus",
    state_code="OH", zip="432151234", phone="6145550100", time_zone="America/New_York", claim_prefix="RB",
    status="active", created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
)  # fmt: skip
PATIENT = Patient(
    id=named_id("patient"), account_number="A-1", last_name="Marlowe", first_name="Petra", birth_date=dt.date(1980, 2, 29),
    sex="F", address="12 Mill Street", city="Columbus", state_code="OH", zip="43215",
)  # fmt: skip
FIRST, SECOND = (
    Payer(id=named_id(code), code=code, name=code, kind="commercial", edi_id=code, timely_filing_days=180)
    for code in ("FIRST", "SECOND")
)
COVERAGE = Coverage(id=named_id("coverage"), patient_id=PATIENT.id, rank=1, payer_id=FIRST.id, member_id="SYN1")


def write(one: Sendable) -> Claim:
    """The claim as it is read back from the file it was written to."""
    head = ClaimSet(
        reference="1-1", created=TODAY, created_time=dt.time(12), submitter=submitter(PRACTICE, "US"),
        receiver=Party("40", "PARTNER", id_qualifier="46", identifier="THEM"),
    )  # fmt: skip
    envelope = Envelope(
        sender_id="US", receiver_id="THEM", date=TODAY, time=dt.time(12), control_number=1, group_control_number=1
    )
    sets = [OutgoingSet("0001", head, [professional_claim(one, billing_provider(PRACTICE))])]
    return next(each for each in stream_837p(write_837p(envelope, sets)) if isinstance(each, Claim))


def sendable(**changes: Any) -> Sendable:
    values: dict[str, Any] = {
        "number": "RB0000011", "charge_cents": 20_000, "payer_order": 1, "place_of_service": "11",
        "prior_authorization": "", "diagnoses": ("E119",), "rendering_taxonomy": "207Q00000X",
        "rendering": rendering_party("2999901012", "Okaforson", "Ines"), "referring": None, "patient": PATIENT,
        "coverage": COVERAGE, "payer": FIRST, "later": (), "earlier": (), "lines": (line(1, 20_000),), **changes,
    }  # fmt: skip
    return Sendable(**values)


def line(number: int, cents: int) -> SentLine:
    return SentLine(
        id=named_id("line", number), number=number, control_number=f"RB0000011L{number}", procedure_code="G0439",
        modifiers=(), units=1, charge_cents=cents, pointers=(1,), service_date=TODAY,
    )  # fmt: skip


def snapshot(patient: Patient, coverage: Coverage, authorization: str, referrer: str) -> ClaimSnapshot:
    service = LineSnapshot(
        id=named_id("line", 1), line_number=1, procedure_code="G0439", modifiers=(), units=1, charge_cents=20_000,
        pointers=(1,),
    )  # fmt: skip
    return ClaimSnapshot(
        claim_id=named_id("claim"), patient_id=patient.id, state="held", charge_cents=20_000, service_date=TODAY,
        place_of_service="11", prior_authorization=authorization, diagnoses=("E119",), rendering_npi="2999901012",
        provider_id=named_id("provider"), stored_provider_id=None, enrolled=True, referring_npi="2999909023",
        referring_last_name=referrer, patient=patient, coverage=coverage, payer_kind="commercial", payer_order=1,
        timely_filing_days=180, with_payer_already=False, prior=(), lines=(service,), today=TODAY,
    )  # fmt: skip


WORDS = st.text(min_size=1, max_size=12) | st.text("aZé-' *~:^\n0", min_size=1, max_size=70) | st.just("Marlowe")
NUMBERS = st.sampled_from(("SYN-1", "A/B 7", "0'(+)&.")) | WORDS


@given(WORDS, WORDS, NUMBERS, NUMBERS, NUMBERS, WORDS)
def test_whatever_the_rules_let_through_can_be_written(
    name: str, street: str, member: str, group: str, authorization: str, referrer: str
) -> None:
    patient = msgspec.structs.replace(PATIENT, last_name=name, address=street)
    coverage = msgspec.structs.replace(COVERAGE, member_id=member, group_number=group)
    assume(not run_rules(snapshot(patient, coverage, authorization, referrer), RULES))
    referring = referring_party("2999909023", referrer, "")
    one = write(sendable(patient=patient, coverage=coverage, prior_authorization=authorization, referring=referring))
    assert one.subscriber.party.name == x12_text(name)
    assert (one.subscriber.party.identifier, one.prior_authorization) == (member, authorization)
    assert one.control_number == "RB0000011"


@given(st.text())
def test_written_text_holds_no_separator_and_does_not_change_again(text: str) -> None:
    written = x12_text(text)
    assert written.isascii()
    assert not set(written) & set("*~:^|\n\r")
    assert x12_text(written) == written


def test_accents_fall_away_and_letters_of_their_own_are_spelled() -> None:
    assert [x12_text(name) for name in ("Núñez", "O’Hara", "Groß", "Łukasz", "Ærø", "山田")] == [
        "Nunez", "O'Hara", "Gross", "Lukasz", "AEro", "",
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=6))
def test_prior_payment_and_adjustments_make_up_the_charge(amounts: list[tuple[int, int, int]]) -> None:
    amounts = [(paid, off, patient) for paid, off, patient in amounts if paid + off + patient] or [(1, 0, 0)]
    lines = tuple(line(place, sum(one)) for place, one in enumerate(amounts, start=1))
    decided = tuple(
        PriorLine(
            ours.id, ours.charge_cents, paid, (PriorAdjustment("CO", "45", off), PriorAdjustment("PR", "2", patient, 1))
        )
        for ours, (paid, off, patient) in zip(lines, amounts, strict=True)
    )
    decision = PriorDecision(payer_order=1, payer_id=FIRST.id, patient_cents=0, paid_date=TODAY, lines=decided)
    assert all(one.accounted_cents == one.charge_cents for one in decided)
    second = msgspec.structs.replace(COVERAGE, rank=2, payer_id=SECOND.id)
    one = write(
        sendable(
            charge_cents=sum(ours.charge_cents for ours in lines), payer_order=2, payer=SECOND, coverage=second,
            earlier=(EarlierPayer(decision, COVERAGE, FIRST),), lines=lines,
        )
    )  # fmt: skip
    assert one.charge_cents == sum(each.charge_cents for each in one.lines)
    told = [each for service in one.lines for each in service.adjudications]
    assert one.charge_cents == (one.others[0].paid_cents or 0) + sum(total_cents(each.adjustments) for each in told)


@given(st.lists(st.integers(-(10**6), 10**6), max_size=6))
def test_a_charge_entry_owes_exactly_what_the_lines_charge(cents: list[int]) -> None:
    lines = [(named_id("line", place), one) for place, one in enumerate(cents)]
    entry = charge_entry(
        claim_id=named_id("claim"), number="RB0000011", payer_id=FIRST.id, lines=lines, posted_date=TODAY
    )
    transfers = entry.transfers if entry else ()
    owed = sum(one.amount_cents * (1 if one.debit is Account.INSURANCE_1 else -1) for one in transfers)
    assert owed == sum(cents)
    assert {one.item_id for one in transfers} == {key for key, one in lines if one}
