"""The 277CA claim acknowledgment (005010X214): which claims the receiver took, and which it sent back and why.

It only accepts (STC03 WQ) or rejects (U). A rejection above the claims (receiver or provider level) rejects every claim below it,
with or without a status of its own (X12 RFI 2203).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from edi.parties import Party
from edi.x12.envelope import Envelope, TransactionSet
from edi.x12.findings import Finding
from edi.x12.reader import Reader, SetBuilder
from edi.x12.segment import Segment
from edi.x12.tokenizer import Source
from edi.x12.values import CENTS, CENTS_TEXT, DATE_TEXT, DATES, format_time, parse_time
from edi.x12.writer import InterchangeWriter

_BLANKS = [""] * 14
ACCEPT, REJECT = "WQ", "U"
REJECTING_CATEGORIES = frozenset({"A3", "A6", "A7", "A8"})


class Status(msgspec.Struct):
    """STC: category (A1 received, A2 accepted, A3, A6, A7, A8 rejected), status code, and whom it concerns."""

    category: str
    code: str
    entity: str = ""
    date: dt.date | None = None
    action: str = ACCEPT
    amount_cents: int = 0
    text: str = ""

    @property
    def is_rejection(self) -> bool:
        """Whether the claim goes back to the biller."""
        return self.action == REJECT or self.category in REJECTING_CATEGORIES


class ClaimStatus(msgspec.Struct, kw_only=True):
    """What became of one claim."""

    control_number: str
    """TRN02: our CLM01."""
    patient: Party | None = None
    statuses: list[Status] = []
    payer_claim_number: str = ""
    """REF*1K."""
    service_date: dt.date | None = None
    charge_cents: int = 0
    rejected_above: bool = False

    @property
    def is_rejected(self) -> bool:
        """Whether the claim was not taken."""
        return self.rejected_above or any(status.is_rejection for status in self.statuses)


class ClaimAcknowledgment(msgspec.Struct, kw_only=True):
    """One 277CA."""

    reference: str = ""
    """BHT03 of this answer."""
    created: dt.date | None = None
    created_time: dt.time | None = None
    sender: Party | None = None
    receiver: Party | None = None
    provider: Party | None = None
    batch_reference: str = ""
    """TRN02 at the receiver level: BHT03 of the claims file that is answered."""
    statuses: list[Status] = []
    """At receiver and provider level."""
    claims: list[ClaimStatus] = []
    transaction: TransactionSet | None = None
    kept: list[Segment] = []
    problems: list[Finding] = []


class ClaimAcknowledgmentBuilder(SetBuilder[ClaimAcknowledgment]):
    """Emits one value per 277CA."""

    guide = "277CA"
    conversions: ClassVar[Mapping[str, Mapping[int, Mapping[str, object]]]] = {"STC": {2: DATES, 4: CENTS}}

    def __init__(self, out: list[ClaimAcknowledgment]) -> None:
        super().__init__(out)
        self.tables = {
            "all": {
                "BHT": self._bht,
                "HL": self._hl,
                "NM1": self._nm1,
                "TRN": self._trn,
                "STC": self._stc,
                "REF": self._ref,
                "DTP": self._dtp,
            }
        }
        self._value = ClaimAcknowledgment()
        self._level = ""
        self._patient: Party | None = None
        self._claim: ClaimStatus | None = None

    def begin(self, transaction: TransactionSet) -> None:
        self._value = ClaimAcknowledgment(transaction=transaction)
        self._level, self._patient, self._claim = "", None, None

    def end(self, offset: int, problem: Finding | None) -> None:
        if problem is not None:
            self.flag(problem)
        if any(status.is_rejection for status in self._value.statuses):
            for claim in self._value.claims:
                claim.rejected_above = True
        self.out.append(self._value)

    def keep(self, segment: Segment) -> None:
        self._value.kept.append(segment)

    def flag(self, finding: Finding) -> None:
        self._value.problems.append(finding)

    def _bht(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        value = self._value
        value.reference, value.created = e[3], DATES[e[4]]
        value.created_time = parse_time(e[5]) if e[5] else None

    def _hl(self, e: list[str], offset: int, number: int) -> None:
        self._level = (e + _BLANKS)[3]
        self._claim = None

    def _nm1(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        party = Party(e[1], e[3], e[4], e[5], e[6], e[7], e[8], e[9], e[2])
        match self._level:
            case "20":
                self._value.sender = party
            case "21":
                self._value.receiver = party
            case "19":
                self._value.provider = party
            case _:
                self._patient = party

    def _trn(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        if self._level == "PT":
            self._claim = ClaimStatus(control_number=e[2], patient=self._patient)
            self._value.claims.append(self._claim)
        elif self._level == "21":
            self._value.batch_reference = e[2]

    def _stc(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        parts = e[1].split(self.component) + _BLANKS
        status = Status(parts[0], parts[1], parts[2], DATES[e[2]], e[3], CENTS[e[4]], e[12])
        if self._claim is not None:
            self._claim.statuses.append(status)
            self._claim.charge_cents = status.amount_cents
        else:
            self._value.statuses.append(status)

    def _ref(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        if self._claim is not None and e[1] == "1K":
            self._claim.payer_claim_number = e[2]
        else:
            self.keep(Segment(e[:3], number, offset))

    def _dtp(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        if self._claim is not None and e[1] == "472":
            self._claim.service_date = DATES[e[3].partition("-")[0]]


def stream_277ca(source: Source) -> Reader[ClaimAcknowledgment]:
    """Iterate once for every 277CA in the file. Never raises for what the file holds; see `findings`."""
    out: list[ClaimAcknowledgment] = []
    return Reader(source, [ClaimAcknowledgmentBuilder(out)], out)


def write_277ca(envelope: Envelope, acknowledgments: Sequence[ClaimAcknowledgment]) -> bytes:
    """One interchange with these acknowledgments; for the payer simulator and for tests."""
    out = InterchangeWriter(envelope, "277CA", "277")
    for number, one in enumerate(acknowledgments, start=1):
        out.begin_set(f"{number:04}")
        _write(out, one)
        out.end_set()
    return out.content()


def _write(out: InterchangeWriter, one: ClaimAcknowledgment) -> None:
    day = DATE_TEXT[one.created]
    out.add("BHT", "0085", "08", one.reference, day, format_time(one.created_time or dt.time()), "TH")
    accepted = [claim for claim in one.claims if not claim.is_rejected]
    rejected = [claim for claim in one.claims if claim.is_rejected]
    total = sum(claim.charge_cents for claim in one.claims)
    out.add("HL", "1", "", "20", "1")
    _party(out, one.sender)
    out.add("TRN", "1", one.reference)
    out.add("DTP", "050", "D8", day)
    out.add("DTP", "009", "D8", day)
    out.add("HL", "2", "1", "21", "1")
    _party(out, one.receiver)
    out.add("TRN", "2", one.batch_reference)
    out.add("STC", out.composite("A1", "19", "PR"), day, ACCEPT, CENTS_TEXT[total])
    for qualifier, claims in (("90", accepted), ("AA", rejected)):
        if claims:
            out.add("QTY", qualifier, str(len(claims)))
    for qualifier, claims in (("YU", accepted), ("YY", rejected)):
        if claims:
            out.add("AMT", qualifier, CENTS_TEXT[sum(claim.charge_cents for claim in claims)])
    out.add("HL", "3", "2", "19", "1")
    _party(out, one.provider)
    out.add("TRN", "2", "0")
    for place, claim in enumerate(one.claims, start=4):
        out.add("HL", str(place), "3", "PT")
        _write_claim(out, claim)


def _write_claim(out: InterchangeWriter, claim: ClaimStatus) -> None:
    _party(out, claim.patient)
    out.add("TRN", "2", claim.control_number)
    for status in claim.statuses:
        code = out.composite(status.category, status.code, status.entity)
        amount = CENTS_TEXT[claim.charge_cents]
        out.add("STC", code, DATE_TEXT[status.date], status.action, amount)
    if claim.payer_claim_number:
        out.add("REF", "1K", claim.payer_claim_number)
    if claim.service_date is not None:
        out.add("DTP", "472", "D8", DATE_TEXT[claim.service_date])


def _party(out: InterchangeWriter, party: Party | None) -> None:
    if party is not None:
        name = (party.name, party.first_name, party.middle_name, party.prefix, party.suffix)
        out.add("NM1", party.role, party.entity_type, *name, party.id_qualifier, party.identifier)
