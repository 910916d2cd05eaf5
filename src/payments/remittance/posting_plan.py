"""What posting a remittance would do, as a value: every entry it would make, every row it would hold and why.

Pure. The plan a person sees is the plan that posts: `digest` names its content, and a plan that no longer has the digest a person
agreed to is refused as stale.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from kernel.money import dollars
from ledger.public import Account, JournalEntry
from payments.posting import (
    ClaimFacts,
    LineDecision,
    claim_entry,
    clearing_moved,
    decisions,
    patient_excess_cents,
    provider_adjustment_entry,
    unapplied_entry,
    unknown_codes,
)
from payments.remittance.content import KeptClaim
from payments.remittance.matching import CERTAIN_ENOUGH, Match


class OurSide(msgspec.Struct, frozen=True, kw_only=True):
    """Our claim behind a row: what posting needs to know of it."""

    facts: ClaimFacts
    lines: Mapping[int, uuid.UUID] | None
    """Our line for each paid line, or None when a line could not be matched."""
    charges: Mapping[uuid.UUID, int]
    original: "OriginalRow | None" = None
    """For a reversal: the posted row it takes back."""
    standing: tuple["OriginalRow", ...] = ()
    """This payer's decisions about the claim that are in the books: each must be taken back before another posts."""
    payer_differs: bool = False
    answers_early: bool = False
    """A later payer decides while the claim is still with an earlier one."""


class OriginalRow(msgspec.Struct, frozen=True):
    """A row that is in the books: its entry (None where nothing moved) and the amounts a reversal must mirror."""

    remittance_id: uuid.UUID
    position: int
    entry_id: uuid.UUID | None
    payer_order: int
    content: KeptClaim

    @property
    def key(self) -> tuple[uuid.UUID, int]:
        """What identifies the row."""
        return self.remittance_id, self.position


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One claim payment of the remittance with its match."""

    position: int
    kept: KeptClaim
    match: Match
    ours: OurSide | None


class ProviderRow(msgspec.Struct, frozen=True):
    """One PLB amount."""

    position: int
    reason: str
    reference: str
    amount_cents: int


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """The payment as a whole."""

    remittance_id: uuid.UUID
    trace_number: str
    payer_id: uuid.UUID | None
    amount_cents: int
    posted_date: dt.date


class PlannedClaim(msgspec.Struct, frozen=True):
    """A row that would post. A reversal takes back `reverses`; anything else may make `entry`."""

    position: int
    match: Match
    facts: ClaimFacts
    kept: KeptClaim
    decided: tuple[LineDecision, ...] = ()
    entry: JournalEntry | None = None
    reverses: OriginalRow | None = None


class HeldRow(msgspec.Struct, frozen=True):
    """A row that waits for a person, and why."""

    position: int
    match: Match
    reason: str
    paid_cents: int


class PostingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything posting would do, reversals first. `difference_cents` is 0, or the plan cannot be posted."""

    remittance_id: uuid.UUID
    claims: tuple[PlannedClaim, ...]
    others: tuple[JournalEntry, ...]
    held: tuple[HeldRow, ...]
    difference_cents: int
    digest: str


def plan_posting(payment: Payment, rows: Sequence[Row], provider_rows: Sequence[ProviderRow]) -> PostingPlan:
    """Decide every row. Reversals come before what they make room for, in whatever order the file has them (RFI 791)."""
    planned: list[PlannedClaim] = []
    held: list[HeldRow] = []
    progress = Progress(set(), set())
    for row in sorted(rows, key=lambda one: (not one.kept.is_reversal, one.position)):
        problem = hold_reason(row) or progress.problem(row)
        if problem or row.ours is None:
            held.append(HeldRow(row.position, row.match, problem, row.kept.paid_cents))
        else:
            planned.append(_plan_row(payment, row, row.ours))
            progress.note(row)
    others = _other_entries(payment, provider_rows, held)
    moved = clearing_moved([one.entry for one in planned if one.entry] + others)
    moved += sum(one.kept.paid_cents for one in planned if one.reverses)
    return PostingPlan(
        remittance_id=payment.remittance_id,
        claims=tuple(planned),
        others=tuple(others),
        held=tuple(sorted(held, key=lambda one: one.position)),
        difference_cents=payment.amount_cents - moved,
        digest=_digest(planned, others, held),
    )


