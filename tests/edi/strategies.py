"""Random claims and remittances that have a legal X12 form."""

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st
from msgspec.structs import replace
from tests.edi.examples import claim, insured, line, payer, remittance

from edi.ack_277ca import ClaimAcknowledgment, ClaimStatus, LineStatus, ProviderStatus, Status, StatusCode
from edi.ack_999 import Acknowledgment, ElementError, SegmentError, SetResponse
from edi.ack_ta1 import NOTES, InterchangeAcknowledgment
from edi.claim_837 import Claim, ClaimCode, LineAdjudication, OtherPayer
from edi.parties import Address, Amount, DatedFact, Party, Reference
from edi.procedures import Adjustment, Procedure
from edi.remittance_835 import (
    ClaimGroup,
    ClaimPayment,
    ProviderAdjustment,
    Quantity,
    RemarkCode,
    Remittance,
    ServicePayment,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,'-/#&()"


def words(longest: int) -> st.SearchStrategy[str]:
    """Text that may stand in an element: no blank at either end, since those are not told apart everywhere."""
    return st.text(LETTERS, min_size=1, max_size=longest).map(str.strip).filter(bool)


codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=12)
days = st.dates(dt.date(1920, 1, 1), dt.date(2099, 12, 31))
cents = st.integers(-(10**9), 10**9)
charges = st.integers(0, 10**8)
quantities = st.decimals(Decimal("0.01"), Decimal(9999), places=2).map(lambda one: one.normalize() + 0)
plain_quantities = st.one_of(st.none(), quantities)
procedures = st.builds(
    Procedure,
    st.sampled_from(["HC", "ER", "WK"]),
    codes,
    st.lists(st.sampled_from(["25", "59", "RT"]), max_size=4).map(tuple),
    st.one_of(st.just(""), words(80)),
)
references = st.lists(st.builds(Reference, st.sampled_from(["EA", "D9", "9C"]), words(50)), max_size=2)
addresses = st.builds(
    Address, words(55), st.one_of(st.just(""), words(55)), words(30), st.just("NE"), st.just("681010000")
)


@st.composite
def adjustment_lists(draw: st.DrawFn, *groups: str) -> list[Adjustment]:
    """Adjustments with those of one group side by side, as CAS segments hold them."""
    found = []
    for group in groups:
        for reason in draw(st.lists(codes.map(lambda code: code[:5]), max_size=8)):
            found.append(Adjustment(group, reason, draw(cents), draw(plain_quantities)))
    return found


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """A professional claim whose charge is that of its lines, with or without an earlier payer."""
    amounts = draw(st.lists(charges, min_size=1, max_size=4))
    lines = []
    earlier = draw(st.booleans())
    for number, amount in enumerate(amounts, start=1):
        decided = [
            LineAdjudication(
                payer_identifier="11111",
                paid_cents=draw(charges),
                procedure=draw(procedures),
                paid_units=draw(quantities),
                adjustments=draw(adjustment_lists("CO", "PR")),
                paid_date=draw(st.one_of(st.none(), days)),
                remaining_cents=draw(st.one_of(st.none(), charges)),
            )
        ]
        start = draw(days)
        lines.append(
            line(
                number,
                "X",
                amount,
                *draw(st.lists(st.integers(1, 12), min_size=1, max_size=4)),
                procedure=draw(procedures),
                units=draw(quantities),
                service_date=start,
                service_end_date=draw(st.one_of(st.none(), st.just(start))),
                control_number=draw(st.one_of(st.just(""), codes)),
                references=draw(st.lists(st.builds(Reference, st.just("X4"), codes), max_size=1)),
                dates=draw(st.lists(st.builds(DatedFact, st.just("463"), days), max_size=1)),
                emergency=draw(st.sampled_from(["", "Y"])),
                adjudications=decided if earlier else [],
            )
        )
    replaces = draw(st.booleans())
    others = [
        OtherPayer(
            insured=insured("P", payer=payer("FIRST", "11111")), paid_cents=draw(charges), claim_number=draw(codes)
        )
    ]
    others[0].insured.party.birth_date, others[0].insured.party.sex = None, ""
    return claim(
        control_number=draw(codes),
        charge_cents=sum(amounts),
        frequency="7" if replaces else "1",
        original_claim_number=draw(codes) if replaces else "",
        diagnoses=draw(st.lists(codes, min_size=1, max_size=12)),
        references=draw(references),
        dates=draw(st.lists(st.builds(DatedFact, st.just("431"), days, st.one_of(st.none(), days)), max_size=2)),
        amounts=draw(st.lists(st.builds(Amount, st.just("F5"), charges), max_size=1)),
        parties=draw(
            st.lists(st.builds(Party, st.just("77"), words(60), address=st.one_of(st.none(), addresses)), max_size=1)
        ),
        taxonomies={},
        lines=lines,
        others=others if earlier else [],
    )


