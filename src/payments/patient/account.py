"""A patient's account: how each visit's price became what is owed, from one query of the books, and what may be paid now.

price = discount + insurer paid + patient paid + written off + waiting for insurance + owed, to the cent, for every visit.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from claims.public import ClaimLine, PatientClaim, claims_of_patient
from kernel.db.transaction import Tx
from ledger.public import (
    DISCOUNTS,
    INSURANCE,
    WRITE_OFFS,
    Account,
    GroupMove,
    OpenItem,
    moves_of_groups,
    open_items,
)


class Share(msgspec.Struct, frozen=True):
    """A part of an amount and the payer's code for why: `PR-1` of what is owed, `CO-45` of what was taken off."""

    code: str
    cents: int


class InsurerPaid(msgspec.Struct, frozen=True):
    """What one payer paid for a visit."""

    payer_id: uuid.UUID | None
    cents: int


class VisitMoney(msgspec.Struct, frozen=True, kw_only=True):
    """One visit's money, in cents."""

    claim_id: uuid.UUID
    claim_number: str
    service_date: dt.date
    provider_id: uuid.UUID | None
    payer_id: uuid.UUID
    """The payer the claim is with, or was with last."""
    lines: tuple[ClaimLine, ...]
    price_cents: int
    discount_cents: int
    insurer_paid_cents: int
    patient_paid_cents: int
    written_off_cents: int
    waiting_cents: int
    """Open with insurance: not answered yet, or refused and being worked on. Nothing the patient should pay now."""
    owed_cents: int
    discounts: tuple[Share, ...]
    shares: tuple[Share, ...]
    insurers: tuple[InsurerPaid, ...]


class PatientAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a patient's bill shows of money, newest visit first."""

    patient_id: uuid.UUID
    visits: tuple[VisitMoney, ...]

    @property
    def owed_cents(self) -> int:
        """What the patient may pay now."""
        return sum(visit.owed_cents for visit in self.visits)


async def patient_account(tx: Tx, patient_id: uuid.UUID) -> PatientAccount:
    """The account of one patient of this practice; reads the same books whoever asks."""
    claims = await claims_of_patient(tx, patient_id)
    ids = [claim.id for claim in claims]
    moves, items = await moves_of_groups(tx, ids), await open_items(tx, ids)
    visits = [visit_money(claim, moves, items) for claim in claims]
    visits.sort(key=lambda visit: (visit.service_date, visit.claim_number), reverse=True)
    return PatientAccount(patient_id=patient_id, visits=tuple(visits))


def visit_money(claim: PatientClaim, moves: Sequence[GroupMove], items: Sequence[OpenItem]) -> VisitMoney:
    """One visit's money from the moves and open items of its claim."""
    own = [move for move in moves if move.group_id == claim.id]
    opened = [item for item in items if item.group_id == claim.id]
    return VisitMoney(
        claim_id=claim.id,
        claim_number=claim.number,
        service_date=claim.service_date,
        provider_id=claim.provider_id,
        payer_id=claim.payer_id,
        lines=claim.lines,
        price_cents=-_net(own, [Account.CHARGES]),
        discount_cents=_net(own, DISCOUNTS),
        insurer_paid_cents=_net(own, [Account.REMITTANCE_CLEARING]),
        patient_paid_cents=_net(own, [Account.CARD_CLEARING]),
        written_off_cents=_net(own, WRITE_OFFS),
        waiting_cents=sum(item.balance_cents for item in opened if item.account in INSURANCE),
        owed_cents=sum(item.balance_cents for item in opened if item.account is Account.PATIENT),
        discounts=_by_code(own, DISCOUNTS),
        shares=tuple(share for share in _by_code(own, [Account.PATIENT]) if share.code.startswith("PR-")),
        insurers=_insurers(own),
    )


def _net(moves: Iterable[GroupMove], accounts: Sequence[Account]) -> int:
    """Debits minus credits of some accounts."""
    return sum(move.cents * ((move.debit in accounts) - (move.credit in accounts)) for move in moves)


def _by_code(moves: Iterable[GroupMove], accounts: Sequence[Account]) -> tuple[Share, ...]:
    """What was moved into some accounts, by the payer's code."""
    by_code: dict[str, int] = defaultdict(int)
    for move in moves:
        by_code[move.reason] += move.cents * ((move.debit in accounts) - (move.credit in accounts))
    return tuple(Share(code, cents) for code, cents in sorted(by_code.items()) if cents)


def _insurers(moves: Iterable[GroupMove]) -> tuple[InsurerPaid, ...]:
    by_payer: dict[uuid.UUID | None, int] = defaultdict(int)
    for move in moves:
        sides = (move.debit is Account.REMITTANCE_CLEARING) - (move.credit is Account.REMITTANCE_CLEARING)
        by_payer[move.party_id] += move.cents * sides
    return tuple(InsurerPaid(payer, cents) for payer, cents in sorted(by_payer.items(), key=str) if cents)
