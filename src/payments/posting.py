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
    """Open with the answering payer, by line."""


def decisions(kept: KeptClaim, lines: Mapping[int, uuid.UUID], charges: Mapping[uuid.UUID, int]) -> list[LineDecision]:
    """Bring a claim payment down to our lines.

    Claim-level adjustments are spread over the lines by charge; so is the payment of a claim that was answered without lines.
    """
    ids = list(charges)
    if not kept.lines:
        paid = dict(zip(ids, allocate(kept.paid_cents, list(charges.values())), strict=True))
        answered = {line_id: LineDecision(line_id, charges[line_id], paid[line_id], ()) for line_id in ids}
    else:
        answered = {
            lines[place]: LineDecision(lines[place], line.charge_cents, line.paid_cents, line.adjustments)
            for place, line in enumerate(kept.lines)
        }
    spread_over = list(answered)
    for adjustment in kept.adjustments:
        shares = allocate(adjustment.amount_cents, [abs(answered[one].charge_cents) for one in spread_over])
        for line_id, share in zip(spread_over, shares, strict=True):
            if share:
                extra = msgspec.structs.replace(adjustment, amount_cents=share)
                before = answered[line_id]
                answered[line_id] = msgspec.structs.replace(before, adjustments=(*before.adjustments, extra))
    return list(answered.values())


def unknown_codes(decided: Sequence[LineDecision]) -> list[str]:
    """Adjustments whose meaning for the books nobody has decided; a claim with any waits for a person."""
    codes = (AdjustmentCode(one.group, one.reason) for line in decided for one in line.adjustments)
    return sorted({str(code) for code in codes if effect_of(code) is Effect.UNKNOWN})


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
    left = facts.open_cents.get(line.line_id, 0) - line.paid_cents
    for adjustment in sorted(line.adjustments, key=_patient_first):
        code = AdjustmentCode(adjustment.group, adjustment.reason)
        effect = effect_of(code)
        amount = adjustment.amount_cents
        if effect is Effect.PATIENT:
            account, party = _next_receivable(facts)
            transfers += signed(account, receivable, amount, **about, party_id=party, reason=str(code))
        elif effect in _DISCOUNTS:
            if facts.payer_order > 1:
                # An earlier payer's discount is in the books already; a later payer repeats it over the full charge.
                amount = max(0, min(amount, left))
            transfers += signed(
                _DISCOUNTS[effect], receivable, amount, **about, party_id=facts.payer_id, reason=str(code)
            )
        else:
            continue
        left -= amount
    return transfers


_DISCOUNTS = {Effect.CONTRACTUAL: Account.CONTRACTUAL, Effect.SEQUESTRATION: Account.SEQUESTRATION}


def _patient_first(adjustment: KeptAdjustment) -> bool:
    return adjustment.group != "PR"


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
