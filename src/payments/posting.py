"""From facts about money to journal entries: pure, and the only place that decides which account an amount goes to.

`docs/money.md` shows each rule with figures that run as tests.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import msgspec

from kernel.money import allocate
from ledger.public import Account, JournalEntry, Transfer, insurance_account, signed
from payments.adjustments.policy import AdjustmentCode, Effect, effect_of
from payments.remittance.content import KeptAdjustment, KeptClaim

PROVIDER_ACCOUNTS = {"WO": Account.RECOUPMENT, "FB": Account.RECOUPMENT, "L6": Account.INTEREST}
"""Provider-level adjustments with an account of their own: recoveries and forwarded balances, and interest (RFI 222, 1756, 2184)."""


class LineDecision(msgspec.Struct, frozen=True):
    """What a payer decided about one of our lines: what it paid and why it did not pay the rest."""

    line_id: uuid.UUID
    charge_cents: int
    paid_cents: int
    adjustments: tuple[KeptAdjustment, ...]


class ClaimFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What posting must know of our claim: who answers, who is asked next, who the patient is, what is still open by line."""

    claim_id: uuid.UUID
    number: str
    patient_id: uuid.UUID
    payer_id: uuid.UUID
    payer_order: int
    next_payer_id: uuid.UUID | None
    open_cents: Mapping[uuid.UUID, int]
    """Open with the answering payer, by line, before this decision."""


def decisions(kept: KeptClaim, lines: Mapping[int, uuid.UUID], charges: Mapping[uuid.UUID, int]) -> list[LineDecision]:
    """Bring a claim payment down to our lines, so that each line closes to the cent: charge = paid + adjustments.

    An adjustment at claim level lowers what the lines say was paid (CLP04 is CLP03 minus the adjustments of both levels, RFI 522);
    it is spread over the lines by what they were paid. A claim answered without lines is one whose lines were paid in full before
    its adjustments.
    """
    if kept.lines:
        answered = [
            LineDecision(lines[place], line.charge_cents, line.paid_cents, line.adjustments)
            for place, line in enumerate(kept.lines)
        ]
    else:
        answered = [LineDecision(line_id, cents, cents, ()) for line_id, cents in charges.items()]
    for adjustment in kept.adjustments:
        answered = _take_off(answered, adjustment)
    return answered


def _take_off(answered: Sequence[LineDecision], adjustment: KeptAdjustment) -> list[LineDecision]:
    """Spread a claim-level adjustment over the lines. Weighed by what is left of each payment, no line goes below zero."""
    weights = [max(0, line.paid_cents) for line in answered]
    if not any(weights):
        weights = [max(1, line.charge_cents) for line in answered]
    shares = allocate(adjustment.amount_cents, weights)
    return [
        LineDecision(
            line.line_id,
            line.charge_cents,
            line.paid_cents - share,
            (*line.adjustments, msgspec.structs.replace(adjustment, amount_cents=share)) if share else line.adjustments,
        )
        for line, share in zip(answered, shares, strict=True)
    ]


def unknown_codes(decided: Sequence[LineDecision]) -> list[str]:
    """Adjustments whose meaning for the books nobody has decided; a claim with any waits for a person."""
    codes = (AdjustmentCode(one.group, one.reason) for line in decided for one in line.adjustments)
    return sorted({str(code) for code in codes if effect_of(code) is Effect.UNKNOWN})


def patient_excess_cents(facts: ClaimFacts, decided: Sequence[LineDecision]) -> int:
    """What a later payer would leave to the patient beyond what the payers before it left open, in cents.

    A patient never owes more because another payer was asked, so a decision with an excess waits for a person.
    """
    if facts.payer_order == 1:
        return 0
    excess = 0
    for line in decided:
        left = facts.open_cents.get(line.line_id, 0) - line.paid_cents
        excess += max(0, _total(line, Effect.PATIENT) - max(0, left))
    return excess


def _total(line: LineDecision, effect: Effect) -> int:
    return sum(
        one.amount_cents for one in line.adjustments if effect_of(AdjustmentCode(one.group, one.reason)) is effect
    )


def claim_entry(
    facts: ClaimFacts,
    decided: Sequence[LineDecision],
    *,
    fact: str,
    posted_date: dt.date,
    source: str,
    clearing: Account,
) -> JournalEntry | None:
    """The entry for one adjudicated claim, or None when nothing moves (a zero-paid denial leaves all of it open).

    `clearing` is what the paid amounts are debited to: the remittance's clearing account.
    """
    transfers = [transfer for line in decided for transfer in _line_transfers(facts, line, clearing)]
    if not transfers:
        return None
    return JournalEntry(
        fact=fact, kind="remittance", posted_date=posted_date, source=source, transfers=tuple(transfers)
    )


