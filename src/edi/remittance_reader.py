"""Builds remittance values from the segments of an 835 (005010X221A1)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from edi.parties import Address, Amount, Contact, ContactNumber, DatedFact, Party, Reference
from edi.procedures import Adjustment, Procedures
from edi.remittance import (
    BankAccount,
    ClaimGroup,
    ClaimPayment,
    InpatientAdjudication,
    OutpatientAdjudication,
    Payment,
    PaymentClose,
    ProviderAdjustment,
    Quantity,
    RemarkCode,
    ServicePayment,
)
from edi.x12.envelope import TransactionSet
from edi.x12.findings import Finding
from edi.x12.reader import SetBuilder
from edi.x12.segment import Segment
from edi.x12.values import CENTS, DATES, QUANTITIES

RemittanceEvent = Payment | ClaimPayment | PaymentClose
"""A streamed 835: one Payment, its ClaimPayments, one PaymentClose."""

_BLANKS = [""] * 22


class RemittanceBuilder(SetBuilder[RemittanceEvent]):
    """Emits the payment when its head is complete, each claim when the next begins, the close at SE."""

    guide = "835"
    conversions: ClassVar[Mapping[str, Mapping[int, Mapping[str, object]]]] = {
        "BPR": {2: CENTS, 16: DATES},
        "DTM": {2: DATES},
        "CLP": {3: CENTS, 4: CENTS, 5: CENTS, 12: QUANTITIES, 13: QUANTITIES},
        "SVC": {2: CENTS, 3: CENTS, 5: QUANTITIES, 7: QUANTITIES},
        "CAS": {at: CENTS if at % 3 == 0 else QUANTITIES for at in range(3, 20) if at % 3 != 2},
        "AMT": {2: CENTS},
        "QTY": {2: QUANTITIES},
        "PLB": {2: DATES} | dict.fromkeys(range(4, 15, 2), CENTS),
    }

    def __init__(self, out: list[Any]) -> None:
        super().__init__(out)
        opening = {"LX": self._lx, "CLP": self._clp, "PLB": self._plb}
        claim = {
            "CAS": self._cas,
            "REF": self._ref,
            "DTM": self._claim_dtm,
            "AMT": self._amt,
            "QTY": self._qty,
            "SVC": self._svc,
        }
        self.tables = {
            "head": {
                "BPR": self._bpr,
                "TRN": self._trn,
                "REF": self._ref,
                "DTM": self._dtm,
                "N1": self._n1,
                "N3": self._n3,
                "N4": self._n4,
                "PER": self._per,
                **opening,
            },
            "group": {"TS3": self._ts3, "TS2": self._ts2, **opening},
            "claim": {"NM1": self._nm1, "MIA": self._mia, "MOA": self._moa, "PER": self._claim_per, **claim, **opening},
            "line": {"LQ": self._lq, **claim, **opening},
            "tail": {"PLB": self._plb},
        }
        self._payment = Payment(payment_cents=0)
        self._close = PaymentClose()
        self._group: ClaimGroup | None = None
        self._claim = ClaimPayment("", "", 0, 0)
        self._place: ClaimPayment | ServicePayment = self._claim
        self._head: Payment | Party = self._payment
        self._holder: Payment | Party | ClaimPayment | ServicePayment = self._payment
        self._open_claim = False
        self._open_head = False
        self._procedures = Procedures(":")

    def begin(self, transaction: TransactionSet) -> None:
        self._payment = Payment(payment_cents=0, transaction=transaction, byte_start=transaction.offset)
        self._close = PaymentClose()
        self._group = None
        self._holder = self._payment
        self._open_head = True
        self._open_claim = False
        if self._procedures.component != self.component:
            self._procedures = Procedures(self.component)

    def end(self, offset: int, problem: Finding | None) -> None:
        if problem is not None:
            self.flag(problem)
        self._finish_claim(offset)
        self._close.byte_end = offset
        if problem is not None:
            self._close.problems.append(problem)
        self.out.append(self._close)

    def keep(self, segment: Segment) -> None:
        if self._open_head:
            self._holder.kept.append(segment)
        elif self._open_claim:
            self._place.kept.append(segment)
        else:
            self._close.kept.append(segment)

    def flag(self, finding: Finding) -> None:
        if self._open_head:
            self._payment.problems.append(finding)
        elif self._open_claim:
            self._place.problems.append(finding)
        else:
            self._close.problems.append(finding)

    def _finish_claim(self, offset: int) -> None:
        """Emit what is complete before the segment at `offset`."""
        if self._open_claim:
            claim = self._claim
            claim.byte_end = offset
            if claim.lines:
                claim.lines[-1].byte_end = offset
            close = self._close
            close.claim_count += 1
            close.claim_paid_cents += claim.paid_cents
            self.out.append(claim)
            self._open_claim = False
        elif self._open_head:
            self.out.append(self._payment)
            self._open_head = False

    def _bpr(self, e: list[str], offset: int, number: int) -> None:
        given = e
        e = e + _BLANKS
        payment = self._payment
        payment.payment_cents, payment.payment_date = CENTS[e[2]], DATES[e[16]]
        payment.handling_code, payment.credit_debit, payment.method_code, payment.format_code = e[1], e[3], e[4], e[5]
        payment.payer_account = BankAccount(*e[6:10]) if any(e[6:10]) else None
        payment.originator_id, payment.originator_supplement = e[10], e[11]
        payment.payee_account = BankAccount(*e[12:16]) if any(e[12:16]) else None
        if any(e[17:]):
            self.excess(given, offset, number)

    def _trn(self, e: list[str], offset: int, number: int) -> None:
        given = e
        e = e + _BLANKS
        payment = self._payment
        payment.trace_number, payment.payer_identifier, payment.payer_supplement = e[2], e[3], e[4]
        if e[1] != "1" or any(e[5:]):
            self.excess(given, offset, number)

    def _n1(self, e: list[str], offset: int, number: int) -> None:
        given = e
        e = e + _BLANKS
        party = Party(e[1], e[2], id_qualifier=e[3], identifier=e[4])
        payment = self._payment
        if e[1] == "PR" and payment.payer is None:
            payment.payer = party
        elif e[1] == "PE" and payment.payee is None:
            payment.payee = party
        else:
            self._holder = payment
            self.keep(Segment(given, number, offset))
            return
        self._holder = party
        if any(e[5:]):
            self.excess(given, offset, number)

    def _address(self, e: list[str], offset: int, number: int) -> Address | None:
        party = self._holder
        if not isinstance(party, Party):
            self.keep(Segment(e, number, offset))
            return None
        if party.address is None:
            party.address = Address()
        return party.address

    def _n3(self, e: list[str], offset: int, number: int) -> None:
        address = self._address(e, offset, number)
        if address is not None:
            address.line1, address.line2 = (e + _BLANKS)[1:3]
            if len(e) > 3:
                self.excess(e, offset, number)

    def _n4(self, e: list[str], offset: int, number: int) -> None:
        address = self._address(e, offset, number)
        if address is not None:
            values = e + _BLANKS
            address.city, address.state, address.postal_code, address.country = values[1:5]
            address.subdivision = values[7]
            if values[5] or values[6] or any(values[8:]):
                self.excess(e, offset, number)

    def _per(self, e: list[str], offset: int, number: int) -> None:
        party = self._holder
        if not isinstance(party, Party):
            self.keep(Segment(e, number, offset))
            return
        party.contacts.append(read_contact(e))
        if len(e) > 9:
            self.excess(e, offset, number)

    def _ref(self, e: list[str], offset: int, number: int) -> None:
        if len(e) == 3:
            self._holder.references.append(Reference(e[1], e[2]))
            return
        values = e + _BLANKS
        self._holder.references.append(Reference(values[1], values[2], values[3], values[4]))
        if any(values[5:]):
            self.excess(e, offset, number)

    def _dtm(self, e: list[str], offset: int, number: int) -> None:
        fact = DatedFact(e[1], DATES[e[2]])
        holder = self._holder
        if isinstance(holder, Party):
            self.keep(Segment(e, number, offset))
            return
        holder.dates.append(fact)
        if len(e) > 3 and any(e[3:]):
            self.excess(e, offset, number)

    def _claim_dtm(self, e: list[str], offset: int, number: int) -> None:
        self._place.dates.append(DatedFact(e[1], DATES[e[2]]))
        if len(e) > 3 and any(e[3:]):
            self.excess(e, offset, number)

    def _lx(self, e: list[str], offset: int, number: int) -> None:
        self._finish_claim(offset)
        self._group = ClaimGroup(e[1])
        self.switch("group")
        if len(e) > 2 and any(e[2:]):
            self.excess(e, offset, number)

    def _ts3(self, e: list[str], offset: int, number: int) -> None:
        if self._group is None:
            self.keep(Segment(e, number, offset))
        else:
            self._group.provider_summary = e[1:]

    def _ts2(self, e: list[str], offset: int, number: int) -> None:
        if self._group is None:
            self.keep(Segment(e, number, offset))
        else:
            self._group.supplemental_summary = e[1:]

    def _clp(self, e: list[str], offset: int, number: int) -> None:
        given = e
        e = e + _BLANKS
        claim = ClaimPayment(
            e[1],
            e[2],
            CENTS[e[3]],
            CENTS[e[4]],
            CENTS[e[5]] if e[5] else None,
            e[6],
            e[7],
            e[8],
            e[9],
            e[10],
            e[11],
            QUANTITIES[e[12]],
            QUANTITIES[e[13]],
            e[14],
            self._group,
            byte_start=offset,
            segment=number,
        )
        self._open(claim)
        if len(given) > 15 and any(given[15:]):
            self.excess(given, offset, number)

    def _open(self, claim: ClaimPayment) -> None:
        """What follows is about this claim."""
        self._finish_claim(claim.byte_start)
        self._claim = self._place = self._holder = claim
        self._open_claim = True
        self.switch("claim")

    def _open_line(self, line: ServicePayment) -> None:
        """What follows is about this line."""
        lines = self._claim.lines
        if lines:
            lines[-1].byte_end = line.byte_start
        lines.append(line)
        self._place = self._holder = line
        self.switch("line")

    def _nm1(self, e: list[str], offset: int, number: int) -> None:
        given = e
        e = e + _BLANKS
        self._claim.parties.append(Party(e[1], e[3], e[4], e[5], e[6], e[7], e[8], e[9], e[2]))
        if len(given) > 10 and any(given[10:]):
            self.excess(given, offset, number)

    def _mia(self, e: list[str], offset: int, number: int) -> None:
        if self._claim.inpatient is not None:
            self.keep(Segment(e, number, offset))
        else:
            self._claim.inpatient = InpatientAdjudication(e[1:])

    def _moa(self, e: list[str], offset: int, number: int) -> None:
        if self._claim.outpatient is not None:
            self.keep(Segment(e, number, offset))
        else:
            self._claim.outpatient = OutpatientAdjudication(e[1:])

    def _claim_per(self, e: list[str], offset: int, number: int) -> None:
        self._claim.contacts.append(Segment(e, number, offset))

    def _cas(self, e: list[str], offset: int, number: int) -> None:
        size = len(e)
        if size == 4:
            self._place.adjustments.append(Adjustment(e[1], e[2], CENTS[e[3]]))
            return
        e = e + _BLANKS
        group = e[1]
        self._place.adjustments.extend(
            [
                Adjustment(group, e[at], CENTS[e[at + 1]], QUANTITIES[e[at + 2]])
                for at in range(2, 20, 3)
                if e[at] or e[at + 1]
            ]
        )
        if size > 20 and any(e[20:]):
            self.excess(e, offset, number)

    def _svc(self, e: list[str], offset: int, number: int) -> None:
        procedures = self._procedures
        if len(e) == 6:
            line = ServicePayment(procedures[e[1]], CENTS[e[2]], CENTS[e[3]], e[4], QUANTITIES[e[5]])
        else:
            values = e + _BLANKS
            line = ServicePayment(
                procedures[values[1]],
                CENTS[values[2]],
                CENTS[values[3]],
                values[4],
                QUANTITIES[values[5]],
                procedures[values[6]] if values[6] else None,
                QUANTITIES[values[7]],
            )
        line.byte_start, line.segment = offset, number
        self._open_line(line)
        if len(e) > 8 and any(e[8:]):
            self.excess(e, offset, number)

    def _amt(self, e: list[str], offset: int, number: int) -> None:
        self._place.amounts.append(Amount(e[1], CENTS[e[2]]))
        if len(e) > 3 and any(e[3:]):
            self.excess(e, offset, number)

    def _qty(self, e: list[str], offset: int, number: int) -> None:
        self._place.quantities.append(Quantity(e[1], QUANTITIES[e[2]]))
        if len(e) > 3 and any(e[3:]):
            self.excess(e, offset, number)

    def _lq(self, e: list[str], offset: int, number: int) -> None:
        line = self._claim.lines[-1]
        line.remarks.append(RemarkCode(e[1], e[2]))
        if len(e) > 3 and any(e[3:]):
            self.excess(e, offset, number)

    def _plb(self, e: list[str], offset: int, number: int) -> None:
        given = e
        e = e + _BLANKS
        period = DATES[e[2]]
        found = []
        for at in range(3, 15, 2):
            if e[at] or e[at + 1]:
                reason, _, reference = e[at].partition(self.component)
                found.append(ProviderAdjustment(e[1], period, reason, reference, CENTS[e[at + 1]], offset, number))
        self._finish_claim(offset)
        self._close.provider_adjustments.extend(found)
        self.switch("tail")
        if len(given) > 15 and any(given[15:]):
            self.excess(given, offset, number)


def read_contact(e: list[str]) -> Contact:
    """A PER segment."""
    numbers = [ContactNumber(e[at], e[at + 1]) for at in range(3, min(len(e) - 1, 8), 2) if e[at] or e[at + 1]]
    return Contact(e[2] if len(e) > 2 else "", numbers, e[1] if len(e) > 1 else "")
