"""Rules over a window of events: each finds what it names, says why, and keeps quiet about an ordinary day."""

import datetime as dt
import uuid
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec
import pytest

from audit.public import PersonEvent
from compliance.anomalies.facts import Anomaly, Facts
from compliance.anomalies.rules import RULES, unusual
from compliance.anomalies.thresholds import USUAL
from kernel.ids import new_id
from patients.public import WatchedPatient

ANA, BRUNO = new_id(), new_id()
NAMES = {ANA: "Ana Ruiz", BRUNO: "Bruno van der Berg"}
NEW_YORK = ZoneInfo("America/New_York")
TEN = dt.datetime(2026, 3, 2, 10, tzinfo=NEW_YORK).astimezone(dt.UTC)
"""Ten in the morning of a Monday, where the practice is."""
SMALL = msgspec.structs.replace(USUAL, records_opened_an_hour=4, patients_shown_an_hour=8, refusals_in_a_row=3)
PATIENTS = [new_id() for _ in range(20)]


def event(minute: float = 0, patients: Sequence[uuid.UUID] = (), **changes: object) -> PersonEvent:
    """Ana opening records, so many minutes after ten."""
    facts = {
        "id": new_id(),
        "recorded_at": TEN + dt.timedelta(minutes=minute),
        "user_id": ANA,
        "action": "patients.patient.read" if len(patients) < 2 else "patients.patient.listed",
        "outcome": "done",
        "patient_ids": list(patients),
        "status": None,
    }
    return PersonEvent(**{**facts, **changes})  # type: ignore[arg-type]


def refusal(minute: float, status: int = 403, **changes: object) -> PersonEvent:
    return event(minute, action="http.request.refused", outcome="refused", status=status, **changes)


def find(*events: PersonEvent, patients: Sequence[WatchedPatient] = ()) -> list[Anomaly]:
    return unusual(
        Facts(
            events=sorted(events, key=lambda one: one.recorded_at),
            names=NAMES,
            patients={one.id: one for one in patients},
            zone=NEW_YORK,
            thresholds=SMALL,
        )
    )


def patient(last_name: str, first_name: str = "Robin", *, vip: bool = False) -> WatchedPatient:
    return WatchedPatient(id=PATIENTS[0], first_name=first_name, last_name=last_name, vip=vip)


def test_every_rule_has_a_name_of_its_own_and_says_its_thresholds() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) == 6
    words = {rule.name: rule.words(USUAL) for rule in RULES}
    assert words["many-records-opened"] == "One person opened the records of 60 or more patients within an hour."
    assert "before 06:00 or after 21:00" in words["after-hours"]


def test_an_ordinary_day_is_not_listed() -> None:
    ordinary = [event(25 * number, [key]) for number, key in enumerate(PATIENTS)]
    assert find(*ordinary, event(3, PATIENTS[:5]), refusal(4), refusal(5), refusal(90)) == []


def test_many_records_within_an_hour_are_one_finding_with_its_events() -> None:
    burst = [event(number, [key]) for number, key in enumerate(PATIENTS[:6])]
    (finding,) = find(event(-200, PATIENTS[8:9]), *burst, event(300, PATIENTS[9:10]))
    assert finding.rule == "many-records-opened"
    assert finding.sentence == (
        "Ana Ruiz opened the records of 6 patients within an hour, beginning at 10:00 AM on March 2, 2026; 4 are unusual."
    )
    assert finding.event_ids == [one.id for one in burst]
    assert set(finding.patient_ids) == set(PATIENTS[:6])
    assert (finding.first_at, finding.last_at) == (TEN, TEN + dt.timedelta(minutes=5))


@pytest.mark.parametrize(("minutes_apart", "findings"), [(19.9, 1), (20, 0)])
def test_the_hour_is_an_hour(minutes_apart: float, findings: int) -> None:
    assert len(find(*(event(number * minutes_apart, [key]) for number, key in enumerate(PATIENTS[:4])))) == findings


def test_the_same_record_again_is_no_other_patient() -> None:
    assert find(*(event(number, PATIENTS[:1]) for number in range(30))) == []


def test_what_two_people_do_is_not_added_up() -> None:
    events = [event(number, [key], user_id=(ANA, BRUNO)[number % 2]) for number, key in enumerate(PATIENTS[:6])]
    assert find(*events) == []
    assert len(find(*(msgspec.structs.replace(one, user_id=ANA) for one in events))) == 1


def test_lists_count_against_a_limit_of_their_own() -> None:
    (finding,) = find(event(0, PATIENTS[:5]), event(10, PATIENTS[5:9]))
    assert finding.rule == "many-patients-shown"
    assert "was shown 9 patients within an hour" in finding.sentence


