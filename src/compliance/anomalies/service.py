"""Making the list of what looks unusual in a period."""

import asyncio
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

import msgspec

from audit.public import person_events, record
from compliance.anomalies.facts import Anomaly, Facts
from compliance.anomalies.rules import RULES, unusual
from compliance.anomalies.threshold_setting import thresholds_in_force
from compliance.anomalies.thresholds import Thresholds
from compliance.periods import Period
from kernel.db.transaction import Tx
from patients.public import watched_patients
from tenancy.public import names_of_people, practice_profile

MOST_EVENTS = 100_000
LONGEST_LAST_NAME = 3
"""Words at the end of a name that may be a last name: van der Berg."""
VIP_BEFORE = "patients.vip.unmarked"


class RuleShown(msgspec.Struct, frozen=True):
    """A rule that was applied, with its thresholds in words."""

    rule: str
    words: str


class Anomalies(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules found in a period, the latest first. An empty list says that each rule was applied and found nothing."""

    period: Period
    time_zone: str
    thresholds: Thresholds
    rules: Sequence[RuleShown]
    findings: Sequence[Anomaly]


async def find_anomalies(tx: Tx, period: Period) -> Anomalies:
    """Apply all rules to what people did in this practice; that it was done is on record. Raises Invalid for too many events."""
    events = await person_events(tx, since=period.since, until=period.until, most=MOST_EVENTS)
    names = await names_of_people(tx, (one.user_id for one in events))
    # Whoever takes the mark away, looks, and marks again is not to get around the rule.
    unmarked = {key for one in events if one.action == VIP_BEFORE for key in one.patient_ids}
    patients = await watched_patients(tx, last_names=_last_names(names.values()), ids=unmarked)
    thresholds = (await thresholds_in_force(tx)).in_force
    time_zone = thresholds.time_zone or (await practice_profile(tx)).time_zone
    facts = Facts(
        events=events,
        names=names,
        patients={one.id: msgspec.structs.replace(one, vip=one.vip or one.id in unmarked) for one in patients},
        zone=ZoneInfo(time_zone),
        thresholds=thresholds,
    )
    findings = await asyncio.to_thread(unusual, facts)
    told = {"since": period.since.isoformat(), "until": period.until.isoformat(), "findings": len(findings)}
    people = sorted({key for one in findings for key in one.patient_ids})
    record(tx, "compliance.anomalies.listed", "audit_log", patient_ids=people, changed=told)
    return Anomalies(
        period=period,
        time_zone=time_zone,
        thresholds=thresholds,
        rules=[RuleShown(one.name, one.words(thresholds)) for one in RULES],
        findings=findings,
    )


def _last_names(names: Iterable[str]) -> set[str]:
    words = (name.split() for name in names)
    return {" ".join(one[-length:]) for one in words for length in range(1, LONGEST_LAST_NAME + 1)}
