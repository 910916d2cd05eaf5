"""Random claims and remittances that have a legal X12 form."""

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st
from tests.edi.examples import claim, insured, line, payer, remittance

from edi.claim_837 import Claim, LineAdjudication, OtherPayer
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
