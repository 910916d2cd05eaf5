"""Invented people, providers and payers, and the claims and remittances the tests are about."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from edi.claim_837 import (
    BillingProvider,
    Claim,
    ClaimSet,
    Insured,
    LineAdjudication,
    OtherPayer,
    ServiceLine,
)
from edi.claim_837p import OutgoingSet
from edi.parties import Address, Amount, Contact, ContactNumber, DatedFact, Party, Reference
from edi.procedures import Adjustment, Procedure
from edi.remittance_835 import (
    BankAccount,
    ClaimGroup,
    ClaimPayment,
    OutpatientAdjudication,
    Payment,
    PaymentClose,
    ProviderAdjustment,
    RemarkCode,
    Remittance,
    ServicePayment,
)
from edi.x12.envelope import Envelope

DAY = dt.date(2026, 3, 2)
ENVELOPE = Envelope(
    sender_id="BILLWRIGHT",
    receiver_id="CLEARHOUSE",
    date=DAY,
    time=dt.time(9, 30),
    control_number=17,
    group_control_number=4,
    usage="T",
)
POSITIONS = frozenset({"byte_start", "byte_end", "segment", "transaction", "number", "offset", "loop"})


def without_positions(value: Any) -> Any:
    """The value as plain data, without the places it was read from: what writing and reading must not change."""
    plain = msgspec.to_builtins(value)
    return _strip(plain)


def _strip(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {
            key: _strip(each)
            for key, each in plain.items()
            if key not in POSITIONS or (key == "number" and plain.get("kind"))
        }
    if isinstance(plain, list):
        return [_strip(each) for each in plain]
    return plain


def billing(name: str = "HARBOR FAMILY MEDICINE", npi: str = "1999999984") -> BillingProvider:
    """A practice with address, tax id and taxonomy."""
    return BillingProvider(
        party=Party(
            "85",
            name,
            id_qualifier="XX",
            identifier=npi,
            address=Address("12 QUAY STREET", "SUITE 3", "ANYTOWN", "NE", "681010001"),
            references=[Reference("EI", "123456789")],
            contacts=[Contact("BILLING OFFICE", [ContactNumber("TE", "4025550101")])],
        ),
        taxonomy="207Q00000X",
    )


def payer(name: str = "PRAIRIE HEALTH PLAN", identifier: str = "99901") -> Party:
    """An insurer."""
    return Party("PR", name, id_qualifier="PI", identifier=identifier)


def member(last: str = "FIELD", first: str = "ROSA", number: str = "W000000001") -> Party:
    """An insured person."""
    return Party(
        "IL",
        last,
        first,
        id_qualifier="MI",
        identifier=number,
        entity_type="1",
        address=Address("8 ELM ROAD", "", "ANYTOWN", "NE", "681010000"),
        birth_date=dt.date(1980, 1, 31),
        sex="F",
    )


def insured(responsibility: str = "P", **changes: Any) -> Insured:
    """The patient's own insurance."""
    one = Insured(
        responsibility=responsibility,
        relationship="18",
        group_number="GRP01",
        filing_code="CI",
        party=member(),
        payer=payer(),
    )
    return msgspec.structs.replace(one, **changes)


def line(number: int, code: str, cents: int, *pointers: int, **changes: Any) -> ServiceLine:
    """One service of one day."""
    one = ServiceLine(
        number=number,
        procedure=Procedure("HC", code),
        charge_cents=cents,
        units=Decimal(1),
        pointers=list(pointers or (1,)),
        service_date=dt.date(2026, 2, 16),
        control_number=f"L{number}",
    )
    return msgspec.structs.replace(one, **changes)


def rendering() -> Party:
    """Who treated."""
    return Party("82", "MARLOW", "IDA", id_qualifier="XX", identifier="1999999992", entity_type="1")


def claim(**changes: Any) -> Claim:
    """An office visit with a laboratory test."""
    one = Claim(
        control_number="PCN100001",
        charge_cents=17550,
        place_of_service="11",
        billing=billing(),
        subscriber=insured(),
        diagnoses=["I10", "E119"],
        parties=[rendering()],
        taxonomies={"82": "207Q00000X"},
        lines=[line(1, "99213", 15050, 1, 2), line(2, "85025", 2500)],
    )
    return msgspec.structs.replace(one, **changes)


def secondary_claim() -> Claim:
    """The same visit for the second insurance, with what the first decided line by line."""
    first = insured("P", party=member(number="A55"), payer=payer("FIRST MUTUAL", "11111"), group_number="OLD1")
    first.party.birth_date, first.party.sex = None, ""
    paid = dt.date(2026, 2, 27)
    decided = (
        [
            LineAdjudication(
                payer_identifier="11111",
                paid_cents=8000,
                adjustments=[Adjustment("CO", "45", 4050), Adjustment("PR", "2", 3000, Decimal(1))],
                paid_date=paid,
                procedure=Procedure("HC", "99213"),
                paid_units=Decimal(1),
            )
        ],
        [
            LineAdjudication(
                payer_identifier="11111",
                paid_cents=2500,
                paid_date=paid,
                procedure=Procedure("HC", "85025"),
                paid_units=Decimal(1),
            )
        ],
    )
    return claim(
        control_number="PCN100002",
        subscriber=insured("S"),
        others=[OtherPayer(insured=first, paid_cents=10500, remaining_cents=3000)],
        lines=[
            line(1, "99213", 15050, 1, 2, adjudications=decided[0]),
            line(2, "85025", 2500, adjudications=decided[1]),
        ],
    )


