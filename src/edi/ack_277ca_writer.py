"""Writes 277CAs (005010X214)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby

from edi.claim_acknowledgments import ACCEPT, ClaimAcknowledgment, ClaimStatus, LineStatus, ProviderStatus, Status
from edi.parties import Party
from edi.procedure_text import procedure_text
from edi.x12.envelope import Envelope
from edi.x12.segment import Segment
from edi.x12.values import CENTS_TEXT, DATE_TEXT, format_quantity, format_time
from edi.x12.writer import InterchangeWriter

TOTALS = frozenset({"QTY", "AMT"})
"""Counted by us at receiver level, unless the value keeps others."""
_ACCEPTED, _REJECTED = ("90", "YU"), ("AA", "YY")
"""QTY01 and AMT01."""


def write_277ca(envelope: Envelope, acknowledgments: Sequence[ClaimAcknowledgment]) -> bytes:
    """One interchange with these acknowledgments; for the payer simulator and for tests.

    Claims stand under their own provider, or under the acknowledgment's when they name none. Without a status of its
    own the file is said to be received (A1, 19).
    """
    out = InterchangeWriter(envelope, "277CA", "277")
    for number, one in enumerate(acknowledgments, start=1):
        out.begin_set(f"{number:04}")
        _write(out, one)
        out.end_set()
    return out.content()


def _write(out: InterchangeWriter, one: ClaimAcknowledgment) -> None:
    day = DATE_TEXT[one.created]
    out.add("BHT", "0085", "08", one.reference, day, format_time(one.created_time or dt.time()), "TH")
    out.add("HL", "1", "", "20", "1")
    _party(out, one.sender)
    out.add("TRN", "1", one.sender_trace or one.reference)
    for qualifier, date in (("050", one.received), ("009", one.processed)):
        out.add("DTP", qualifier, "D8", DATE_TEXT[date or one.created])
    groups = [(provider, list(claims)) for provider, claims in groupby(one.claims, key=lambda claim: claim.provider)]
    level = 2
    out.add("HL", str(level), "1", "21", "1" if groups else "0")
    _party(out, one.receiver)
    out.add("TRN", "2", one.batch_reference)
    charged = sum(claim.charge_cents for claim in one.claims)
    _statuses(out, one.statuses or [Status("A1", "19", "PR", one.created, ACCEPT, charged)])
    if not any(segment.id in TOTALS for segment in one.kept):
        for total in totals(one.claims):
            out.add(*total)
    _kept(out, one.kept)
    for provider, claims in groups:
        level = _provider(out, one, provider or one.provider, claims, level + 1)


def _provider(
    out: InterchangeWriter, one: ClaimAcknowledgment, provider: Party | None, claims: list[ClaimStatus], level: int
) -> int:
    """One provider with its claims; the number of the last level."""
    known = next((each for each in one.providers if each.provider == provider), ProviderStatus(provider=provider))
    parent = str(level)
    out.add("HL", parent, "2", "19", "1")
    _party(out, provider)
    out.add("TRN", "1", known.trace)
    _statuses(out, known.statuses)
    _kept(out, known.kept)
    for claim in claims:
        level += 1
        out.add("HL", str(level), parent, "PT")
        _claim(out, claim)
    return level


def totals(claims: Sequence[ClaimStatus]) -> list[list[str]]:
    """QTY and AMT at the receiver level: how many claims were accepted and rejected, and their charges."""
    accepted = [claim for claim in claims if not claim.is_rejected]
    rejected = [claim for claim in claims if claim.is_rejected]
    counted = [(claims, codes) for claims, codes in ((accepted, _ACCEPTED), (rejected, _REJECTED)) if claims]
    return [["QTY", codes[0], str(len(claims))] for claims, codes in counted] + [
        ["AMT", codes[1], CENTS_TEXT[sum(claim.charge_cents for claim in claims)]] for claims, codes in counted
    ]


def _claim(out: InterchangeWriter, claim: ClaimStatus) -> None:
    _party(out, claim.patient)
    out.add("TRN", "2", claim.control_number)
    charge = claim.charge_cents
    _statuses(out, claim.statuses, charge)
    if claim.payer_claim_number:
        out.add("REF", "1K", claim.payer_claim_number)
    for reference in claim.references:
        out.add("REF", reference.qualifier, reference.value)
    _service_date(out, claim)
    _kept(out, claim.kept)
    for line in claim.lines:
        procedure, units = procedure_text(out, line.procedure), format_quantity(line.units)
        out.add("SVC", procedure, CENTS_TEXT[line.charge_cents], "", line.revenue_code, "", "", units)
        _statuses(out, line.statuses)
        for reference in line.references:
            out.add("REF", reference.qualifier, reference.value)
        _service_date(out, line)
        _kept(out, line.kept)


def _statuses(out: InterchangeWriter, statuses: Iterable[Status], charge_cents: int | None = None) -> None:
    for status in statuses:
        amount = status.amount_cents if status.amount_cents is not None else charge_cents
        codes = [out.composite(one.category, one.code, one.entity) for one in status.more]
        out.add(
            "STC",
            out.composite(status.category, status.code, status.entity),
            DATE_TEXT[status.date],
            status.action,
            "" if amount is None else CENTS_TEXT[amount],
            *[""] * 5,
            *[*codes, "", ""][:2],
            status.text,
        )


def _service_date(out: InterchangeWriter, place: ClaimStatus | LineStatus) -> None:
    if place.service_end_date is not None:
        out.add("DTP", "472", "RD8", f"{DATE_TEXT[place.service_date]}-{DATE_TEXT[place.service_end_date]}")
    elif place.service_date is not None:
        out.add("DTP", "472", "D8", DATE_TEXT[place.service_date])


def _kept(out: InterchangeWriter, kept: Sequence[Segment]) -> None:
    for segment in kept:
        if segment.reason == "unexpected":
            out.add_kept(segment)


def _party(out: InterchangeWriter, party: Party | None) -> None:
    if party is not None:
        name = (party.name, party.first_name, party.middle_name, party.prefix, party.suffix)
        out.add("NM1", party.role, party.entity_type, *name, party.id_qualifier, party.identifier)
