"""The 835 remittance advice: read it, stream it claim by claim, write it."""

from collections.abc import Iterator

from edi.remittance import (
    BankAccount,
    ClaimGroup,
    ClaimPayment,
    InpatientAdjudication,
    OutpatientAdjudication,
    Payment,
    PaymentClose,
    ProviderAdjustment,
    Quantity,
    RemarkCode,
    Remittance,
    ServicePayment,
)
from edi.remittance_reader import RemittanceEvent
from edi.remittance_runs import RemittanceRunBuilder
from edi.remittance_writer import write_835
from edi.x12.findings import Findings
from edi.x12.reader import Reader
from edi.x12.tokenizer import Source

__all__ = [
    "BankAccount",
    "ClaimGroup",
    "ClaimPayment",
    "InpatientAdjudication",
    "OutpatientAdjudication",
    "Payment",
    "PaymentClose",
    "ProviderAdjustment",
    "Quantity",
    "RemarkCode",
    "Remittance",
    "RemittanceEvent",
    "RemittanceFile",
    "ServicePayment",
    "read_835",
    "stream_835",
    "write_835",
]


def stream_835(source: Source) -> Reader[RemittanceEvent]:
    """Iterate once: for every 835 in the file a `Payment`, its `ClaimPayment`s in order, and a `PaymentClose`.

    Memory does not grow with the file. `findings` on the result lists syntax problems met so far.
    """
    out: list[RemittanceEvent] = []
    return Reader(source, [RemittanceRunBuilder(out)], out)


class RemittanceFile:
    """Iterate once for whole remittances; `findings` is complete when the iteration ends."""

    def __init__(self, source: Source) -> None:
        self._reader = stream_835(source)

    @property
    def findings(self) -> Findings:
        """Syntax problems met so far; balancing is `edi.balance`, everything else `edi.check`."""
        return self._reader.findings

    def __iter__(self) -> Iterator[Remittance]:
        payment: Payment | None = None
        claims: list[ClaimPayment] = []
        for event in self._reader:
            if isinstance(event, ClaimPayment):
                claims.append(event)
            elif isinstance(event, Payment):
                payment, claims = event, []
            elif payment is not None:
                yield Remittance(payment, claims, event)


def read_835(source: Source) -> RemittanceFile:
    """Whole remittances, one per 835 transaction set, in the order of the file.

    Never raises for what the file holds: look at `findings`, and at `problems` and `kept` of each value.
    """
    return RemittanceFile(source)
