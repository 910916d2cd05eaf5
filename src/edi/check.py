"""Holds a file against everything that is known: syntax, guide, balancing, situations, codes. Nothing is repaired.

One pass: every segment goes through the walker of its guide and through the builder of its typed values, whose claims
and payments are then judged as wholes. Memory grows with the number of transaction sets, not with their size.
"""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple

import msgspec

from edi.balance import check_claim, check_payment
from edi.claim_837 import Claim
from edi.codes import CodeLists, NoCodeLists
from edi.guide.element_rules import ElementRules
from edi.guide.library import compiled_guide
from edi.guide.patterns import Fault
from edi.guide.run_rules import RunKey, RunRules, run_rules
from edi.guide.walker import Step, Walker
from edi.level_numbers import HierarchyCheck
from edi.reading import builders
from edi.remittance import ClaimPayment, Payment, PaymentClose
from edi.situations import (
    Place,
    check_claim_totals,
    check_paid_claim,
    check_paid_remittance,
    check_sent_claim,
)
from edi.x12.delimiters import Delimiters, IsaHeader
from edi.x12.envelope import Interchange, TransactionSet
from edi.x12.findings import Finding, Findings
from edi.x12.guides import Guide, guide_of
from edi.x12.reader import Match, Reader
from edi.x12.runs import Run, Take
from edi.x12.tokenizer import Source

_REMEMBERED_CODES = 20_000
_BEFORE_BIRTH = "DMG*D8*"
_ENVELOPE = frozenset({"GS", "ST", "SE", "GE", "IEA", "TA1"})
_SPECIAL = _ENVELOPE | {"BPR", "CLM", "DMG", "AMT", "HL"}


class SetSummary(msgspec.Struct):
    """One transaction set of the file."""

    transaction: TransactionSet
    claims: int = 0


class PaymentSummary(msgspec.Struct, kw_only=True):
    """One payment of the file with its three totals, in cents."""

    trace: str
    payer_id: str
    payee_npi: str
    amount_cents: int
    claims: int
    claim_paid_cents: int
    plb_cents: int
    balanced: bool