class Progress(NamedTuple):
    """What the rows planned so far do: which posted rows they take back, and which payers have decided which claims."""

    taken_back: set[tuple[uuid.UUID, int]]
    decided: set[tuple[uuid.UUID, int]]

    def problem(self, row: Row) -> str:
        """Why this row cannot follow the ones before it; empty when it can."""
        ours = row.ours
        if ours is None or row.kept.is_predetermination:
            return ""
        if row.kept.is_reversal:
            twice = ours.original is not None and ours.original.key in self.taken_back
            return "this takes back a decision that this payment takes back already; ask the payer" if twice else ""
        if any(one.key not in self.taken_back for one in ours.standing):
            return (
                "this payer's earlier decision is in the books and was not reversed;"
                " wait for the reversal, or post by hand"
            )
        if (ours.facts.claim_id, ours.facts.payer_order) in self.decided:
            return "this payment decides this claim more than once; see whether the payer split it, and post by hand"
        return ""

    def note(self, row: Row) -> None:
        """Remember a row that is planned."""
        if row.ours is None or row.kept.is_predetermination:
            return
        if row.kept.is_reversal and row.ours.original is not None:
            self.taken_back.add(row.ours.original.key)
        elif not row.kept.is_reversal:
            self.decided.add((row.ours.facts.claim_id, row.ours.facts.payer_order))


def hold_reason(row: Row) -> str:
    """Why a row waits for a person, whatever else the payment holds; empty when nothing speaks against it."""
    kept, ours = row.kept, row.ours
    if kept.unread:
        return "part of this claim payment could not be read: " + "; ".join(kept.unread)
    if ours is None:
        return "no claim of this practice has its claim number; find the claim, or ask the payer"
    if row.match.score < CERTAIN_ENOUGH:
        return f"the match is not certain ({row.match.reason}); confirm it is this claim"
    if ours.payer_differs:
        return "another payer answers than the one billed; confirm whose decision this is"
    if ours.answers_early:
        return "a later payer answers before the one the claim is with; post that one's decision first"
    if kept.is_reversal:
        return _reversal_problem(kept, ours.original)
    return _content_problem(kept, ours)


def _content_problem(kept: KeptClaim, ours: OurSide) -> str:
    if ours.lines is None:
        return "a paid line fits none of the claim's lines; match it by hand"
    decided = decisions(kept, ours.lines, ours.charges)
    codes = unknown_codes(decided)
    if codes:
        return f"nobody has decided what {', '.join(codes)} means for the books"
    excess = patient_excess_cents(ours.facts, decided)
    if excess:
        return (
            f"this payer leaves the patient {dollars(excess)} more than the payers before it; ask it, or post by hand"
        )
    return ""


def _reversal_problem(kept: KeptClaim, original: OriginalRow | None) -> str:
    if original is None:
        return "the decision this reverses is not in the books; post that one first"
    mirrored = (-kept.charge_cents, -kept.paid_cents, -kept.patient_cents)
    if mirrored != (original.content.charge_cents, original.content.paid_cents, original.content.patient_cents):
        return "this takes back other amounts than were posted; reverse by hand"
    return ""


def _plan_row(payment: Payment, row: Row, ours: OurSide) -> PlannedClaim:
    if row.kept.is_reversal:
        return PlannedClaim(row.position, row.match, ours.facts, row.kept, reverses=ours.original)
    if row.kept.is_predetermination:
        return PlannedClaim(row.position, row.match, ours.facts, row.kept)
    decided = decisions(row.kept, ours.lines or {}, ours.charges)
    entry = claim_entry(
        ours.facts,
        decided,
        fact=f"remittance:{payment.remittance_id}:claim:{row.position}",
        posted_date=payment.posted_date,
        source=f"remittance {payment.trace_number}, claim {ours.facts.number}",
        clearing=Account.REMITTANCE_CLEARING,
    )
    return PlannedClaim(row.position, row.match, ours.facts, row.kept, tuple(decided), entry)


def _other_entries(
    payment: Payment, provider_rows: Sequence[ProviderRow], held: Sequence[HeldRow]
) -> list[JournalEntry]:
    """Provider-level adjustments, and the money of rows that wait: without both, the payment would not tie."""
    entries = [
        provider_adjustment_entry(
            reason=row.reason,
            amount_cents=row.amount_cents,
            payer_id=payment.payer_id,
            fact=f"remittance:{payment.remittance_id}:plb:{row.position}",
            posted_date=payment.posted_date,
            source=f"remittance {payment.trace_number}, provider adjustment {row.reason} {row.reference}",
        )
        for row in provider_rows
        if row.amount_cents
    ]
    entries += [
        unapplied_entry(
            amount_cents=row.paid_cents,
            payer_id=payment.payer_id,
            fact=f"remittance:{payment.remittance_id}:held:{row.position}",
            posted_date=payment.posted_date,
            source=f"remittance {payment.trace_number}, row {row.position} held",
        )
        for row in held
        if row.paid_cents
    ]
    return entries


def _digest(planned: Sequence[PlannedClaim], others: Sequence[JournalEntry], held: Sequence[HeldRow]) -> str:
    content = [
        [(one.position, one.entry, one.reverses and one.reverses.entry_id) for one in planned],
        list(others),
        list(held),
    ]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()
