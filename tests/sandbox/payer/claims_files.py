"""Claims files as a billing system would send them; every person and number is invented."""

import datetime as dt
from decimal import Decimal

from edi.claim_837 import BillingProvider, Claim, ClaimSet, Insured, LineAdjudication, OtherPayer, ServiceLine
from edi.claim_837p import OutgoingSet, write_837p
from edi.parties import Address, Contact, ContactNumber, Party, Reference
from edi.procedures import Adjustment, Procedure
from edi.x12.envelope import Envelope

MEDICARE, MEDICAID, HERON, SUMMIT, HARBOR = "90001", "90002", "90003", "90004", "90005"
SENT = dt.date(2026, 9, 29)
SERVED = dt.date(2026, 9, 1)
HOME = Address("12 MILL STREET", "", "COLUMBUS", "OH", "432151234")
NAMES = {MEDICARE: "MEDICARE PART B", MEDICAID: "STATE MEDICAID PLAN", HERON: "BLUE HERON HEALTH PLAN"}
FILING = {MEDICARE: "MB", MEDICAID: "MC"}
CHARGES = (14_235, 8_010, 2_599, 31_101, 4_000)


def claim(
    number: int,
    payer_id: str,
    *,
    lines: int | None = None,
    place: str = "P",
    member_id: str | None = None,
    dependent: bool = False,
    served: dt.date = SERVED,
    others: list[OtherPayer] | None = None,
) -> Claim:
    """A claim with one to five lines, by its number."""
    count = lines or number % 5 + 1
    made = [_line(number, line, served) for line in range(1, count + 1)]
    member = f"SYN{number:08}" if member_id is None else member_id
    patient = Party("QC", "BLACKMERE", "ODELL", entity_type="1", address=HOME, birth_date=dt.date(2016, 1, 4), sex="M")
    return Claim(
        control_number=f"RB{number:06}",
        charge_cents=sum(line.charge_cents for line in made),
        place_of_service="11",
        billing=BillingProvider(
            party=Party(
                "85", "RIVERBEND FAMILY MEDICINE", id_qualifier="XX", identifier="2999901004",
                address=Address("1200 RIVERBEND AVENUE", "", "COLUMBUS", "OH", "432150120"),
                references=[Reference("EI", "890000101")],
            )
        ),
        subscriber=insured(payer_id, member, place=place, own=not dependent),
        patient=patient if dependent else None,
        patient_relationship="19" if dependent else "",
        diagnoses=["M25562"],
        parties=[Party("82", "OKAFORSON", "INES", entity_type="1", id_qualifier="XX", identifier="2999901012")],
        others=others or [],
        lines=made,
    )  # fmt: skip


def insured(payer_id: str, member_id: str, *, place: str, own: bool = True) -> Insured:
    """One insurance of the patient."""
    return Insured(
        responsibility=place,
        relationship="18" if own else "",
        filing_code=FILING.get(payer_id, "CI"),
        party=Party(
            "IL", "BLACKMERE", "TOBIAS", entity_type="1", id_qualifier="MI" if member_id else "", identifier=member_id,
            address=HOME, birth_date=dt.date(1951, 1, 4), sex="M",
        ),
        payer=Party("PR", NAMES.get(payer_id, "SOME PLAN"), id_qualifier="PI", identifier=payer_id),
    )  # fmt: skip


def later_claim(number: int, payer_id: str, *, first: str = MEDICARE) -> Claim:
    """A claim that an earlier payer decided: of each line 40 % is its discount, 16 % is left to the patient."""
    other = OtherPayer(insured=insured(first, f"SYN{number:08}", place="P"))
    made = claim(number, payer_id, place="S", others=[other])
    for line in made.lines:
        discount, share = line.charge_cents * 40 // 100, line.charge_cents * 16 // 100
        decision = LineAdjudication(
            payer_identifier=first,
            paid_cents=line.charge_cents - discount - share,
            procedure=line.procedure,
            adjustments=[Adjustment("CO", "45", discount), Adjustment("PR", "2", share)],
            paid_date=SENT,
        )
        line.adjudications.append(decision)
    other.paid_cents = sum(line.adjudications[0].paid_cents for line in made.lines)
    return made


def claims_file(number: int, *sets: list[Claim]) -> bytes:
    """One file; each list is a transaction set."""
    envelope = Envelope(
        sender_id="NORTHGATE01", receiver_id="SANDBOXCH", date=SENT, time=dt.time(12), control_number=number,
        group_control_number=number,
    )  # fmt: skip
    return write_837p(
        envelope, [OutgoingSet(f"{at:04}", head(number, at), claims) for at, claims in enumerate(sets, start=1)]
    )


def head(number: int, place: int) -> ClaimSet:
    """Who submits to whom."""
    return ClaimSet(
        reference=f"{number:09}-{place}",
        created=SENT,
        created_time=dt.time(12),
        submitter=Party(
            "41", "RIVERBEND FAMILY MEDICINE", id_qualifier="46", identifier="NORTHGATE01",
            contacts=[Contact("BILLING OFFICE", [ContactNumber("TE", "6145550110")])],
        ),
        receiver=Party("40", "SANDBOX CLEARINGHOUSE", id_qualifier="46", identifier="SANDBOXCH"),
    )  # fmt: skip


def _line(number: int, line: int, served: dt.date) -> ServiceLine:
    return ServiceLine(
        number=line,
        procedure=Procedure("HC", "G0283", ("GP",) if line % 2 else ()),
        charge_cents=CHARGES[(number + line) % len(CHARGES)],
        units=Decimal(1),
        place_of_service="11",
        pointers=[1],
        service_date=served,
        control_number=f"RB{number:06}-{line}",
    )
