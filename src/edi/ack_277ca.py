"""The 277CA claim acknowledgment (005010X214): read, and written for payer simulators and tests."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from edi.ack_277ca_writer import TOTALS, totals, write_277ca
from edi.claim_acknowledgments import (
    ACCEPT,
    REJECT,
    REJECTING_CATEGORIES,
    ClaimAcknowledgment,
    ClaimStatus,
    LineStatus,
    ProviderStatus,
    Status,
    StatusCode,
)
from edi.parties import Party, Reference
from edi.procedures import parse_procedure
from edi.x12.envelope import TransactionSet
from edi.x12.findings import Finding
from edi.x12.reader import Reader, SetBuilder
from edi.x12.segment import Segment
from edi.x12.tokenizer import Source
from edi.x12.values import CENTS, DATES, PERIODS, QUANTITIES, TIMES

__all__ = [
    "ACCEPT",
    "REJECT",
    "REJECTING_CATEGORIES",
    "ClaimAcknowledgment",
    "ClaimAcknowledgmentBuilder",
    "ClaimStatus",
    "LineStatus",
    "ProviderStatus",
    "Status",
    "StatusCode",
    "stream_277ca",
    "write_277ca",
]

_BLANKS = [""] * 14
_SENDER_DAYS = {"050": "received", "009": "processed"}


class ClaimAcknowledgmentBuilder(SetBuilder[ClaimAcknowledgment]):
    """Emits one value per 277CA."""

    guide = "277CA"
    conversions: ClassVar[Mapping[str, Mapping[int, Mapping[str, object]]]] = {
        "BHT": {4: DATES, 5: TIMES},
        "STC": {2: DATES, 4: CENTS},
        "SVC": {2: CENTS, 7: QUANTITIES},
        "DTP": {3: PERIODS},
    }

    def __init__(self, out: list[Any]) -> None:
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
                "SVC": self._svc,
            }
        }
        self._start(None)

    def _start(self, transaction: TransactionSet | None) -> None:
        self._value = ClaimAcknowledgment(transaction=transaction)
        self._level = ""
        self._provider: ProviderStatus | None = None
        self._patient: Party | None = None
        self._claim: ClaimStatus | None = None
        self._line: LineStatus | None = None

    def begin(self, transaction: TransactionSet) -> None:
        self._start(transaction)

    def end(self, offset: int, problem: Finding | None) -> None:
        self._close_claim(offset)
        if problem is not None:
            self.flag(problem)
        if _rejects(self._value.statuses):
            for claim in self._value.claims:
                claim.rejected_above = True
        self._drop_totals()
        self.out.append(self._value)

    def _drop_totals(self) -> None:
        """Totals that the claims themselves add up to are not kept beside them."""
        kept = self._value.kept
        if [segment.elements for segment in kept if segment.id in TOTALS] == totals(self._value.claims):
            self._value.kept = [segment for segment in kept if segment.id not in TOTALS]

    def keep(self, segment: Segment) -> None:
        place = self._line or self._claim or self._provider or self._value
        place.kept.append(segment)

    def flag(self, finding: Finding) -> None:
        self._value.problems.append(finding)

    def _bht(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        value = self._value
        value.created, value.created_time = DATES[e[4]], TIMES[e[5]]
        value.reference = e[3]

    def _hl(self, e: list[str], offset: int, number: int) -> None:
        self._level = (e + _BLANKS)[3]
        self._close_claim(offset)
        self._patient = None
        if self._level != "PT":
            self._provider = None
        if self._level == "19":
            self._provider = ProviderStatus()
            self._value.providers.append(self._provider)

    def _close_claim(self, offset: int) -> None:
        for open_one in (self._claim, self._line):
            if open_one is not None:
                open_one.byte_end = offset
        self._claim = self._line = None

    def _nm1(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        party = Party(e[1], e[3], e[4], e[5], e[6], e[7], e[8], e[9], e[2])
        match self._level:
            case "20":
                self._value.sender = party
            case "21":
                self._value.receiver = party
            case "19" if self._provider is not None:
                self._provider.provider = party
                self._value.provider = self._value.provider or party
            case _:
                self._patient = party

    def _trn(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        if self._level == "PT":
            provider = self._provider
            self._close_claim(offset)
            self._claim = ClaimStatus(
                control_number=e[2],
                patient=self._patient,
                provider=provider.provider if provider else None,
                rejected_above=provider is not None and _rejects(provider.statuses),
                byte_start=offset,
            )
            self._value.claims.append(self._claim)
        elif self._level == "21":
            self._value.batch_reference = e[2]
        elif self._level == "19" and self._provider is not None:
            self._provider.trace = e[2]
        elif self._level == "20" and e[2] != self._value.reference:
            self._value.sender_trace = e[2]

    def _stc(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        first, *more = [self._code(e[at]) for at in (1, 10, 11) if e[at]] or [StatusCode("", "")]
        amount = CENTS[e[4]] if e[4] else None
        status = Status(first.category, first.code, first.entity, DATES[e[2]], e[3], amount, e[12], more)
        if self._line is not None:
            self._line.statuses.append(status)
        elif self._claim is not None:
            self._claim.statuses.append(status)
            self._claim.charge_cents = self._claim.charge_cents or amount or 0
        elif self._provider is not None:
            self._provider.statuses.append(status)
        else:
            self._value.statuses.append(status)

    def _code(self, text: str) -> StatusCode:
        parts = text.split(self.component) + _BLANKS
        return StatusCode(parts[0], parts[1], parts[2])

    def _ref(self, e: list[str], offset: int, number: int) -> None:
        reference = Reference(e[1], e[2])
        if self._line is not None:
            self._line.references.append(reference)
        elif self._claim is None:
            self.keep(Segment(e, number, offset))
        elif reference.qualifier == "1K" and not self._claim.payer_claim_number:
            self._claim.payer_claim_number = reference.value
        else:
            self._claim.references.append(reference)

    def _dtp(self, e: list[str], offset: int, number: int) -> None:
        start, end = PERIODS[e[3]]
        place = self._line or self._claim
        if place is not None and e[1] == "472":
            place.service_date, place.service_end_date = start, end
        elif self._level == "20" and e[1] in _SENDER_DAYS and end is None:
            setattr(self._value, _SENDER_DAYS[e[1]], None if start == self._value.created else start)
        else:
            self.keep(Segment(e, number, offset))

    def _svc(self, e: list[str], offset: int, number: int) -> None:
        if self._claim is None:
            self.keep(Segment(e, number, offset))
            return
        values = e + _BLANKS
        if self._line is not None:
            self._line.byte_end = offset
        self._line = LineStatus(
            procedure=parse_procedure(values[1], self.component),
            charge_cents=CENTS[values[2]],
            revenue_code=values[4],
            units=QUANTITIES[values[7]],
            byte_start=offset,
        )
        self._claim.lines.append(self._line)


def _rejects(statuses: Sequence[Status]) -> bool:
    return any(status.is_rejection for status in statuses)


def stream_277ca(source: Source) -> Reader[ClaimAcknowledgment]:
    """Iterate once for every 277CA in the file. Never raises for what the file holds; see `findings`."""
    out: list[ClaimAcknowledgment] = []
    return Reader(source, [ClaimAcknowledgmentBuilder(out)], out)
