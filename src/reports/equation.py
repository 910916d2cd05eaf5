"""The money equation, pure: every charge is somebody's, to the cent.

charge = discount + insurer (paid and still open with insurers) + patient (paid and still owed) + written off + unexplained.
The charge comes from the claims' lines, everything else from the books, so `unexplained_cents` is a real difference and not an
identity: it is 0, or something is wrong.
"""

from collections.abc import Iterable

import msgspec

from ledger.public import DISCOUNTS, INSURANCE, WRITE_OFFS, Account, PostedTransfer


class Equation(msgspec.Struct, frozen=True, kw_only=True):
    """The six figures, in cents."""

    charge_cents: int
    discount_cents: int
    insurer_cents: int
    patient_cents: int
    written_off_cents: int
    unexplained_cents: int


class Breakdown(msgspec.Struct, frozen=True, kw_only=True):
    """What the insurers' and the patients' parts are made of, and money that belongs to no claim yet."""

    insurer_paid_cents: int
    insurer_open_cents: int
    patient_paid_cents: int
    patient_open_cents: int
    unapplied_cents: int
    recoupment_cents: int


def equation(charged_cents: int, transfers: Iterable[PostedTransfer]) -> tuple[Equation, Breakdown]:
    """The equation of a practice from its claim lines' total and everything it ever posted."""
    totals = dict.fromkeys(Account, 0)
    on_claims = dict.fromkeys(Account, 0)
    for one in transfers:
        for account, cents in ((one.debit, one.amount_cents), (one.credit, -one.amount_cents)):
            totals[account] += cents
            if one.group_id is not None:
                on_claims[account] += cents
    parts = Breakdown(
        insurer_paid_cents=on_claims[Account.REMITTANCE_CLEARING],
        insurer_open_cents=sum(totals[account] for account in INSURANCE),
        patient_paid_cents=on_claims[Account.CARD_CLEARING] + on_claims[Account.CASH],
        patient_open_cents=totals[Account.PATIENT],
        unapplied_cents=-totals[Account.UNAPPLIED_PAYER] - totals[Account.UNAPPLIED_PATIENT],
        recoupment_cents=totals[Account.RECOUPMENT],
    )
    discount = sum(totals[account] for account in DISCOUNTS)
    insurer = parts.insurer_paid_cents + parts.insurer_open_cents
    patient = parts.patient_paid_cents + parts.patient_open_cents
    written_off = sum(totals[account] for account in WRITE_OFFS)
    return (
        Equation(
            charge_cents=charged_cents,
            discount_cents=discount,
            insurer_cents=insurer,
            patient_cents=patient,
            written_off_cents=written_off,
            unexplained_cents=charged_cents - discount - insurer - patient - written_off,
        ),
        parts,
    )
