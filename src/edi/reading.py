"""Reads whatever transactions a file holds, in the order of the file."""

from typing import Any

from edi.ack_277ca import ClaimAcknowledgmentBuilder
from edi.ack_999 import AcknowledgmentBuilder
from edi.ack_ta1 import read_ta1
from edi.authorization_278 import HIERARCHY as AUTHORIZATION
from edi.claim_837d import DentalClaimBuilder
from edi.claim_837i_reader import InstitutionalRunBuilder
from edi.claim_837p_reader import ProfessionalRunBuilder
from edi.eligibility_270 import HIERARCHY as ELIGIBILITY_REQUEST
from edi.eligibility_271 import HIERARCHY as ELIGIBILITY_RESPONSE
from edi.remittance_runs import RemittanceRunBuilder
from edi.status_276 import HIERARCHY as STATUS_REQUEST
from edi.status_277 import HIERARCHY as STATUS_RESPONSE
from edi.x12.reader import Reader, SetBuilder
from edi.x12.tokenizer import Source


def builders(out: list[Any]) -> list[SetBuilder[Any]]:
    """A builder for every guide that is read, all of them adding to `out`."""
    return [
        RemittanceRunBuilder(out),
        ProfessionalRunBuilder(out),
        InstitutionalRunBuilder(out),
        DentalClaimBuilder(out),
        AcknowledgmentBuilder(out),
        ClaimAcknowledgmentBuilder(out),
        *(
            hierarchy.builder(out)
            for hierarchy in (
                ELIGIBILITY_REQUEST,
                ELIGIBILITY_RESPONSE,
                STATUS_REQUEST,
                STATUS_RESPONSE,
                AUTHORIZATION,
            )
        ),
    ]


class _EveryReader(Reader[Any]):
    """Reads the acknowledgments that stand between groups too."""

    def interchange_acknowledgment(self, values: list[str], offset: int, number: int) -> None:
        self._out.append(read_ta1(values))


def stream(source: Source) -> Reader[Any]:
    """Iterate once for the typed values of every transaction set, and of every TA1; see `findings` for syntax problems."""
    out: list[Any] = []
    return _EveryReader(source, builders(out), out)
