"""The rules: each a function from a window of events to what is unusual in it. Pure."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from audit.public import PersonEvent
from compliance.anomalies.facts import Anomaly, Facts, by_person, clock_time, found, looked, name_of, opened
from compliance.anomalies.stretches import bursts, refusals_in_rows
from compliance.anomalies.thresholds import Thresholds


class Rule(msgspec.Struct, frozen=True):
    """A rule by name. `words` say what it looks for, with its thresholds."""

    name: str
    words: Callable[[Thresholds], str]
    find: Callable[[Facts], Iterable[Anomaly]]


def many_records_opened(facts: Facts) -> Iterator[Anomaly]:
    """Bulk reads, one by one."""
    most = facts.thresholds.records_opened_an_hour
    for events in by_person(filter(opened, facts.events)).values():
        for burst, patients in bursts(events, most):
            begun = clock_time(burst[0].recorded_at, facts.zone)
            says = f"opened the records of {patients} patients within an hour, beginning at {begun}; {most} are unusual"
            yield found(facts, "many-records-opened", burst, says)


def many_patients_shown(facts: Facts) -> Iterator[Anomaly]:
    """Bulk reads, page by page."""
    most = facts.thresholds.patients_shown_an_hour
    for events in by_person(filter(looked, facts.events)).values():
        for burst, patients in bursts(events, most):
            begun = clock_time(burst[0].recorded_at, facts.zone)
            says = f"was shown {patients} patients within an hour, beginning at {begun}; {most} are unusual"
            yield found(facts, "many-patients-shown", burst, says)


def after_hours(facts: Facts) -> Iterator[Anomaly]:
    """Looking at patients while the practice is closed; one finding a person and night."""
    nights: dict[tuple[uuid.UUID, dt.date], list[PersonEvent]] = {}
    for event in filter(looked, facts.events):
        local = event.recorded_at.astimezone(facts.zone)
        if not facts.thresholds.open_at(local):
            # Hours after midnight belong to the evening before.
            night = local.date() - dt.timedelta(days=local.time() < facts.thresholds.day_begins)
            nights.setdefault((event.user_id, night), []).append(event)
    for events in nights.values():
        patients = len({key for one in events for key in one.patient_ids})
        begun = clock_time(events[0].recorded_at, facts.zone)
        yield found(
            facts,
            "after-hours",
            events,
            f"looked at {_patients(patients)} from {begun} on, outside the practice's hours",
        )


def own_name(facts: Facts) -> Iterator[Anomaly]:
    """Look-ups of oneself, or of somebody with one's own last name."""
    for (user_id, patient_id), events in _openings(facts).items():
        patient = facts.patients.get(patient_id)
        name = _folded(name_of(facts, user_id))
        if patient is None or not _ends_with(name, _folded(patient.last_name)):
            continue
        if name == _folded(f"{patient.first_name} {patient.last_name}"):
            yield found(facts, "own-name", events, f"opened the record of a patient of the same name {_times(events)}")
        else:
            says = f"opened the record of a patient with the same last name {_times(events)}"
            yield found(facts, "own-name", events, says)


def vip_patients(facts: Facts) -> Iterator[Anomaly]:
    """Every look at the record of a patient who is marked as VIP."""
    for (_, patient_id), events in _openings(facts).items():
        patient = facts.patients.get(patient_id)
        if patient is not None and patient.vip:
            yield found(facts, "vip-patients", events, f"opened the record of a VIP patient {_times(events)}")


def refusals_in_a_row(facts: Facts) -> Iterator[Anomaly]:
    """Somebody who tries doors: refused again and again, with nothing that worked in between."""
    most = facts.thresholds.refusals_in_a_row
    for events in by_person(facts.events).values():
        for row in refusals_in_rows(events, dt.timedelta(minutes=facts.thresholds.refusals_apart_minutes)):
            if len(row) >= most:
                begun = clock_time(row[0].recorded_at, facts.zone)
                says = f"was refused {len(row)} times in a row, beginning at {begun}; {most} are unusual"
                yield found(facts, "refusals-in-a-row", row, says)


RULES: tuple[Rule, ...] = (
    Rule(
        "many-records-opened",
        lambda one: f"One person opened the records of {one.records_opened_an_hour} or more patients within an hour.",
        many_records_opened,
    ),
    Rule(
        "many-patients-shown",
        lambda one: (
            f"One person was shown {one.patients_shown_an_hour:,} or more patients within an hour, in lists too."
        ),
        many_patients_shown,
    ),
    Rule(
        "after-hours",
        lambda one: (
            f"Somebody looked at patients before {one.day_begins:%H:%M} or after {one.day_ends:%H:%M}, or on a free day."
        ),
        after_hours,
    ),
    Rule(
        "own-name",
        lambda _: "Somebody opened the record of a patient with their own last name, or of themselves.",
        own_name,
    ),
    Rule("vip-patients", lambda _: "Somebody opened the record of a patient who is marked as VIP.", vip_patients),
    Rule(
        "refusals-in-a-row",
        lambda one: f"One person was refused {one.refusals_in_a_row} or more times, and nothing worked in between.",
        refusals_in_a_row,
    ),
)


def unusual(facts: Facts) -> list[Anomaly]:
    """What all rules find, the latest first."""
    every = [finding for rule in RULES for finding in rule.find(facts)]
    return sorted(every, key=lambda one: (-one.last_at.timestamp(), one.rule, one.name))


def _openings(facts: Facts) -> Mapping[tuple[uuid.UUID, uuid.UUID], list[PersonEvent]]:
    """By person and patient: each time that the one opened the other's record."""
    openings: dict[tuple[uuid.UUID, uuid.UUID], list[PersonEvent]] = {}
    for event in filter(opened, facts.events):
        if event.patient_ids[0] in facts.patients:
            openings.setdefault((event.user_id, event.patient_ids[0]), []).append(event)
    return openings


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _ends_with(name: str, last: str) -> bool:
    return bool(last) and (name == last or name.endswith(f" {last}"))


def _times(events: Sequence[PersonEvent]) -> str:
    return "once" if len(events) == 1 else f"{len(events)} times"


def _patients(count: int) -> str:
    return "one patient" if count == 1 else f"{count} patients"
