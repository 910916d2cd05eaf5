"""A patient's account: how each visit's price became what is owed, from one query of the books, and what may be paid now.

price = discount + insurer paid + patient paid + written off + waiting for insurance + owed, to the cent, for every visit.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from claims.public import PatientClaim, claims_of_patient
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
    """A part of what the patient owes and the payer's code for why (`PR-1`)."""

    code: str
    cents: int


class VisitMoney(msgspec.Struct, frozen=True, kw_only=True):
    """One visit's money, in cents."""

    claim_id: uuid.UUID
    claim_number: str
    service_date: dt.date
    provider_id: uuid.UUID | None
    procedure_codes: tuple[str, ...]
    price_cents: int
    discount_cents: int
    insurer_paid_cents: int
    patient_paid_cents: int
    written_off_cents: int
    waiting_cents: int
    owed_cents: int
    shares: tuple[Share, ...]
    denial_open: bool
    """The insurer said no, and the billing office is working on it: nothing to pay yet."""


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
        procedure_codes=tuple(line.procedure_code for line in claim.lines),
        price_cents=-_net(own, [Account.CHARGES]),
        discount_cents=_net(own, DISCOUNTS),
        insurer_paid_cents=_net(own, [Account.REMITTANCE_CLEARING]),
        patient_paid_cents=_net(own, [Account.CARD_CLEARING]),
        written_off_cents=_net(own, WRITE_OFFS),
        waiting_cents=sum(item.balance_cents for item in opened if item.account in INSURANCE),
        owed_cents=sum(item.balance_cents for item in opened if item.account is Account.PATIENT),
        shares=_shares(own),
        denial_open=claim.state == "denied",
    )


def _net(moves: Iterable[GroupMove], accounts: Sequence[Account]) -> int:
    """Debits minus credits of some accounts."""
    return sum(move.cents * ((move.debit in accounts) - (move.credit in accounts)) for move in moves)


def _shares(moves: Iterable[GroupMove]) -> tuple[Share, ...]:
    """What made the patient owe, by the payer's code; payments are no reason for owing."""
    by_code: dict[str, int] = defaultdict(int)
    for move in moves:
        if move.reason.startswith("PR-"):
            by_code[move.reason] += move.cents * ((move.debit is Account.PATIENT) - (move.credit is Account.PATIENT))
    return tuple(Share(code, cents) for code, cents in sorted(by_code.items()) if cents)
