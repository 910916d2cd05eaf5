"""The 837I institutional claim: stream it claim by claim, write it."""

from edi.claim_837_levels import ClaimEvent
from edi.claim_837_writer import OutgoingSet
from edi.claim_837i_reader import InstitutionalRunBuilder
from edi.claim_837i_writer import write_837i
from edi.x12.reader import Reader
from edi.x12.tokenizer import Source

__all__ = ["ClaimEvent", "OutgoingSet", "stream_837i", "write_837i"]


def stream_837i(source: Source) -> Reader[ClaimEvent]:
    """Iterate once: for every 837I in the file a `ClaimSet`, its `Claim`s in order, and a `ClaimsEnd`.

    Memory does not grow with the file. `findings` on the result lists syntax problems met so far. Never raises for
    what the file holds.
    """
    out: list[ClaimEvent] = []
    return Reader(source, [InstitutionalRunBuilder(out)], out)
