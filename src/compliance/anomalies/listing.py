"""Findings as lines of a file. Pure."""

from collections.abc import Iterable

from compliance.anomalies.facts import Anomaly
from compliance.columns import count, text
from compliance.words import second
from tabular.columns import Value

FINDING_COLUMNS = (
    text("rule", "Which rule"),
    text("why", "Why it is here"),
    text("person", "Who"),
    text("first", "First event (UTC)"),
    text("last", "Last event (UTC)"),
    count("events", "How many events"),
    count("patients", "How many patients"),
    text("person_id", "Id of the person"),
    text("event_ids", "Ids of the events behind it"),
)


def finding_rows(findings: Iterable[Anomaly]) -> list[dict[str, Value]]:
    """One row a finding."""
    return [
        {
            "rule": one.rule,
            "why": one.sentence,
            "person": one.name,
            "first": second(one.first_at),
            "last": second(one.last_at),
            "events": len(one.event_ids),
            "patients": len(one.patient_ids),
            "person_id": str(one.user_id),
            "event_ids": " ".join(map(str, one.event_ids)),
        }
        for one in findings
    ]
