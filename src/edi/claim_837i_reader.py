"""Builds institutional claims (837I, 005010X223A2)."""

import re

from edi.claim_837 import Claim, ServiceLine
from edi.claim_837_levels import BLANKS, NO_PROCEDURE
from edi.claim_837_reader import ClaimBuilder
from edi.claim_837_runs import ClaimRunBuilder
from edi.x12.reader import Handler
from edi.x12.runs import FRACTION, WHOLE, Run
from edi.x12.values import CENTS, PERIODS, QUANTITIES

LINE = Run("""
    LX*{number!}
    SV2*{revenue}*{procedure!}*{charge$}*{unit}*{units}
    ? DTP*472*{form=D8|RD8}*{date!}
    ? REF*6R*{control!}
""")


class InstitutionalClaimBuilder(ClaimBuilder):
    """The 837I. Diagnoses with a present-on-admission indicator are in `codes`, all of them then."""

    guide = "837I"

    def claim_handlers(self) -> dict[str, Handler]:
        return {"CL1": self._cl1}

    def service_handlers(self) -> dict[str, Handler]:
        return {"SV2": self._sv2}

    def take_codes(self, claim: Claim, elements: list[str]) -> None:
        codes = self.read_codes(elements)
        claim.codes.extend(codes)

    def complete(self, claim: Claim) -> None:
        diagnoses = [one for one in claim.codes if one.qualifier in ("ABK", "ABF")]
        plain = all(not (one.dates or one.present_on_admission or one.amount_cents) for one in diagnoses)
        if plain and [one.qualifier for one in diagnoses[:2]] in (["ABK"], ["ABK", "ABF"]):
            claim.diagnoses = [one.code for one in diagnoses]
            claim.codes = [one for one in claim.codes if one not in diagnoses]

    def _cl1(self, e: list[str], offset: int, number: int) -> None:
        values = e + BLANKS
        if self._claim is not None:
            self._claim.admission_type, self._claim.admission_source, self._claim.patient_status = values[1:4]
        if any(values[4:]):
            self.excess(e, offset, number)

    def _sv2(self, e: list[str], offset: int, number: int) -> None:
        line, values = self._line, e + BLANKS
        charge, units = CENTS[values[3]], QUANTITIES[values[5]]
        uncovered = CENTS[values[7]] if values[7] else None
        line.revenue_code, line.unit = values[1], values[4]
        line.procedure = self._procedures[values[2]] if values[2] else NO_PROCEDURE
        line.charge_cents, line.units, line.non_covered_cents = charge, units, uncovered
        if values[6] or any(values[8:]):
            self.excess(e, offset, number)


class InstitutionalRunBuilder(ClaimRunBuilder, InstitutionalClaimBuilder):
    """The same, faster: takes the usual segments together."""

    line_run = LINE

    def take_line(self, found: re.Match[str], offset: int, number: int) -> int:
        position, revenue, procedure, charge, charge_part, unit, units, _, date, control = found.groups("")
        line = ServiceLine(
            number=int(position) if position.isdecimal() else 0,
            procedure=self._procedures[procedure],
            charge_cents=WHOLE[charge] + FRACTION[charge_part],
            units=QUANTITIES[units],
            unit=unit,
            revenue_code=revenue,
            control_number=control,
            byte_start=offset,
            segment=number,
        )
        taken = 3 if control else 2
        if date:
            line.service_date, line.service_end_date = PERIODS[date]
            taken += 1
        return taken if self.open_line(line) else 0