class CheckResult(msgspec.Struct):
    """Everything the check found."""

    interchanges: list[Interchange]
    transactions: list[SetSummary]
    payments: list[PaymentSummary]
    findings: Findings

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; warnings and notes do not count."""
        return not self.findings.errors


class _BirthInRun(NamedTuple):
    """A DMG segment inside a run: counted out only when a finding points at it."""

    rules: RunRules
    found: re.Match[str]
    number: int
    offset: int

    def place(self) -> Place:
        """Its segment number and byte offset."""
        found = self.found
        at = found.start(self.rules.birth) - found.start() - len(_BEFORE_BIRTH)
        return self.number + found[0].count(self.rules.delimiters.terminator, 0, at), self.offset + at


class Checker(Reader[object]):
    """Reads one file for its findings: call `run` once."""

    def __init__(self, source: Source, codes: CodeLists | None = None, limit: int = 10_000) -> None:
        judge = _Judge(self)
        super().__init__(source, builders(judge), judge, limit)
        self._codes = codes or NoCodeLists()
        self._rules: dict[str, ElementRules] = {}
        self._memos: dict[tuple[str, Delimiters], list[set[str]]] = {}
        self._right: Mapping[str, set[str]] = {}
        self._walker: Walker | None = None
        self._hierarchy: HierarchyCheck | None = None
        self._reported: dict[str, Finding] = {}
        self._reported_at = 0
        self._places: dict[str, Place] = {}
        self._birth: Place | _BirthInRun | None = None
        self._paid_places: list[Place] = []
        self._payment: Payment | None = None
        self._unwalked: set[str] = set()
        self._balanced = True
        self.result = CheckResult([], [], [], self.findings)

    def run(self) -> CheckResult:
        """Read to the end."""
        for _ in self:
            raise AssertionError("values are judged when they are made")
        for guide in sorted(self._unwalked):
            self.report(
                "guide.not-checked",
                f"The guide of the {guide} is not held against the file: only syntax and values were checked.",
                level=2,
                severity="info",
                expected="a guide that is known to the library",
            )
        for rules in self._rules.values():
            for code_set in sorted(rules.unchecked):
                self.report(
                    "code.not-checked",
                    f"No {code_set} list is loaded: only the shape of these codes was checked.",
                    level=5,
                    severity="info",
                    expected=f"a {code_set} list",
                )
        return self.result

    def isa(self, header: IsaHeader, offset: int, number: int) -> None:
        super().isa(header, offset, number)
        if self.interchange is not None:
            self.result.interchanges.append(self.interchange)

    def begin_set(self, transaction: TransactionSet) -> None:
        super().begin_set(transaction)
        self.result.transactions.append(SetSummary(transaction))
        self._hierarchy = HierarchyCheck()
        self._places.clear()
        self._birth = None
        self._paid_places.clear()
        guide = guide_of(transaction.set_id, transaction.version)
        delimiters = transaction.interchange.delimiters
        compiled = compiled_guide(guide, delimiters) if guide else None
        if guide is None or compiled is None:
            if guide is not None:
                self._unwalked.add(guide)
            return
        rules = self._rules.setdefault(delimiters.component, ElementRules(self._codes, delimiters.component))
        memo = self._memos.setdefault((guide, delimiters), compiled.memo())
        self._right = rules.right
        self._walker = Walker(compiled, self._fault, rules.by_segment, memo)

    def end_set(self, offset: int, problem: Finding | None) -> None:
        if self._walker is not None and problem is None:
            self._walker.finish(offset, self.number)
        if self._hierarchy is not None and problem is None:
            self._adopt(self._hierarchy.finish())
        self._walker = self._hierarchy = None
        super().end_set(offset, problem)

    def segment(self, raw: str, separator: str, offset: int, number: int) -> None:
        self.number = number
        values = raw.split(separator)
        segment_id = values[0]
        special = segment_id in _SPECIAL
        if self._walker is not None and not (special and segment_id in _ENVELOPE):
            self._walker.step(raw, values, offset, number)
        try:
            self.table[segment_id](values, offset, number)
        except (IndexError, ValueError):
            self._again(values, offset, number)
        if special:
            self._after(values, (number, offset))

    def prepared(self, guide: Guide, run: Run, take: Take, delimiters: Delimiters) -> tuple[Match, Take]:
        match, _ = super().prepared(guide, run, take, delimiters)
        rules = run_rules(run, guide, delimiters)
        return match, _untaken if rules is None else partial(self._take_run, rules, take)

    def _take_run(self, rules: RunRules, take: Take, found: re.Match[str], offset: int, number: int) -> int:
        """Take a run with nothing wrong in it. Where it leads is learned from its segments the first time."""
        walker = self._walker
        right = rules.match.match(found.string, found.start())
        if walker is None or right is None or right.end() != found.end() or not self._known_codes(rules, found):
            return 0
        step = walker.opening(rules.opener)
        if step is None:
            return 0
        key = (step.loop, right.groups())
        landing = rules.landings.get(key)
        if landing is None:
            return self._learn_run(walker, step, rules, key, found, offset, number)
        taken = take(found, offset, number)
        if taken:
            walker.leap(step, landing, offset, number)
            if rules.is_remembered:
                self._after_run(rules, found, offset, number)
        return taken

    def _known_codes(self, rules: RunRules, found: re.Match[str]) -> bool:
        """Whether every code of the run was right before."""
        right = self._right
        for field, code_set in rules.codes:
            text = found[field]
            if text and text not in right[code_set]:
                several = text.split(rules.delimiters.element) if code_set == "HI" else ()
                if not several or not right["HI"].issuperset(several):
                    return False
                if len(right["HI"]) < _REMEMBERED_CODES:
                    right["HI"].add(text)
        return True

    def _learn_run(
        self, walker: Walker, step: Step, rules: RunRules, key: RunKey, found: re.Match[str], offset: int, number: int
    ) -> int:
        """Take a run segment by segment, and remember where it leads when nothing is wrong."""
        findings, depth, before = len(self.findings) + self.findings.omitted, walker.depth, self.number
        place, taken = offset, 0
        for text in found[0].split(rules.delimiters.terminator)[:-1]:
            raw = text.lstrip("\r\n")
            self.segment(raw, rules.delimiters.element, place + len(text) - len(raw), number + taken)
            place += len(text) + 1
            taken += 1
        self.number = before
        landing = walker.landing(step, depth)
        if landing is not None and findings == len(self.findings) + self.findings.omitted:
            rules.remember(key, landing)
        return taken

    def _after_run(self, rules: RunRules, found: re.Match[str], offset: int, number: int) -> None:
        """What `_after` does for the segments of a run."""
        opener = rules.opener[0]
        if opener == "HL" and self._hierarchy is not None:
            text, start = found.string, found.start()
            values = text[start : text.index(rules.delimiters.terminator, start)].split(rules.delimiters.element)
            wrong = self._hierarchy.take(values, (number, offset))
            if wrong:
                self._adopt(wrong)
        elif opener == "CLM":
            self._paid_places.clear()
        if rules.birth and found[rules.birth]:
            self._birth = _BirthInRun(rules, found, number, offset)

    def _after(self, values: list[str], place: Place) -> None:
        """Remember where the segments stand that findings about a whole claim or payment point at."""
        segment_id = values[0]
        if segment_id == "HL" and self._hierarchy is not None:
            self._adopt(self._hierarchy.take(values, place))
        elif segment_id == "CLM":
            self._paid_places.clear()
        elif segment_id == "DMG":
            self._birth = place
        elif segment_id == "AMT" and len(values) > 1 and values[1] == "D":
            self._paid_places.append(place)
        else:
            self._places[segment_id] = place

    def _birth_place(self) -> Place | None:
        """Where the last DMG stands, if there was one in this set."""
        return self._birth.place() if isinstance(self._birth, _BirthInRun) else self._birth

    def judge(self, value: object) -> None:
        """Hold one typed value against the rules that need all of it."""
        if isinstance(value, ClaimPayment):
            self.result.transactions[-1].claims += 1
            wrong = check_claim(value)
            self._balanced = self._balanced and not wrong
            self._adopt(wrong + check_paid_claim(value))
        elif isinstance(value, Claim):
            self.result.transactions[-1].claims += 1
            self._adopt(check_claim_totals(value, self._paid_places))
            self._adopt(check_sent_claim(value, self._birth_place))
        elif isinstance(value, Payment):
            self._payment, self._balanced = value, True
        elif isinstance(value, PaymentClose) and self._payment is not None:
            self._close_payment(self._payment, value)

    def _close_payment(self, payment: Payment, close: PaymentClose) -> None:
        place = self._places.get("BPR", (0, payment.byte_start))
        wrong = [
            msgspec.structs.replace(finding, segment=place[0], offset=place[1])
            for finding in check_payment(payment, close)
        ]
        self._adopt(wrong)
        self._adopt(check_paid_remittance(payment, close, place))
        self.result.payments.append(
            PaymentSummary(
                trace=payment.trace_number,
                payer_id=payment.payer_identifier,
                payee_npi=payment.payee_npi,
                amount_cents=payment.payment_cents,
                claims=close.claim_count,
                claim_paid_cents=close.claim_paid_cents,
                plb_cents=close.provider_adjustment_cents,
                balanced=self._balanced and not wrong,
            )
        )

    def _adopt(self, findings: Iterable[Finding]) -> None:
        """Say where in the envelopes a finding about a value belongs."""
        transaction = self.transaction
        for finding in findings:
            if transaction is not None:
                finding = msgspec.structs.replace(
                    finding,
                    set_segment=max(finding.segment - transaction.segment + 1, 0),
                    transaction=transaction.ordinal,
                    interchange=transaction.interchange.ordinal,
                )
            self.findings.add(finding)

    def _fault(self, fault: Fault, segment_id: str, loop: str, offset: int, number: int) -> None:
        found = self.report(
            fault.code,
            fault.message,
            level=fault.level,
            expected=fault.expected,
            number=number,
            offset=offset,
            segment_id=segment_id,
            element=fault.element,
            text=fault.text,
            loop=loop,
        )
        if self._reported_at != number:
            self._reported.clear()
            self._reported_at = number
        self._reported[fault.element] = found

    def unreadable(
        self, values: list[str], position: int, table: Mapping[str, object], offset: int, number: int
    ) -> Finding:
        known = self._reported.get(f"{values[0]}{position:02}") if self._reported_at == number else None
        return known or super().unreadable(values, position, table, offset, number)


def _untaken(_found: re.Match[str], _offset: int, _number: int) -> int:
    return 0


class _Judge(list[object]):
    """Where the builders put their values: each is judged at once, while its place in the file is known."""

    def __init__(self, checker: Checker) -> None:
        super().__init__()
        self._checker = checker

    def append(self, value: object) -> None:
        self._checker.judge(value)


def check(source: Source, codes: CodeLists | None = None) -> CheckResult:
    """Everything that is wrong with a file, at five levels. Never raises for what the file holds."""
    return Checker(source, codes).run()
