"""Builds professional claims (837P, 005010X222A1)."""

from edi.claim_837_levels import BLANKS
from edi.claim_837_reader import ClaimBuilder
from edi.x12.reader import Handler
from edi.x12.values import CENTS, QUANTITIES


class ProfessionalClaimBuilder(ClaimBuilder):
    """The 837P (005010X222A1)."""

    guide = "837P"

    def service_handlers(self) -> dict[str, Handler]:
        return {"SV1": self._sv1}

    def _sv1(self, e: list[str], offset: int, number: int) -> None:
        line, given = self._line, e + BLANKS
        line.procedure, line.charge_cents = self._procedures[given[1]], CENTS[given[2]]
        line.unit, line.units, line.place_of_service = given[3], QUANTITIES[given[4]], given[5]
        line.pointers = [int(pointer) for pointer in given[7].split(self.component) if pointer.isdecimal()]
        if len(e) > 8:
            line.emergency, line.epsdt, line.family_planning, line.copay_exempt = (
                given[9],
                given[11],
                given[12],
                given[15],
            )
        if given[6] or given[8] or given[10] or given[13] or given[14] or any(given[16:]):
            self.excess(e, offset, number)
