"""What a check found, as data for machines and as lines for people."""

from collections.abc import Iterator
from typing import Any

from edi.check import CheckResult, PaymentSummary
from edi.x12.findings import Finding

_SIGNS = {"error": "✗", "warning": "!", "info": "·"}


def report_data(name: str, result: CheckResult) -> dict[str, Any]:
    """One JSON-ready object per file, as `billwright edi check --json` prints it. Amounts are cents."""
    return {
        "file": name,
        "ok": result.ok,
        "transactions": [
            {
                "set": one.transaction.set_id,
                "version": one.transaction.version,
                "control": one.transaction.control_number,
                "claims": one.claims,
            }
            for one in result.transactions
        ],
        "payments": [
            {
                "trace": one.trace,
                "payer_id": one.payer_id,
                "payee_npi": one.payee_npi,
                "amount_cents": one.amount_cents,
                "claims": one.claims,
                "claim_paid_cents": one.claim_paid_cents,
                "plb_cents": one.plb_cents,
                "balanced": one.balanced,
            }
            for one in result.payments
        ],
        "findings": [
            {
                "code": one.code,
                "level": one.level,
                "severity": one.severity,
                "segment": one.segment,
                "offset": one.offset,
                "element": one.element,
                "text": one.text,
                "message": in_words(one),
            }
            for one in result.findings
        ],
    }


def in_words(finding: Finding) -> str:
    """The message with what would be right."""
    return f"{finding.message} Right would be: {finding.expected}." if finding.expected else finding.message


def report_lines(name: str, result: CheckResult, most: int = 50) -> Iterator[str]:
    """The same for people: a verdict, what the file holds, its payments, and the first `most` findings."""
    counts = dict.fromkeys(_SIGNS, 0)
    for finding in result.findings:
        counts[finding.severity] += 1
    verdict = "ok" if result.ok else f"{result.findings.errors} errors"
    notes = f", {counts['warning']} warnings" if counts["warning"] else ""
    yield f"{name}: {verdict}{notes}"
    yield from _contents(result)
    for payment in result.payments[:most]:
        yield _payment_line(payment)
    for finding in result.findings.items[:most]:
        yield from _finding_lines(finding)
    hidden = len(result.findings) + result.findings.omitted - most
    if hidden > 0:
        yield f"  … and {hidden} more findings; --json lists them"


def _contents(result: CheckResult) -> Iterator[str]:
    groups: dict[tuple[str, str], list[int]] = {}
    for one in result.transactions:
        groups.setdefault((one.transaction.set_id, one.transaction.version), []).append(one.claims)
    for (set_id, version), claims in groups.items():
        yield f"  {len(claims)} × {set_id} {version}, {sum(claims)} claims"


def _payment_line(one: PaymentSummary) -> str:
    sums = f"claims {dollars(one.claim_paid_cents)} − provider level {dollars(one.plb_cents)}"
    balance = "balances" if one.balanced else "DOES NOT BALANCE"
    return f"  payment {one.trace or '(no trace)'}: {dollars(one.amount_cents)} = {sums}, {balance}"


def _finding_lines(one: Finding) -> Iterator[str]:
    where = f"segment {one.segment}" + (f" {one.element}" if one.element else "") + f", byte {one.offset}"
    yield f"  {_SIGNS[one.severity]} {one.code} ({where}): {one.message}"
    detail = []
    if one.text:
        detail.append(f"found “{one.text}”")
    if one.expected:
        detail.append(f"right would be {one.expected}")
    if detail:
        yield f"      {'; '.join(detail)}"


def dollars(cents: int) -> str:
    """``$1,234.50``, or ``-$5.00``."""
    whole, fraction = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}.{fraction:02}"