@st.composite
def paid_lines(draw: st.DrawFn) -> ServicePayment:
    """A decided line that balances."""
    adjustments = draw(adjustment_lists("CO", "OA", "PR"))
    paid = draw(cents)
    return ServicePayment(
        draw(procedures),
        paid + sum(one.amount_cents for one in adjustments),
        paid,
        draw(st.one_of(st.just(""), st.just("0300"))),
        draw(plain_quantities),
        draw(st.one_of(st.none(), procedures)),
        draw(plain_quantities),
        adjustments=adjustments,
        dates=draw(st.lists(st.builds(DatedFact, st.sampled_from(["472", "150", "151"]), days), max_size=2)),
        references=draw(references),
        amounts=draw(st.lists(st.builds(Amount, st.just("B6"), cents), max_size=1)),
        quantities=draw(st.lists(st.builds(Quantity, st.just("ZK"), quantities), max_size=1)),
        remarks=draw(st.lists(st.builds(RemarkCode, st.just("HE"), codes), max_size=2)),
    )


@st.composite
def paid_claims(draw: st.DrawFn) -> ClaimPayment:
    """A decided claim that balances."""
    lines = draw(st.lists(paid_lines(), max_size=3))
    adjustments = draw(adjustment_lists("CO", "PI"))
    paid = sum(one.paid_cents for one in lines) - sum(one.amount_cents for one in adjustments)
    return ClaimPayment(
        draw(words(38)),
        draw(st.sampled_from(["1", "2", "4", "19", "22", "99"])),
        sum(one.charge_cents for one in lines),
        paid,
        draw(st.one_of(st.none(), cents)),
        draw(st.sampled_from(["", "12"])),
        draw(st.one_of(st.just(""), words(50))),
        draw(st.sampled_from(["", "11"])),
        draw(st.sampled_from(["", "1"])),
        group=ClaimGroup("1"),
        adjustments=adjustments,
        parties=draw(st.lists(st.builds(Party, st.sampled_from(["QC", "IL", "82"]), words(60), words(35)), max_size=3)),
        references=draw(references),
        dates=draw(st.lists(st.builds(DatedFact, st.just("232"), days), max_size=1)),
        lines=lines,
    )


@st.composite
def remittances(draw: st.DrawFn) -> Remittance:
    """A balanced payment of zero or more."""
    paid = draw(st.lists(paid_claims(), min_size=1, max_size=3))
    total = sum(one.paid_cents for one in paid)
    amounts = draw(st.lists(cents.filter(bool), max_size=8))
    rest = total - sum(amounts)
    if rest < 0:
        amounts.append(rest)
    adjustments = [
        ProviderAdjustment("1999999984", draw(days), draw(st.sampled_from(["WO", "FB", "L6"])), draw(codes), amount)
        for amount in amounts
    ]
    one = remittance(*paid, adjustments=tuple(adjustments))
    for each in one.claims:
        each.group = one.claims[0].group
    return one


present = st.sampled_from(["", "Y", "N"])
health_codes = st.one_of(
    st.builds(ClaimCode, st.sampled_from(["ABK", "ABF", "ABN"]), codes, present_on_admission=present),
    st.builds(ClaimCode, st.sampled_from(["BBR", "BBQ", "BH"]), codes, st.just("20260202")),
    st.builds(ClaimCode, st.just("BI"), codes, st.just("20260202-20260204")),
    st.builds(ClaimCode, st.just("BE"), codes, amount_cents=charges),
    st.builds(ClaimCode, st.sampled_from(["BG", "DR", "ABJ"]), codes),
)
_CODE_ORDER = ["ABK", "ABJ", "ABN", "DR", "ABF", "BBR", "BBQ", "BI", "BH", "BE", "BG"]


@st.composite
def institutional_claims(draw: st.DrawFn) -> Claim:
    """A hospital's claim, its diagnoses plain or with what is said of each."""
    one = draw(claims())
    lines = [
        replace(
            each,
            revenue_code=draw(st.sampled_from(["0120", "0305"])),
            pointers=[],
            place_of_service="",
            emergency="",
            non_covered_cents=draw(st.one_of(st.none(), charges)),
        )
        for each in one.lines
    ]
    coded = sorted(draw(st.lists(health_codes, max_size=6)), key=lambda code: _CODE_ORDER.index(code.qualifier))
    told_apart = any(code.qualifier in ("ABK", "ABF") for code in coded)
    return replace(
        one,
        signature="",
        facility_qualifier="A",
        admission_type=draw(st.sampled_from(["", "3"])),
        patient_status="01",
        diagnoses=[] if told_apart else one.diagnoses,
        codes=[ClaimCode("ABK", "I10", present_on_admission="Y"), *coded] if told_apart else coded,
        parties=[],
        dates=[DatedFact("434", dt.date(2026, 2, 1), dt.date(2026, 2, 4))],
        lines=lines,
    )


