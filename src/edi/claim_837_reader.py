"""Builds claims from the segments of an 837, one claim at a time: what the professional, institutional and dental
guides share. A subclass adds the segments that describe a service.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from edi.claim_837 import Claim, ClaimCode, Insured, LineAdjudication, OtherPayer, ServiceLine
from edi.claim_837_levels import BLANKS, NO_PROCEDURE, LevelBuilder
from edi.parties import Amount, DatedFact, Party, Reference
from edi.procedures import Adjustment
from edi.x12.reader import Handler
from edi.x12.segment import Segment
from edi.x12.values import CENTS, DATES, PERIODS, QUANTITIES, TIMES

_PLAIN_DIAGNOSES = frozenset({"ABK", "ABF"})


class ClaimBuilder(LevelBuilder):
    """Emits the head at the first HL, each claim when it is complete, the counts at SE."""

    conversions: ClassVar[Mapping[str, Mapping[int, Mapping[str, object]]]] = {
        "BHT": {4: DATES, 5: TIMES},
        "CLM": {2: CENTS},
        "DMG": {2: DATES},
        "PAT": {6: DATES, 8: QUANTITIES},
        "DTP": {3: PERIODS},
        "SV1": {2: CENTS, 4: QUANTITIES},
        "SV2": {3: CENTS, 5: QUANTITIES, 7: CENTS},
        "SV3": {2: CENTS, 6: QUANTITIES},
        "AMT": {2: CENTS},
        "SVD": {2: CENTS, 5: QUANTITIES},
        "CAS": {at: CENTS if at % 3 == 0 else QUANTITIES for at in range(3, 20) if at % 3 != 2},
    }

    def __init__(self, out: list[Any]) -> None:
        super().__init__(out)
        people: dict[str, Handler] = {
            "NM1": self._nm1,
            "N3": self._n3,
            "N4": self._n4,
            "REF": self._ref,
            "PER": self._per,
            "DMG": self._dmg,
            "HL": self._hl,
        }
        above: dict[str, Handler] = {"PRV": self._prv, "SBR": self._sbr, "PAT": self._pat, "CLM": self._clm, **people}
        below: dict[str, Handler] = {
            "PRV": self._prv,
            "DTP": self._dtp,
            "AMT": self._amt,
            "SBR": self._other_sbr,
            "LX": self._lx,
            "CLM": self._clm,
            **people,
        }
        service: dict[str, Handler] = {
            "SVD": self._svd,
            "LIN": self._lin,
            "LQ": self._lq,
            **self.service_handlers(),
            **below,
        }
        self.tables = {
            "head": {"BHT": self._bht, **people},
            "billing": above,
            "subscriber": above,
            "patient": above,
            "claim": {"HI": self._hi, **self.claim_handlers(), **below},
            "other": {"CAS": self._cas, "OI": self._oi, **below},
            "line": service,
            "drug": {**service, "REF": self._keep_raw, "CTP": self._keep_raw},
            "adjudication": {**service, "CAS": self._cas},
            "form": {**service, "FRM": self._keep_raw},
        }

    def claim_handlers(self) -> dict[str, Handler]:
        """Segments of loop 2300 that only this guide has."""
        return {}

    def service_handlers(self) -> dict[str, Handler]:
        """The segments that describe a service in this guide."""
        return {}

    def _other_sbr(self, e: list[str], offset: int, number: int) -> None:
        claim = self._claim
        if claim is None:
            return
        values = e + BLANKS
        insured = Insured(
            responsibility=values[1],
            relationship=values[2],
            group_number=values[3],
            group_name=values[4],
            insurance_type=values[5],
            filing_code=values[9],
            party=Party(""),
            payer=Party(""),
        )
        self._other = OtherPayer(insured=insured)
        claim.others.append(self._other)
        self._enter("other", self._other)
        if any(values[6:9]) or any(values[10:]):
            self.excess(e, offset, number)

    def _clm(self, e: list[str], offset: int, number: int) -> None:
        given = e + BLANKS
        location = given[5].split(self.component) + BLANKS
        claim = Claim(
            control_number=given[1],
            charge_cents=CENTS[given[2]],
            place_of_service=location[0],
            facility_qualifier=location[1],
            frequency=location[2],
            signature=given[6],
            assignment=given[7],
            benefits_assigned=given[8],
            release_of_information=given[9],
            patient_signature=given[10],
            special_program=given[12],
            delay_reason=given[20],
            billing=self._billing,
            subscriber=self._subscriber,
            patient=self._patient,
            patient_relationship=self._relationship,
            patient_facts=self._facts,
            transaction=self._head.transaction,
            byte_start=offset,
            segment=number,
        )
        self._finish_claim(offset)
        self._claim = claim
        self._enter("claim", claim)
        if given[11]:
            causes = given[11].split(self.component) + BLANKS
            claim.related_causes = [cause for cause in causes[:3] if cause]
            claim.accident_state, claim.accident_country = causes[3], causes[4]
        if (len(e) > 13 and any(e[13:20] + e[21:])) or given[3] or given[4]:
            self.excess(e, offset, number)

    def _ref(self, e: list[str], offset: int, number: int) -> None:
        one = Reference(e[1], e[2]) if len(e) == 3 else Reference(*(e + BLANKS)[1:5])
        if self._party is not None:
            if self._part == "other" and one.qualifier == "F8" and not self._other.claim_number:
                self._other.claim_number = one.value
            else:
                self._party.references.append(one)
        elif self._part == "line":
            if one.qualifier == "6R" and not self._line.control_number:
                self._line.control_number = one.value
            else:
                self._line.references.append(one)
        elif self._part == "claim" and self._claim is not None:
            self._claim_reference(self._claim, one)
        else:
            self.keep(Segment(e, number, offset))

    def _claim_reference(self, claim: Claim, one: Reference) -> None:
        if one.qualifier == "G1" and not claim.prior_authorization:
            claim.prior_authorization = one.value
        elif one.qualifier == "F8" and not claim.original_claim_number:
            claim.original_claim_number = one.value
        else:
            claim.references.append(one)

    def _hi(self, e: list[str], offset: int, number: int) -> None:
        if self._claim is not None:
            self.take_codes(self._claim, e)

    def take_codes(self, claim: Claim, elements: list[str]) -> None:
        """The codes of one HI segment; plain ICD-10 diagnoses go to `diagnoses`."""
        codes = self.read_codes(elements)
        if all(one.qualifier in _PLAIN_DIAGNOSES and not one.dates and not one.present_on_admission for one in codes):
            claim.diagnoses.extend([one.code for one in codes])
        else:
            claim.codes.extend(codes)

    def read_codes(self, elements: list[str]) -> list[ClaimCode]:
        """The composites of an HI segment."""
        component = self.component
        codes = []
        for element in elements[1:]:
            parts = element.split(component)
            if len(parts) == 2:
                codes.append(ClaimCode(parts[0], parts[1]))
            elif element:
                parts += BLANKS
                amount = CENTS[parts[4]] if parts[4] else None
                codes.append(ClaimCode(parts[0], parts[1], parts[3], amount, parts[8]))
        return codes

    def _dtp(self, e: list[str], offset: int, number: int) -> None:
        qualifier, form, text = e[1], e[2], e[3]
        if form in ("D8", "RD8"):
            start, end = PERIODS[text]
            fact = DatedFact(qualifier, start, end)
        else:
            fact = DatedFact(qualifier, None, None, text, form)
        line, claim = self._line, self._claim
        part = self._part
        if part == "line" and self._party is None:
            if qualifier == "472" and fact.date and line.service_date is None:
                line.service_date, line.service_end_date = fact.date, fact.end
            else:
                line.dates.append(fact)
        elif part == "claim" and claim is not None and self._party is None:
            claim.dates.append(fact)
        elif part == "adjudication" and qualifier == "573" and not fact.text:
            self._adjudication.paid_date = fact.date
        else:
            self.keep(Segment(e, number, offset))

    def _amt(self, e: list[str], offset: int, number: int) -> None:
        qualifier, cents = e[1], CENTS[e[2]]
        part, other = self._part, self._other
        if part == "other" and qualifier == "D":
            other.paid_cents = cents
        elif part == "other" and qualifier == "EAF":
            other.remaining_cents = cents
        elif part == "other" and qualifier == "A8":
            other.non_covered_cents = cents
        elif part == "adjudication" and qualifier == "EAF":
            self._adjudication.remaining_cents = cents
        elif part == "line":
            self._line.amounts.append(Amount(qualifier, cents))
        elif part == "claim" and self._claim is not None:
            self._claim.amounts.append(Amount(qualifier, cents))
        else:
            self.keep(Segment(e, number, offset))

    def _cas(self, e: list[str], offset: int, number: int) -> None:
        e = e + BLANKS
        trios = [
            Adjustment(e[1], e[at], CENTS[e[at + 1]], QUANTITIES[e[at + 2]])
            for at in range(2, 20, 3)
            if e[at] or e[at + 1]
        ]
        (self._adjudication if self._part == "adjudication" else self._other).adjustments.extend(trios)

    def _oi(self, e: list[str], offset: int, number: int) -> None:
        values = e + BLANKS
        other = self._other
        other.benefits_assigned, other.patient_signature, other.release_of_information = values[3], values[4], values[6]
        if any(values[1:3]) or values[5] or any(values[7:]):
            self.excess(e, offset, number)

    def _lx(self, e: list[str], offset: int, number: int) -> None:
        claim = self._claim
        if claim is None:
            return
        lines = claim.lines
        if lines:
            lines[-1].byte_end = offset
        line = self._line = ServiceLine(
            number=int(e[1]) if e[1].isdecimal() else 0,
            procedure=NO_PROCEDURE,
            charge_cents=0,
            byte_start=offset,
            segment=number,
        )
        lines.append(line)
        self._enter("line", line)

    def _svd(self, e: list[str], offset: int, number: int) -> None:
        values = e + BLANKS
        decision = self._adjudication = LineAdjudication(
            payer_identifier=values[1],
            paid_cents=CENTS[values[2]],
            procedure=self._procedures[values[3]] if values[3] else None,
            paid_units=QUANTITIES[values[5]],
            bundled_line=values[6],
        )
        self._line.adjudications.append(decision)
        self._enter("adjudication", decision)
        if (values[4] and values[4] != self._line.revenue_code) or any(values[7:]):
            self.excess(e, offset, number)

    def _lin(self, e: list[str], offset: int, number: int) -> None:
        self._enter("drug", self._line)
        self.keep(Segment(e, number, offset))

    def _lq(self, e: list[str], offset: int, number: int) -> None:
        self._enter("form", self._line)
        self.keep(Segment(e, number, offset))
