"""Builds professional claims (837P, 005010X222A1)."""

import re
from functools import lru_cache

from edi.claim_837 import Claim, ServiceLine
from edi.claim_837_levels import BLANKS
from edi.claim_837_reader import ClaimBuilder
from edi.claim_837_runs import ClaimRunBuilder
from edi.x12.reader import Handler
from edi.x12.runs import FRACTION, WHOLE, Run
from edi.x12.values import CENTS, PERIODS, QUANTITIES

LINE = Run("""
    LX*{number!}
    SV1*{procedure!}*{charge$}*{unit}*{units}*{place:place of service}**{pointers}
    ? DTP*472*{form=D8|RD8}*{date!}
    ? REF*6R*{control!}
""")


class ProfessionalClaimBuilder(ClaimBuilder):
    """The 837P (005010X222A1)."""

    guide = "837P"

    def service_handlers(self) -> dict[str, Handler]:
        return {"SV1": self._sv1}

    def _sv1(self, e: list[str], offset: int, number: int) -> None:
        line, given = self._line, e + BLANKS
        line.procedure, line.charge_cents = self._procedures[given[1]], CENTS[given[2]]
        line.unit, line.units, line.place_of_service = given[3], QUANTITIES[given[4]], given[5]
        line.pointers = list(_pointers(given[7], self.component))
        if len(e) > 8:
            line.emergency, line.epsdt, line.family_planning, line.copay_exempt = (
                given[9],
                given[11],
                given[12],
                given[15],
            )
        if given[6] or given[8] or given[10] or given[13] or given[14] or any(given[16:]):
            self.excess(e, offset, number)


class ProfessionalRunBuilder(ClaimRunBuilder, ProfessionalClaimBuilder):
    """The same, faster: takes the usual segments together."""

    line_run = LINE

    def take_code_text(self, claim: Claim, text: str) -> None:
        element, component = self.element, self.component
        principal, *others = text.split(f"{element}ABF{component}")
        plain = text.count(component) == 1 + len(others) and text.count(element) == len(others)
        if plain and principal[:4] == "ABK" + component:
            claim.diagnoses.append(principal[4:])
            claim.diagnoses += others
        else:
            super().take_code_text(claim, text)

    def take_line(self, found: re.Match[str], offset: int, number: int) -> int:
        (
            position, procedure, charge, charge_part, unit, units, place, pointers, _, date, control,
        ) = found.groups("")  # fmt: skip
        line = ServiceLine(
            number=int(position) if position.isdecimal() else 0,
            procedure=self._procedures[procedure],
            charge_cents=WHOLE[charge] + FRACTION[charge_part],
            units=QUANTITIES[units],
            unit=unit,
            place_of_service=place,
            pointers=list(_pointers(pointers, self.component)),
            control_number=control,
            byte_start=offset,
            segment=number,
        )
        taken = 3 if control else 2
        if date:
            line.service_date, line.service_end_date = PERIODS[date]
            taken += 1
        return taken if self.open_line(line) else 0


@lru_cache(maxsize=1024)
def _pointers(text: str, component: str) -> tuple[int, ...]:
    return tuple(int(pointer) for pointer in text.split(component) if pointer.isdecimal())
