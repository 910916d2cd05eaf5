"""Books in memory: events go through the code that posts, without a database. For examples and for properties."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from claims.charges.posting import charge_entry
from kernel.ids import named_id
from ledger.accounts import Account, insurance_account
from ledger.balances import OpenItem, PostedTransfer
from ledger.entries import JournalEntry, reversal
from ledger.posting import balance_moves
from payments.patient.allocation import allocate_payment
from payments.posting import ClaimFacts, card_entry
from payments.remittance.content import KeptAdjustment, KeptClaim, KeptLine
from payments.remittance.matching import match_claim, match_lines
from payments.remittance.posting_plan import (
    OriginalRow,
    OurSide,
    Payment,
    PlannedClaim,
    PostingPlan,
    ProviderRow,
    Row,
    plan_posting,
)

FIRST_DAY = dt.date(2026, 9, 1)
PATIENT = named_id("patient", "books")
PAYERS = (named_id("payer", "first"), named_id("payer", "second"))


class Line(msgspec.Struct, frozen=True):
    """A line of a claim, as matching and posting know it."""

    id: uuid.UUID
    control_number: str
    charge_cents: int
    procedure_code: str = "99213"
    service_date: dt.date = FIRST_DAY


class Claim(msgspec.Struct):
    """A claim in these books, and the decisions about it that stand."""

    id: uuid.UUID
    number: str
    payers: int
    lines: tuple[Line, ...]
    order: int = 1
    payer_claim_number: str = ""
    standing: list[OriginalRow] = []

    @property
    def charge_cents(self) -> int:
        return sum(line.charge_cents for line in self.lines)


class Answer(msgspec.Struct, frozen=True):
    """What was decided about one line."""

    paid_cents: int
    adjustments: tuple[KeptAdjustment, ...] = ()


class Books:
    """A practice's books: every entry in order, with the name an example gives it."""

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}
        self.posted: list[tuple[str, JournalEntry]] = []
        self.cards = 0

    def charge(self, label: str, charges: Sequence[int], *, payers: int = 1) -> Claim:
        """Build a claim and charge its lines, one day after the one before."""
        claim_id = named_id("claim", label)
        lines = tuple(
            Line(named_id(claim_id, place), f"{label}L{place}", cents) for place, cents in enumerate(charges, start=1)
        )
        claim = self.claims[label] = Claim(claim_id, label, payers, lines)
        entry = charge_entry(
            claim_id=claim_id,
            number=label,
            payer_id=PAYERS[0],
            lines=[(line.id, line.charge_cents) for line in lines],
            posted_date=FIRST_DAY + dt.timedelta(days=len(self.claims)),
        )
        if entry is not None:
            self.posted.append((f"charge {label}", entry))
        return claim

    def pay(
        self, trace: str, amount_cents: int, decided: Sequence[KeptClaim], provider_rows: Sequence[ProviderRow] = ()
    ) -> PostingPlan:
        """Plan a payment and post the plan."""
        plan = self.plan(trace, amount_cents, decided, provider_rows)
        for one in plan.claims:
            if one.reverses is not None:
                self._take_back(trace, one, one.reverses)
        for one in plan.claims:
            if one.reverses is None:
                self._keep(trace, plan, one)
        self.posted += [(_name(trace, entry), entry) for entry in plan.others]
        return plan

    def plan(
        self, trace: str, amount_cents: int, decided: Sequence[KeptClaim], provider_rows: Sequence[ProviderRow] = ()
    ) -> PostingPlan:
        """What posting this payment would do."""
        payment = Payment(
            remittance_id=named_id("remittance", trace),
            trace_number=trace,
            payer_id=PAYERS[0],
            amount_cents=amount_cents,
            posted_date=FIRST_DAY,
        )
        rows = [self.row(position, kept) for position, kept in enumerate(decided, start=1)]
        return plan_posting(payment, rows, provider_rows)

    def row(self, position: int, kept: KeptClaim) -> Row:
        """A claim payment with the claim it means."""
        claim = self.claims[kept.claim_number]
        order = 2 if kept.status_code == "2" else claim.order if kept.status_code in {"4", "22"} else 1
        original = None
        if kept.is_reversal:
            mirrored = [one for one in claim.standing if one.content.paid_cents == -kept.paid_cents]
            original = mirrored[-1] if mirrored else None
            order = original.payer_order if original else order
        standing = tuple(one for one in claim.standing if one.payer_order == order)
        return Row(
            position=position,
            kept=kept,
            match=match_claim(kept, claim),
            ours=OurSide(
                facts=ClaimFacts(
                    claim_id=claim.id,
                    number=claim.number,
                    patient_id=PATIENT,
                    payer_id=PAYERS[order - 1],
                    payer_order=order,
                    next_payer_id=PAYERS[1] if order < claim.payers else None,
                    open_cents=self._open_to(claim, order, standing),
                ),
                lines=match_lines(kept.lines, claim.lines),
                charges={line.id: line.charge_cents for line in claim.lines},
                original=original,
                standing=standing,
                answers_early=order > claim.order,
            ),
        )

    def card(self, amount_cents: int) -> None:
        """A settled card payment of the patient."""
        self.cards += 1
        owed = [item for item in self.open_items() if item.account is Account.PATIENT]
        parts, left = allocate_payment(amount_cents, owed)
        entry = card_entry(
            parts,
            unapplied_cents=left,
            patient_id=PATIENT,
            fact=f"card:{self.cards}",
            posted_date=FIRST_DAY,
            source="card",
        )
        self.posted.append((f"card {self.cards}", entry))

    def open_items(self) -> list[OpenItem]:
        """Every line with a balance, as the ledger would list it; opened on the day of its claim's charge."""
        opened = {
            claim.id: FIRST_DAY + dt.timedelta(days=number) for number, claim in enumerate(self.claims.values(), 1)
        }
        return [
            OpenItem(account, item_id, move.group_id, move.party_id, move.cents, opened[move.group_id])
            for (account, item_id), move in balance_moves(self.entries).items()
            if move.cents and move.group_id
        ]

    def open_cents(self, account: Account, item_id: uuid.UUID) -> int:
        """What is open for one line."""
        return sum(one.balance_cents for one in self.open_items() if (one.account, one.item_id) == (account, item_id))

    @property
    def entries(self) -> list[JournalEntry]:
        return [entry for _, entry in self.posted]

    @property
    def charged_cents(self) -> int:
        return sum(claim.charge_cents for claim in self.claims.values())

    def totals(self) -> dict[Account, int]:
        """Debits minus credits of every account that does not stand at zero."""
        totals: dict[Account, int] = defaultdict(int)
        for transfer in self.transfers():
            totals[transfer.debit] += transfer.amount_cents
            totals[transfer.credit] -= transfer.amount_cents
        return {account: cents for account, cents in sorted(totals.items()) if cents}

    def transfers(self) -> list[PostedTransfer]:
        """Everything posted, as the ledger would list it."""
        return [
            PostedTransfer(
                entry_id=named_id("entry", entry.fact),
                fact=entry.fact,
                kind=entry.kind,
                source=entry.source,
                posted_date=entry.posted_date,
                **msgspec.structs.asdict(transfer),
            )
            for entry in self.entries
            for transfer in entry.transfers
        ]

    def _open_to(self, claim: Claim, order: int, standing: Sequence[OriginalRow]) -> dict[uuid.UUID, int]:
        """Open with a payer by line, as if its own standing decisions were taken back already."""
        receivable = insurance_account(order)
        taken_back = {one.entry_id for one in standing}
        kept = [entry for entry in self.entries if named_id("entry", entry.fact) not in taken_back]
        moves = balance_moves(kept)
        return {
            line.id: moves[receivable, line.id].cents if (receivable, line.id) in moves else 0 for line in claim.lines
        }

    def _take_back(self, trace: str, planned: PlannedClaim, original: OriginalRow) -> None:
        claim = self.claims[planned.kept.claim_number]
        claim.standing.remove(original)
        for name, entry in list(self.posted):
            if named_id("entry", entry.fact) == original.entry_id:
                mirror = reversal(entry, named_id("entry", entry.fact), posted_date=FIRST_DAY, source="")
                self.posted.append((f"{trace} reversal of {name}", mirror))

    def _keep(self, trace: str, plan: PostingPlan, planned: PlannedClaim) -> None:
        claim = self.claims[planned.kept.claim_number]
        if planned.entry is not None:
            self.posted.append((f"{trace} claim {claim.number}", planned.entry))
        entry_id = named_id("entry", planned.entry.fact) if planned.entry else None
        order = planned.facts.payer_order
        claim.standing = [
            *claim.standing,
            OriginalRow(plan.remittance_id, planned.position, entry_id, order, planned.kept),
        ]
        if order < claim.payers and planned.kept.patient_cents:
            claim.order = order + 1