def dependent_claim(**changes: Any) -> Claim:
    """A child's visit under a parent's insurance."""
    child = Party(
        "QC",
        "FIELD",
        "TIM",
        entity_type="1",
        address=Address("8 ELM ROAD", "", "ANYTOWN", "NE", "681010000"),
        birth_date=dt.date(2015, 6, 1),
        sex="M",
    )
    one = claim(
        control_number="PCN100003", subscriber=insured(relationship=""), patient=child, patient_relationship="19"
    )
    return msgspec.structs.replace(one, **changes)


def full_claim() -> Claim:
    """A replacement with referral, accident, service location, period of service, and two diagnoses pointers."""
    location = Party(
        "77",
        "RIVERSIDE CLINIC",
        id_qualifier="XX",
        identifier="1999999984",
        address=Address("1 BANK STREET", "", "ANYTOWN", "NE", "681010002"),
    )
    referring = Party("DN", "STONE", "PETER", "J", id_qualifier="XX", identifier="1999999992", entity_type="1")
    return claim(
        control_number="PCN100004",
        charge_cents=30000,
        frequency="7",
        original_claim_number="ICN778899",
        prior_authorization="AUTH42",
        references=[Reference("9F", "REFERRAL7"), Reference("D9", "CH0000000001")],
        related_causes=["AA"],
        accident_state="NE",
        dates=[DatedFact("439", dt.date(2026, 2, 1))],
        amounts=[Amount("F5", 2000)],
        diagnoses=[
            "S93401A",
            "M25571",
            "I10",
            "E119",
            "Z0000",
            "R0789",
            "N390",
            "J029",
            "M545",
            "K219",
            "F419",
            "G4733",
        ],
        parties=[referring, rendering(), location],
        lines=[
            line(1, "97110", 30000, 1, 2, service_end_date=dt.date(2026, 2, 20), units=Decimal("2.5")),
        ],
    )


def head(reference: str = "BATCH0001") -> ClaimSet:
    """Who sends to whom."""
    return ClaimSet(
        reference=reference,
        created=DAY,
        created_time=dt.time(9, 30),
        submitter=Party(
            "41",
            "BILLWRIGHT BILLING",
            id_qualifier="46",
            identifier="SUB123",
            contacts=[Contact("EDI DESK", [ContactNumber("TE", "4025550100")])],
        ),
        receiver=Party("40", "CENTRAL CLEARINGHOUSE", id_qualifier="46", identifier="RCV456"),
    )


def outgoing(*claims: Claim, control_number: str = "0001") -> OutgoingSet:
    """One 837 of these claims."""
    return OutgoingSet(control_number, head(), list(claims))


def paid_line(code: str, charge: int, paid: int, *adjustments: Adjustment, **changes: Any) -> ServicePayment:
    """One decided service."""
    one = ServicePayment(
        Procedure("HC", code),
        charge,
        paid,
        paid_units=Decimal(1),
        adjustments=list(adjustments),
        dates=[DatedFact("472", dt.date(2026, 2, 16))],
        references=[Reference("6R", "L1")],
    )
    return msgspec.structs.replace(one, **changes)


def paid_claim(**changes: Any) -> ClaimPayment:
    """A claim paid in part, with a line denied for lack of information."""
    one = ClaimPayment(
        "PCN100001",
        "1",
        17550,
        8000,
        3000,
        "12",
        "ICN0001",
        "11",
        "1",
        group=ClaimGroup("1"),
        parties=[Party("QC", "FIELD", "ROSA", id_qualifier="MI", identifier="W000000001", entity_type="1")],
        outpatient=OutpatientAdjudication(["", "", "MA07"]),
        dates=[DatedFact("232", dt.date(2026, 2, 16))],
        lines=[
            paid_line("99213", 15050, 8000, Adjustment("CO", "45", 4050), Adjustment("PR", "2", 3000, Decimal(1))),
            paid_line("85025", 2500, 0, Adjustment("CO", "16", 2500), remarks=[RemarkCode("HE", "N290")]),
        ],
    )
    return msgspec.structs.replace(one, **changes)


def remittance(*claims: ClaimPayment, adjustments: tuple[ProviderAdjustment, ...] = ()) -> Remittance:
    """A balanced payment of these claims."""
    paid = sum(one.paid_cents for one in claims)
    payment = Payment(
        payment_cents=paid - sum(one.amount_cents for one in adjustments),
        trace_number="EFT0001",
        payer_identifier="1999999999",
        format_code="CCP",
        payer_account=BankAccount("01", "999999992", "DA", "123456"),
        originator_id="1999999999",
        payee_account=BankAccount("01", "999988880", "DA", "98765"),
        payment_date=DAY,
        payer=Party(
            "PR",
            "PRAIRIE HEALTH PLAN",
            address=Address("1 PLAIN ST", "", "ANYTOWN", "NE", "681010000"),
            contacts=[Contact("EDI HELP", [ContactNumber("TE", "8005550101")], "BL")],
        ),
        payee=Party(
            "PE",
            "HARBOR FAMILY MEDICINE",
            id_qualifier="XX",
            identifier="1999999984",
            references=[Reference("TJ", "123456789")],
        ),
        dates=[DatedFact("405", DAY)],
    )
    close = PaymentClose(provider_adjustments=list(adjustments), claim_count=len(claims), claim_paid_cents=paid)
    return Remittance(payment, list(claims), close)
