"""Steps 6, 8 and 9 as values: each practice's figures, the audit trail, and what a second run changed. One JSON object, sorted."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from app.demo.day.isolation import Isolation
from reports.export import report_files
from reports.service import PracticeReport

EXPECTED_ACTIONS = (
    "claims.acknowledgment.277ca",
    "claims.acknowledgment.999",
    "claims.claim.built",
    "claims.claim.read",
    "claims.claim.scrubbed",
    "claims.claim.submitted",
    "claims.encounters.captured",
    "clearinghouse.connection.added",
    "clearinghouse.file.queued",
    "clearinghouse.file.received",
    "clearinghouse.file.sent",
    "credentialing.enrollment.approved",
    "directory.provider.added",
    "interop.import.finished",
    "patients.coverage.added",
    "patients.patient.registered",
    "payments.remittance.posted",
    "payments.remittance.received",
    "reports.practice.read",
    "tenancy.practice.onboarded",
)
"""What a day leaves in every practice's log."""

PAYING_ACTIONS = (
    "http.request.refused",
    "patients.patient.read",
    "payments.card.intended",
    "payments.card.settled",
    "tenancy.bill.opened",
    "tenancy.bill_code.issued",
)
"""What the patient and the refused biller leave in the log of the practice where it happened."""


class PracticeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One practice at the end of the day."""

    slug: str
    report: PracticeReport
    files: dict[str, str]
    """Digest of every report and EDI file, by name."""
    audit_missing: list[str]


class DayFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The whole day."""

    business_date: str
    practices: list[PracticeFacts]
    isolation: Isolation
    same_books: bool
    same_files: bool

    @property
    def problems(self) -> list[str]:
        """Everything that is off; a sound day has none."""
        found = [] if self.isolation.holds else ["a tenant, a patient or a forged scope saw what it must not see"]
        found += [] if self.same_books else ["the second run changed the books"]
        found += [] if self.same_files else ["the second run changed files"]
        for one in self.practices:
            if one.report.equation.unexplained_cents:
                found.append(f"{one.slug}: {one.report.equation.unexplained_cents} cents are unexplained")
            found += [f"{one.slug}: {breach}" for breach in one.report.breaches]
            found += [f"{one.slug}: no audit event {action}" for action in one.audit_missing]
            found += [
                f"{one.slug}: {row.trace_number} is held: {row.problem}"
                for row in one.report.remittances
                if row.problem
            ]
        return found


def write_reports(report: PracticeReport, folder: Path) -> dict[str, str]:
    """Write every report file; their digests by name."""
    folder.mkdir(parents=True, exist_ok=True)
    digests = {}
    for one in report_files(report):
        (folder / one.name).write_bytes(one.content)
        digests[one.name] = hashlib.sha256(one.content).hexdigest()
    return digests


def exchanged_digests(exchange: Path) -> dict[str, str]:
    """Digest of every file that was exchanged with the payer."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(exchange.glob("*-payer/[!.]*"))}


def as_json(day: DayFacts) -> bytes:
    """One object: sorted keys, states and digests, nothing that differs between two runs."""
    body: dict[str, Any] = {
        "business_date": day.business_date,
        "practices": [_practice(one) for one in day.practices],
        "isolation": {**msgspec.to_builtins(day.isolation), "holds": day.isolation.holds},
        "audit": {"every_step_recorded": not any(one.audit_missing for one in day.practices)},
        "repeated": {"same_books": day.same_books, "same_files": day.same_files},
    }
    return msgspec.json.format(msgspec.json.encode(body, order="sorted"), indent=2)


def _practice(one: PracticeFacts) -> dict[str, Any]:
    report = one.report
    return {
        "id": str(report.practice_id),
        "slug": one.slug,
        "name": report.practice_name,
        "claims_by_state": report.claims_by_state,
        "equation": msgspec.to_builtins(report.equation),
        "breakdown": msgspec.to_builtins(report.breakdown),
        "aging": msgspec.to_builtins(report.aging),
        "remittance": [
            {
                "trace_number": row.trace_number,
                "payer": row.payer_name,
                "paid_date": str(row.paid_date),
                "amount_cents": row.amount_cents,
                "claims_paid_cents": row.claims_paid_cents,
                "provider_adjustment_cents": row.provider_adjustment_cents,
                "claims": row.claim_count,
                "state": row.state,
            }
            for row in report.remittances
        ],
        "ledger_digest": report.ledger_digest,
        "files": one.files,
    }
