"""The 277CA: what is rejected above a claim rejects the claim, and only the claims below it."""

import datetime as dt
from decimal import Decimal

from tests.edi.examples import DAY, ENVELOPE, without_positions

from edi.ack_277ca import (
    ClaimAcknowledgment,
    ClaimStatus,
    LineStatus,
    ProviderStatus,
    Status,
    StatusCode,
    stream_277ca,
    write_277ca,
)
from edi.check import check
from edi.parties import Party, Reference
from edi.procedures import Procedure

HARBOR = Party("85", "HARBOR FAMILY MEDICINE", id_qualifier="XX", identifier="1999999984")
OTHER = Party("85", "OTHER PRACTICE", id_qualifier="XX", identifier="1999999992")
TAKEN = Status("A2", "20", "PR", DAY, "WQ", 17550)


def claim(number: str, provider: Party, *statuses: Status, lines: tuple[LineStatus, ...] = ()) -> ClaimStatus:
    """One answered claim."""
    return ClaimStatus(
        control_number=number,
        patient=Party("QC", "FIELD", "ROSA", id_qualifier="MI", identifier="W000000001", entity_type="1"),
        provider=provider,
        statuses=list(statuses),
        references=[Reference("D9", f"CH{number}")],
        payer_claim_number=f"ICN{number}",
        service_date=dt.date(2026, 2, 16),
        charge_cents=17550,
        lines=list(lines),
    )


def answer(
    *claims: ClaimStatus, providers: list[ProviderStatus] | None = None, **changes: object
) -> ClaimAcknowledgment:
    """A whole answer to a file."""
    one = ClaimAcknowledgment(
        reference="ACK1",
        created=DAY,
        created_time=dt.time(10, 0),
        sender=Party("PR", "PRAIRIE HEALTH PLAN", id_qualifier="PI", identifier="99901"),
        receiver=Party("41", "BILLWRIGHT BILLING", id_qualifier="46", identifier="SUB123"),
        provider=HARBOR,
        batch_reference="BATCH0001",
        statuses=[Status("A1", "19", "PR", DAY, "WQ", 35100)],
        providers=providers if providers is not None else [ProviderStatus(provider=HARBOR)],
        claims=list(claims),
    )
    for name, value in changes.items():
        setattr(one, name, value)
    return one


def test_two_providers_and_a_line_read_back_as_written() -> None:
    refused = Status("A7", "562", "85", DAY, "U", 17550, "", [StatusCode("A7", "21")])
    line = LineStatus(
        procedure=Procedure("HC", "99213"),
        charge_cents=15050,
        statuses=[Status("A7", "454", "", None, "U")],
        references=[Reference("FJ", "L1")],
        service_date=dt.date(2026, 2, 16),
    )
    sent = answer(
        claim("PCN1", HARBOR, TAKEN),
        claim("PCN2", OTHER, refused, lines=(line,)),
        providers=[ProviderStatus(provider=HARBOR), ProviderStatus(provider=OTHER, trace="7")],
    )
    content = write_277ca(ENVELOPE, [sent])
    assert check(content).ok
    again = list(stream_277ca(content))
    assert b"~QTY*90*1~QTY*AA*1~AMT*YU*175.5~AMT*YY*175.5~" in content
    assert without_positions(again) == without_positions([sent])
    assert [one.is_rejected for one in again[0].claims] == [False, True]
    assert again[0].claims[1].lines[0].control_number == "L1"


def test_totals_that_do_not_fit_the_claims_are_kept_as_sent() -> None:
    content = write_277ca(ENVELOPE, [answer(claim("PCN1", HARBOR, TAKEN))]).replace(b"~QTY*90*1~", b"~QTY*90*7~")
    again = list(stream_277ca(content))
    assert [segment.elements[:3] for segment in again[0].kept] == [["QTY", "90", "7"], ["AMT", "YU", "175.5"]]
    assert write_277ca(ENVELOPE, again) == content


def test_a_rejected_provider_rejects_its_own_claims_and_no_others() -> None:
    refused = ProviderStatus(provider=OTHER, statuses=[Status("A8", "562", "85", DAY, "U", 17550)])
    sent = answer(
        claim("PCN1", HARBOR, TAKEN), claim("PCN2", OTHER), providers=[ProviderStatus(provider=HARBOR), refused]
    )
    [again] = stream_277ca(write_277ca(ENVELOPE, [sent]))
    assert {one.control_number: one.is_rejected for one in again.claims} == {"PCN1": False, "PCN2": True}


def test_a_rejected_file_rejects_every_claim() -> None:
    sent = answer(claim("PCN1", HARBOR, TAKEN), statuses=[Status("A3", "24", "41", DAY, "U", 17550)])
    [again] = stream_277ca(write_277ca(ENVELOPE, [sent]))
    assert [one.is_rejected for one in again.claims] == [True]


def test_an_answer_without_status_says_that_the_file_was_received() -> None:
    content = write_277ca(ENVELOPE, [answer(claim("PCN1", HARBOR, TAKEN), statuses=[])])
    assert b"~STC*A1:19:PR*20260302*WQ*175.5~QTY*90*1~AMT*YU*175.5~" in content


def test_claims_and_lines_name_the_bytes_they_came_from() -> None:
    line = LineStatus(
        procedure=Procedure("HC", "99213"),
        charge_cents=15050,
        units=Decimal(2),
        statuses=[Status("A7", "562", "85", action="U")],
    )
    content = write_277ca(ENVELOPE, [answer(claim("PCN1", HARBOR, TAKEN, lines=(line,)), claim("PCN2", HARBOR, TAKEN))])
    [one] = stream_277ca(content)
    first, second = (content[each.byte_start : each.byte_end] for each in one.claims)
    assert first.startswith(b"TRN*2*PCN1~")
    assert second.startswith(b"TRN*2*PCN2~")
    [read] = one.claims[0].lines
    assert read.units == Decimal(2)
    assert content[read.byte_start : read.byte_end] == first[first.index(b"SVC*") :]
