"""Builds professional claims from the segments of an 837P (005010X222A1), one claim at a time."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from edi.claim_837 import (
    BillingProvider,
    Claim,
    ClaimsEnd,
    ClaimSet,
    Insured,
    LineAdjudication,
    OtherPayer,
    ServiceLine,
)
from edi.parties import Address, Amount, DatedFact, Party, Reference
from edi.procedures import Adjustment, Procedures
from edi.remittance_reader import read_contact
from edi.x12.envelope import TransactionSet
from edi.x12.findings import Finding
from edi.x12.reader import SetBuilder
from edi.x12.segment import Segment
from edi.x12.values import CENTS, QUANTITIES, parse_date, parse_range, parse_time

ClaimEvent = ClaimSet | Claim | ClaimsEnd
"""A streamed 837: one ClaimSet, its Claims, one ClaimsEnd."""

_BLANKS = [""] * 20
_NOBODY = Party("")
_SUBSCRIBER_IS_PATIENT = "18"


class ProfessionalClaimBuilder(SetBuilder[ClaimEvent]):
    """Emits the head at the first HL, each claim when it is complete, the counts at SE."""

    guide = "837P"
    conversions: ClassVar[Mapping[str, Mapping[int, Mapping[str, object]]]] = {
        "CLM": {2: CENTS},
        "SV1": {2: CENTS, 4: QUANTITIES},
        "AMT": {2: CENTS},
        "SVD": {2: CENTS, 5: QUANTITIES},
        "CAS": {at: CENTS if at % 3 == 0 else QUANTITIES for at in range(3, 20) if at % 3 != 2},
    }

    def __init__(self, out: list[Any]) -> None:
        super().__init__(out)
        people = {
            "NM1": self._nm1,
            "N3": self._n3,
            "N4": self._n4,
            "REF": self._ref,
            "PER": self._per,
            "PRV": self._prv,
            "DMG": self._dmg,
            "HL": self._hl,
        }
        claim = {"DTP": self._dtp, "AMT": self._amt, "CAS": self._cas, "LX": self._lx, "CLM": self._clm, **people}
        self.tables = {
            "head": {"BHT": self._bht, **people},
            "parties": {"SBR": self._sbr, "PAT": self._pat, "CLM": self._clm, **people},
            "claim": {"HI": self._hi, "SBR": self._other_sbr, "OI": self._oi, **claim},
            "line": {"SV1": self._sv1, "SVD": self._svd, **claim},
        }
        self._procedures = Procedures(":")
        self._reset(None)

    def _reset(self, transaction: TransactionSet | None) -> None:
        self._head = ClaimSet(reference="", created=None, submitter=_NOBODY, receiver=_NOBODY, transaction=transaction)
        self._head_open = transaction is not None
        self._billing = BillingProvider(party=_NOBODY)
        self._subscriber = Insured(responsibility="", party=_NOBODY, payer=_NOBODY)
        self._patient: Party | None = None
        self._relationship = ""
        self._claim: Claim | None = None
        self._line: ServiceLine | None = None
        self._other: OtherPayer | None = None
        self._adjudication: LineAdjudication | None = None
        self._person = _NOBODY
        self._level = ""
        self._end = ClaimsEnd()

    def begin(self, transaction: TransactionSet) -> None:
        self._reset(transaction)
        if self._procedures.component != self.component:
            self._procedures = Procedures(self.component)

    def end(self, offset: int, problem: Finding | None) -> None:
        if problem is not None:
            self.flag(problem)
            self._end.problems.append(problem)
        self._emit_head()
        self._finish_claim(offset)
        self.out.append(self._end)

    def keep(self, segment: Segment) -> None:
        self._place().kept.append(segment)

    def flag(self, finding: Finding) -> None:
        self._place().problems.append(finding)

    def _place(self) -> ClaimSet | Claim | ServiceLine:
        return self._line or self._claim or self._head

    def _emit_head(self) -> None:
        if self._head_open:
            self.out.append(self._head)
            self._head_open = False

    def _finish_claim(self, offset: int) -> None:
        claim = self._claim
        if claim is None:
            return
        claim.byte_end = offset
        if claim.lines:
            claim.lines[-1].byte_end = offset
        self._end.claim_count += 1
        self._end.charge_cents += claim.charge_cents
        self.out.append(claim)
        self._claim = self._line = self._other = self._adjudication = None

    def _bht(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        head = self._head
        head.purpose, head.reference, head.kind = e[2], e[3], e[6]
        head.created = parse_date(e[4]) if e[4] else None
        head.created_time = parse_time(e[5]) if e[5] else None

    def _hl(self, e: list[str], offset: int, number: int) -> None:
        self._emit_head()
        self._finish_claim(offset)
        self._level = (e + _BLANKS)[3]
        self._patient = None
        if self._level == "20":
            self._billing = BillingProvider(party=_NOBODY)
        if self._level == "22":
            self._subscriber = Insured(responsibility="", party=_NOBODY, payer=_NOBODY)
        self.switch("parties")

    def _sbr(self, e: list[str], offset: int, number: int) -> None:
        self._subscriber = _insured(e + _BLANKS)

    def _other_sbr(self, e: list[str], offset: int, number: int) -> None:
        if self._claim is not None:
            self._other = OtherPayer(insured=_insured(e + _BLANKS))
            self._claim.others.append(self._other)

    def _pat(self, e: list[str], offset: int, number: int) -> None:
        self._relationship = (e + _BLANKS)[1]

    def _nm1(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        party = Party(e[1], e[3], e[4], e[5], e[6], e[7], e[8], e[9], e[2])
        self._person = party
        if self._line is not None:
            self._line.parties.append(party)
        elif self._claim is not None:
            self._claim_party(self._claim, party)
        else:
            self._upper_party(party)

    def _claim_party(self, claim: Claim, party: Party) -> None:
        if self._other is None:
            claim.parties.append(party)
        elif party.role == "IL":
            self._other.insured.party = party
        elif party.role == "PR":
            self._other.insured.payer = party
        else:
            claim.parties.append(party)

    def _upper_party(self, party: Party) -> None:
        match party.role:
            case "41":
                self._head.submitter = party
            case "40":
                self._head.receiver = party
            case "85":
                self._billing.party = party
            case "IL":
                self._subscriber.party = party
            case "PR":
                self._subscriber.payer = party
            case "QC":
                self._patient = party
            case _:
                self._head.kept.append(Segment(["NM1", party.role, party.entity_type, party.name], 0, 0))

    def _address(self) -> Address:
        if self._person.address is None:
            self._person.address = Address()
        return self._person.address

    def _n3(self, e: list[str], offset: int, number: int) -> None:
        address = self._address()
        address.line1, address.line2 = (e + _BLANKS)[1:3]

    def _n4(self, e: list[str], offset: int, number: int) -> None:
        address = self._address()
        address.city, address.state, address.postal_code, address.country = (e + _BLANKS)[1:5]

    def _dmg(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        self._person.birth_date = parse_date(e[2]) if e[2] else None
        self._person.sex = e[3]

    def _per(self, e: list[str], offset: int, number: int) -> None:
        self._person.contacts.append(read_contact(e))

    def _prv(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        if self._claim is None:
            self._billing.taxonomy = e[3]
        else:
            self._claim.taxonomies[self._person.role] = e[3]

    def _clm(self, e: list[str], offset: int, number: int) -> None:
        self._finish_claim(offset)
        given = e + _BLANKS
        location = (given[5].split(self.component) + _BLANKS)[:3]
        self._claim = Claim(
            control_number=given[1],
            charge_cents=CENTS[given[2]],
            place_of_service=location[0],
            facility_qualifier=location[1],
            frequency=location[2],
            signature=given[6],
            assignment=given[7],
            benefits_assigned=given[8],
            release_of_information=given[9],
            billing=self._billing,
            subscriber=self._subscriber,
            patient=self._patient,
            patient_relationship=self._relationship if self._patient else "",
            transaction=self._head.transaction,
            byte_start=offset,
            segment=number,
        )
        self._person = _NOBODY
        self.switch("claim")
        if any(given[10:]):
            self.keep(Segment(e, number, offset, reason="unread"))

    def _ref(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        one = Reference(e[1], e[2], e[3], e[4])
        if self._line is not None:
            if e[1] == "6R":
                self._line.control_number = e[2]
            else:
                self._line.references.append(one)
        elif self._claim is not None and self._person is _NOBODY:
            self._claim_reference(self._claim, one)
        elif self._other is not None and one.qualifier == "F8":
            self._other.claim_number = one.value
        else:
            self._person.references.append(one)

    def _claim_reference(self, claim: Claim, one: Reference) -> None:
        if one.qualifier == "G1":
            claim.prior_authorization = one.value
        elif one.qualifier == "F8":
            claim.original_claim_number = one.value
        else:
            claim.references.append(one)

    def _hi(self, e: list[str], offset: int, number: int) -> None:
        if self._claim is None:
            return
        for element in e[1:]:
            qualifier, _, code = element.partition(self.component)
            if qualifier in {"ABK", "ABF"}:
                self._claim.diagnoses.append(code.split(self.component)[0])
            else:
                self.keep(Segment(e, number, offset))
                return

    def _dtp(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        start, end = parse_range(e[3]) if e[2] == "RD8" else (parse_date(e[3]), None)
        fact = DatedFact(e[1], start, end)
        if self._adjudication is not None and e[1] == "573":
            self._adjudication.paid_date = start
        elif self._line is not None and e[1] == "472":
            self._line.service_date, self._line.service_end_date = start, end or start
        elif self._line is not None:
            self._line.dates.append(fact)
        elif self._claim is not None:
            self._claim.dates.append(fact)

    def _amt(self, e: list[str], offset: int, number: int) -> None:
        cents = CENTS[e[2]]
        if self._line is not None:
            self._line.amounts.append(Amount(e[1], cents))
        elif self._other is not None and e[1] == "D":
            self._other.paid_cents = cents
        elif self._other is not None and e[1] == "EAF":
            self._other.remaining_cents = cents
        elif self._claim is not None:
            self._claim.amounts.append(Amount(e[1], cents))

    def _cas(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        trios = [
            Adjustment(e[1], e[at], CENTS[e[at + 1]], QUANTITIES[e[at + 2]])
            for at in range(2, 20, 3)
            if e[at] or e[at + 1]
        ]
        if self._adjudication is not None:
            self._adjudication.adjustments.extend(trios)
        elif self._other is not None:
            self._other.adjustments.extend(trios)

    def _oi(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        if self._other is not None:
            self._other.benefits_assigned, self._other.release_of_information = e[3], e[6]

    def _lx(self, e: list[str], offset: int, number: int) -> None:
        claim = self._claim
        if claim is None:
            return
        if claim.lines:
            claim.lines[-1].byte_end = offset
        count = int(e[1]) if e[1].isdigit() else len(claim.lines) + 1
        self._line = ServiceLine(
            number=count, procedure=self._procedures[""], charge_cents=0, byte_start=offset, segment=number
        )
        claim.lines.append(self._line)
        self._other = self._adjudication = None
        self.switch("line")

    def _sv1(self, e: list[str], offset: int, number: int) -> None:
        line, given = self._line, e + _BLANKS
        if line is None:
            return
        line.procedure, line.charge_cents = self._procedures[given[1]], CENTS[given[2]]
        line.unit, line.units, line.place_of_service = given[3], QUANTITIES[given[4]], given[5]
        line.pointers = [int(pointer) for pointer in given[7].split(self.component) if pointer.isdigit()]
        if any(given[8:]):
            self.keep(Segment(e, number, offset, reason="unread"))

    def _svd(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        if self._line is None:
            return
        self._adjudication = LineAdjudication(
            payer_identifier=e[1],
            paid_cents=CENTS[e[2]],
            procedure=self._procedures[e[3]] if e[3] else None,
            paid_units=QUANTITIES[e[5]],
        )
        self._line.adjudications.append(self._adjudication)


def _insured(e: list[str]) -> Insured:
    return Insured(
        responsibility=e[1],
        relationship=e[2],
        group_number=e[3],
        group_name=e[4],
        insurance_type=e[5],
        filing_code=e[9],
        party=msgspec.structs.replace(_NOBODY),
        payer=msgspec.structs.replace(_NOBODY),
    )
