"""The 837D dental claim (005010X224A2), read only. Tooth information (TOO) and orthodontic segments stay in `kept`."""

from edi.claim_837_levels import BLANKS, ClaimEvent
from edi.claim_837_reader import ClaimBuilder
from edi.x12.reader import Handler, Reader
from edi.x12.tokenizer import Source
from edi.x12.values import CENTS, QUANTITIES

__all__ = ["ClaimEvent", "DentalClaimBuilder", "stream_837d"]


class DentalClaimBuilder(ClaimBuilder):
    """The 837D."""

    guide = "837D"

    def service_handlers(self) -> dict[str, Handler]:
        return {"SV3": self._sv3}

    def _sv3(self, e: list[str], offset: int, number: int) -> None:
        line, values = self._line, e + BLANKS
        charge, units = CENTS[values[2]], QUANTITIES[values[6]]
        line.procedure, line.charge_cents, line.units = self._procedures[values[1]], charge, units
        line.place_of_service, line.tooth_area = values[3], values[4]
        line.pointers = [int(pointer) for pointer in values[11].split(self.component) if pointer.isdecimal()]
        if values[5] or any(values[7:11]) or any(values[12:]):
            self.excess(e, offset, number)


def stream_837d(source: Source) -> Reader[ClaimEvent]:
    """Iterate once: for every 837D in the file a `ClaimSet`, its `Claim`s in order, and a `ClaimsEnd`."""
    out: list[ClaimEvent] = []
    return Reader(source, [DentalClaimBuilder(out)], out)
