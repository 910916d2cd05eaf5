"""Coordination of benefits: what earlier payers decided goes along, and no payer gets a claim twice."""

from collections.abc import Iterator

from claims.scrubbing.engine import Fault
from claims.scrubbing.snapshot import ClaimSnapshot


def payer_has_it_once(claim: ClaimSnapshot) -> Iterator[Fault]:
    """A payer that has the claim, and has not sent it back, does not get it again."""
    if claim.with_payer_already:
        yield Fault(
            "payer",
            "this payer has the claim already and would refuse a second one as a duplicate; wait for its answer, or "
            "have it replaced there because an earlier payer changed its decision",
        )


def earlier_decisions_balance(claim: ClaimSnapshot) -> Iterator[Fault]:
    """For each line, an earlier payer's payment and adjustments make up the charge (x12.org RFI 1294)."""
    for decision in claim.prior:
        decided = {line.line_id: line for line in decision.lines}
        for line in claim.lines:
            found = decided.get(line.id)
            if found is None or found.paid_cents < 0 or found.accounted_cents != line.charge_cents:
                yield Fault(
                    f"lines/{line.line_number}",
                    f"line {line.line_number}: what payer {decision.payer_order} paid and took off is not the charge; "
                    "compare with its remittance",
                )
