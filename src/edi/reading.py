"""Reads whatever transactions a file holds, in the order of the file."""

from typing import Any

from edi.ack_277ca import ClaimAcknowledgmentBuilder
from edi.ack_999 import AcknowledgmentBuilder
from edi.claim_837i_reader import InstitutionalClaimBuilder
from edi.claim_837p_reader import ProfessionalClaimBuilder
from edi.remittance_reader import RemittanceBuilder
from edi.x12.reader import Reader
from edi.x12.tokenizer import Source


def stream(source: Source) -> Reader[Any]:
    """Iterate once for the typed values of every transaction set; `findings` lists syntax problems met so far."""
    out: list[Any] = []
    builders = (
        RemittanceBuilder,
        ProfessionalClaimBuilder,
        InstitutionalClaimBuilder,
        AcknowledgmentBuilder,
        ClaimAcknowledgmentBuilder,
    )
    return Reader(source, [builder(out) for builder in builders], out)
