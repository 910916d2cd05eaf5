"""Findings as lines of a file. Pure."""

from collections.abc import Iterable

from compliance.anomalies.facts import Anomaly
from compliance.patient_access import second
from tabular.columns import Column, ColumnKind, Value


def _text(name: str, meaning: str) -> Column:
    return Column(name=name, kind=ColumnKind.TEXT, meaning=meaning, example="x")


FINDING_COLUMNS = (
    _text("rule", "Which rule"),
    _text("why", "Why it is here"),
    _text("person", "Who"),
    _text("first", "First event (UTC)"),
    _text("last", "Last event (UTC)"),
    Column(name="events", kind=ColumnKind.INTEGER, meaning="How many events", example="3"),
    Column(name="patients", kind=ColumnKind.INTEGER, meaning="How many patients", example="1"),
    _text("person_id", "Id of the person"),
    _text("event_ids", "Ids of the events behind it"),
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