def answer(claim: Claim, status_code: str, lines: Sequence[Answer]) -> KeptClaim:
    """A decision about every line of a claim, as a payer's 835 says it."""
    return KeptClaim(
        claim_number=claim.number,
        payer_claim_number="",
        status_code=status_code,
        charge_cents=claim.charge_cents,
        paid_cents=sum(one.paid_cents for one in lines),
        patient_cents=sum(cas.amount_cents for one in lines for cas in one.adjustments if cas.group == "PR"),
        lines=tuple(
            KeptLine(
                control_number=ours.control_number,
                procedure_code=ours.procedure_code,
                modifiers=(),
                submitted_code="",
                charge_cents=ours.charge_cents,
                paid_cents=one.paid_cents,
                service_date=ours.service_date,
                adjustments=one.adjustments,
            )
            for ours, one in zip(claim.lines, lines, strict=True)
        ),
    )


def taken_back(kept: KeptClaim) -> KeptClaim:
    """The reversal of a decision: every amount with its sign turned."""
    return msgspec.structs.replace(
        kept,
        status_code="22",
        charge_cents=-kept.charge_cents,
        paid_cents=-kept.paid_cents,
        patient_cents=-kept.patient_cents,
        adjustments=tuple(_negative(one) for one in kept.adjustments),
        lines=tuple(
            msgspec.structs.replace(
                line,
                charge_cents=-line.charge_cents,
                paid_cents=-line.paid_cents,
                adjustments=tuple(_negative(one) for one in line.adjustments),
            )
            for line in kept.lines
        ),
    )


def _negative(one: KeptAdjustment) -> KeptAdjustment:
    return msgspec.structs.replace(one, amount_cents=-one.amount_cents)


def _name(trace: str, entry: JournalEntry) -> str:
    if entry.kind == "unapplied":
        return f"{trace} held"
    return f"{trace} {entry.transfers[0].reason.removeprefix('PLB-')}"
