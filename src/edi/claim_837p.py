"""The 837P professional claim: read it, stream it claim by claim, write it."""

from edi.claim_837_levels import ClaimEvent
from edi.claim_837_writer import OutgoingSet
from edi.claim_837p_reader import ProfessionalRunBuilder
from edi.claim_837p_writer import write_837p
from edi.x12.reader import Reader
from edi.x12.tokenizer import Source

__all__ = ["ClaimEvent", "OutgoingSet", "stream_837p", "write_837p"]


def stream_837p(source: Source) -> Reader[ClaimEvent]:
    """Iterate once: for every 837P in the file a `ClaimSet`, its `Claim`s in order, and a `ClaimsEnd`.

    Memory does not grow with the file. `findings` on the result lists syntax problems met so far. Never raises for what the
    file holds.
    """
    out: list[ClaimEvent] = []
    return Reader(source, [ProfessionalRunBuilder(out)], out)