def _line_transfers(facts: ClaimFacts, line: LineDecision, clearing: Account) -> list[Transfer]:
    receivable = insurance_account(facts.payer_order)
    about = {"item_id": line.line_id, "group_id": facts.claim_id}
    transfers = [*signed(clearing, receivable, line.paid_cents, **about, party_id=facts.payer_id, reason="paid")]
    # What a later payer may still discount: an earlier payer's discount is in the books already, and a later payer repeats it over
    # the full charge. What it denied is not for a discount either.
    room = facts.open_cents.get(line.line_id, 0) - line.paid_cents
    room -= _total(line, Effect.PATIENT) + _total(line, Effect.OPEN)
    for adjustment in line.adjustments:
        code = AdjustmentCode(adjustment.group, adjustment.reason)
        effect = effect_of(code)
        amount = adjustment.amount_cents
        if effect is Effect.PATIENT:
            account, party = _next_receivable(facts)
            transfers += signed(account, receivable, amount, **about, party_id=party, reason=str(code))
        elif effect in _DISCOUNTS:
            if facts.payer_order > 1:
                amount = max(0, min(amount, room))
                room -= amount
            transfers += signed(
                _DISCOUNTS[effect], receivable, amount, **about, party_id=facts.payer_id, reason=str(code)
            )
    return transfers


_DISCOUNTS = {Effect.CONTRACTUAL: Account.CONTRACTUAL, Effect.SEQUESTRATION: Account.SEQUESTRATION}


def _next_receivable(facts: ClaimFacts) -> tuple[Account, uuid.UUID]:
    """What a payer leaves to the patient is first asked of the next payer, if one is still to be billed."""
    if facts.next_payer_id is not None:
        return insurance_account(facts.payer_order + 1), facts.next_payer_id
    return Account.PATIENT, facts.patient_id


def provider_adjustment_entry(
    *, reason: str, amount_cents: int, payer_id: uuid.UUID | None, fact: str, posted_date: dt.date, source: str
) -> JournalEntry:
    """The entry for one PLB amount: positive lowers the payment, negative raises it (RFI 2184). Zero is not allowed there."""
    account = PROVIDER_ACCOUNTS.get(reason, Account.PROVIDER_ADJUSTMENTS)
    return JournalEntry(
        fact=fact,
        kind="provider adjustment",
        posted_date=posted_date,
        source=source,
        transfers=signed(account, Account.REMITTANCE_CLEARING, amount_cents, party_id=payer_id, reason=f"PLB-{reason}"),
    )


def unapplied_entry(
    *, amount_cents: int, payer_id: uuid.UUID | None, fact: str, posted_date: dt.date, source: str
) -> JournalEntry:
    """The entry for money inside a posted payment whose claim waits for a person: it is here, and it is nobody's yet."""
    return JournalEntry(
        fact=fact,
        kind="unapplied",
        posted_date=posted_date,
        source=source,
        transfers=signed(
            Account.REMITTANCE_CLEARING, Account.UNAPPLIED_PAYER, amount_cents, party_id=payer_id, reason="held"
        ),
    )


class Allocation(msgspec.Struct, frozen=True):
    """A part of a patient's payment and the claim line it settles."""

    item_id: uuid.UUID
    group_id: uuid.UUID | None
    cents: int


def card_entry(
    allocations: Sequence[Allocation],
    *,
    unapplied_cents: int,
    patient_id: uuid.UUID,
    fact: str,
    posted_date: dt.date,
    source: str,
) -> JournalEntry:
    """The entry for a settled card payment: open lines first, what is left over stays the patient's."""
    transfers = [
        Transfer(
            debit=Account.CARD_CLEARING,
            credit=Account.PATIENT,
            amount_cents=part.cents,
            item_id=part.item_id,
            group_id=part.group_id,
            party_id=patient_id,
            reason="card",
        )
        for part in allocations
    ]
    transfers += signed(
        Account.CARD_CLEARING, Account.UNAPPLIED_PATIENT, unapplied_cents, party_id=patient_id, reason="card"
    )
    return JournalEntry(
        fact=fact, kind="card payment", posted_date=posted_date, source=source, transfers=tuple(transfers)
    )


def clearing_moved(entries: Sequence[JournalEntry]) -> int:
    """By how much a set of entries moves the remittance clearing account, in cents: it must be the payment, to the cent."""
    moved = 0
    for entry in entries:
        for transfer in entry.transfers:
            moved += transfer.amount_cents * (transfer.debit is Account.REMITTANCE_CLEARING)
            moved -= transfer.amount_cents * (transfer.credit is Account.REMITTANCE_CLEARING)
    return moved