def test_work_that_shows_nobody_is_no_bulk_read() -> None:
    assert (
        find(
            event(0, PATIENTS, action="claims.claim.submitted"),
            event(1, PATIENTS, action="patients.patient.registered"),
        )
        == []
    )


@pytest.mark.parametrize(
    ("local", "listed"),
    [
        ("2026-03-02T05:59", True),
        ("2026-03-02T06:00", False),
        ("2026-03-02T20:59", False),
        ("2026-03-02T21:00", True),
        ("2026-03-01T12:00", True),  # a Sunday
        ("2026-03-07T12:00", False),  # a Saturday
        ("2026-03-08T03:30", True),  # the night in which clocks go forward
    ],
)
def test_hours_are_those_of_the_practice(local: str, *, listed: bool) -> None:
    at = dt.datetime.fromisoformat(local).replace(tzinfo=NEW_YORK).astimezone(dt.UTC)
    findings = find(event(0, PATIENTS[:1], recorded_at=at))
    assert [one.rule for one in findings] == (["after-hours"] if listed else [])


def test_a_night_is_one_finding_although_it_has_two_dates() -> None:
    late = dt.datetime(2026, 3, 3, 4, 50, tzinfo=dt.UTC)  # 11:50 PM of March 2 in New York
    (finding,) = find(
        event(0, PATIENTS[:1], recorded_at=late), event(0, PATIENTS[1:2], recorded_at=late + dt.timedelta(minutes=30))
    )
    assert finding.sentence == (
        "Ana Ruiz looked at 2 patients from 11:50 PM on March 2, 2026 on, outside the practice's hours."
    )


@pytest.mark.parametrize(
    ("reader", "of_record", "says"),
    [
        (ANA, ("Ruiz", "Robin"), "opened the record of a patient with the same last name once"),
        (ANA, ("RUIZ", "ana"), "opened the record of a patient of the same name once"),
        (BRUNO, ("Van der Berg", "Robin"), "opened the record of a patient with the same last name once"),
        (BRUNO, ("Berg", "Robin"), "opened the record of a patient with the same last name once"),
        (ANA, ("Iz", "Robin"), None),
        (ANA, ("Ruizova", "Robin"), None),
        (BRUNO, ("Ruiz", "Robin"), None),
    ],
)
def test_look_ups_of_oneself_and_of_namesakes(reader: uuid.UUID, of_record: tuple[str, str], says: str | None) -> None:
    findings = find(event(0, PATIENTS[:1], user_id=reader), patients=[patient(*of_record)])
    assert [one.sentence for one in findings] == ([f"{NAMES[reader]} {says}."] if says else [])


def test_a_namesake_in_a_list_was_not_looked_up() -> None:
    assert find(event(0, PATIENTS[:3]), patients=[patient("Ruiz", vip=True)]) == []


def test_each_look_at_a_vip_patient_is_behind_one_finding_a_person() -> None:
    findings = find(
        event(0, PATIENTS[:1]), event(9, PATIENTS[:1]), event(5, PATIENTS[:1], user_id=BRUNO),
        patients=[patient("Star", vip=True)],
    )  # fmt: skip
    assert [(one.rule, one.sentence) for one in findings] == [
        ("vip-patients", "Ana Ruiz opened the record of a VIP patient 2 times."),
        ("vip-patients", "Bruno van der Berg opened the record of a VIP patient once."),
    ]
    assert len(findings[0].event_ids) == 2


def test_refusals_in_a_row() -> None:
    (finding,) = find(refusal(0), refusal(1, 404), refusal(2, 401))
    assert finding.sentence == (
        "Ana Ruiz was refused 3 times in a row, beginning at 10:00 AM on March 2, 2026; 3 are unusual."
    )


@pytest.mark.parametrize(
    "events",
    [
        [refusal(0), refusal(1), event(2, PATIENTS[:1]), refusal(3)],
        [refusal(0), refusal(1), refusal(80)],
        [refusal(0), refusal(1), refusal(2, 422)],
        [refusal(0), refusal(1), refusal(2, user_id=BRUNO)],
    ],
    ids=["something worked between", "far apart", "a form filled in wrongly", "two people"],
)
def test_what_is_no_row_of_refusals(events: list[PersonEvent]) -> None:
    assert find(*events) == []
    assert len(find(*events, *(refusal(200 + number) for number in range(3)))) == 1


def test_the_latest_comes_first() -> None:
    early = [refusal(number) for number in range(3)]
    late = [event(200 + number, [key]) for number, key in enumerate(PATIENTS[:4])]
    assert [one.rule for one in find(*early, *late)] == ["many-records-opened", "refusals-in-a-row"]