numbers = st.integers(0, 999_999)
contexts = st.lists(st.lists(codes, min_size=1, max_size=4), max_size=2)
element_errors = st.builds(
    ElementError, st.sampled_from(["1", "5-2"]), codes.map(lambda code: code[:3]), st.one_of(st.just(""), words(20)),
    st.sampled_from(["", "1028"]), contexts,
)  # fmt: skip
segment_errors = st.builds(
    SegmentError, st.sampled_from(["HI", "SV1"]), numbers, st.sampled_from(["", "2300"]), st.sampled_from(["3", "8"]),
    st.lists(element_errors, max_size=3), contexts,
)  # fmt: skip
responses = st.builds(
    SetResponse, st.just("837"), codes, st.sampled_from(["", "005010X222A1"]), st.sampled_from("AER"),
    st.lists(st.sampled_from("12345"), max_size=5), st.lists(segment_errors, max_size=3),
)  # fmt: skip
acknowledgments = st.builds(
    Acknowledgment,
    functional_code=st.just("HC"),
    group_control_number=numbers.map(str),
    version=st.just("005010X222A1"),
    code=st.sampled_from("AEPR"),
    included_count=st.one_of(st.none(), st.integers(10, 99)),
    received_count=numbers,
    accepted_count=numbers,
    reasons=st.lists(st.sampled_from("12345"), max_size=5),
    responses=st.lists(responses, max_size=4),
)
interchange_acknowledgments = st.builds(
    InterchangeAcknowledgment,
    control_number=numbers.map(lambda number: f"{number:09}"),
    date=st.just("260302"),
    time=st.just("0930"),
    code=st.sampled_from("AER"),
    note=st.sampled_from(sorted(NOTES)),
)


@st.composite
def statuses(draw: st.DrawFn, amount: int | None) -> Status:
    """One STC of a claim or a line."""
    more = st.builds(StatusCode, st.just("A7"), codes, st.sampled_from(["", "85"]))
    return Status(
        draw(st.sampled_from(["A1", "A2", "A7"])), draw(codes), draw(st.sampled_from(["", "QC"])), draw(days),
        draw(st.sampled_from(["WQ", "U"])), amount, draw(st.one_of(st.just(""), words(40))),
        draw(st.lists(more, max_size=2)),
    )  # fmt: skip


@st.composite
def claim_statuses(draw: st.DrawFn, provider: Party) -> ClaimStatus:
    """What became of a claim."""
    charge = draw(st.integers(1, 10**8))
    period = draw(st.one_of(st.none(), days))
    line = st.builds(
        LineStatus,
        procedure=procedures,
        charge_cents=charges,
        revenue_code=st.sampled_from(["", "0300"]),
        units=plain_quantities,
        statuses=st.lists(statuses(None), max_size=2),
        references=st.lists(st.builds(Reference, st.just("FJ"), codes), max_size=1),
        service_date=days,
    )
    return ClaimStatus(
        control_number=draw(codes),
        patient=Party("QC", draw(words(30)), draw(words(20)), id_qualifier="MI", identifier="W1", entity_type="1"),
        provider=provider,
        statuses=draw(st.lists(statuses(charge), min_size=1, max_size=2)),
        payer_claim_number=draw(st.one_of(st.just(""), codes)),
        references=draw(st.lists(st.builds(Reference, st.just("D9"), codes), max_size=1)),
        service_date=period,
        service_end_date=period,
        charge_cents=charge,
        lines=draw(st.lists(line, max_size=2)),
    )


@st.composite
def claim_acknowledgments(draw: st.DrawFn) -> ClaimAcknowledgment:
    """A 277CA about one or two providers' claims."""
    named = [Party("85", draw(words(40)), id_qualifier="XX", identifier=npi) for npi in ("1999999984", "1999999992")]
    providers = named[: draw(st.integers(1, 2))]
    answered = [
        one for provider in providers for one in draw(st.lists(claim_statuses(provider), min_size=1, max_size=2))
    ]
    return ClaimAcknowledgment(
        reference=draw(codes),
        sender_trace=draw(st.sampled_from(["", "TRACE-7"])),
        created=draw(days),
        received=draw(st.sampled_from([None, dt.date(1919, 5, 1)])),
        created_time=dt.time(9, 30),
        sender=Party("PR", draw(words(40)), id_qualifier="PI", identifier="99901"),
        receiver=Party("41", draw(words(40)), id_qualifier="46", identifier="SUB123"),
        provider=providers[0],
        batch_reference=draw(codes),
        statuses=[Status("A1", "19", "PR", dt.date(2026, 3, 2), "WQ", 35100)],
        providers=[ProviderStatus(provider=provider) for provider in providers],
        claims=answered,
    )
