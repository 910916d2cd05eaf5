"""Events come from the database as they were stored, to the last character and microsecond, in the order they are sealed in."""

import datetime as dt
import json
from typing import Any

import pytest
from tests.audit.sealed_log import SEALER, Log

from audit.encoding import EventRow, event_line, instant
from audit.public import record
from audit.reading import read_events
from kernel.db.transaction import open_transaction
from kernel.ids import new_id

EVERYTHING = 2**62
INSERT = """
    insert into app.audit_event (id, occurred_at, audience, role, purpose, request_id, address, action, object_type, object_id,
        patient_ids, changed, outcome)
    select gen_random_uuid(), {occurred_at}, 'identity', '', '', '', '', 'test.thing.read', 'thing', i::text, '{{}}', '{{}}', 'done'
    from generate_series(1, {events}) i
"""


async def events_of(log: Log) -> list[EventRow]:
    found: list[EventRow] = []
    async with open_transaction(log.database, SEALER) as tx:
        await read_events(tx, 0, EVERYTHING, found.extend)
    return found


async def newest(log: Log) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(event_line((await events_of(log))[-1]))
    return line


async def test_what_an_event_says_is_read_to_the_character(log: Log) -> None:
    awkward = 'tab\t feed\r\n\f\v\b back\\slash \\N \\t "quoted" Grüße 患者 \u2028 \x1f'
    patients = [new_id(), new_id()]
    changed = {"reason": awkward, "none": None, "nested": {"list": [1, True, "\\"]}}
    async with log.practices[0].tx() as tx:
        record(tx, "claims.claim.read", "claim", awkward, patient_ids=patients, changed=changed, reason=awkward)
    line = await newest(log)
    assert (line["object_id"], line["purpose"], line["changed"]) == (awkward, awkward, changed)
    assert line["patient_ids"] == [str(one) for one in patients]
    assert (line["practice_id"], line["session_id"]) == (str(log.practices[0].practice_id), None)


@pytest.mark.parametrize(
    "moment",
    [
        dt.datetime(1, 1, 1, tzinfo=dt.UTC),
        dt.datetime(999, 2, 28, 23, 59, 59, 999_999, tzinfo=dt.UTC),
        dt.datetime(2024, 2, 29, 12, tzinfo=dt.timezone(dt.timedelta(hours=13))),
        dt.datetime(2026, 11, 1, 1, 30, 0, 7, tzinfo=dt.timezone(dt.timedelta(hours=-4))),
        dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
    ],
)
async def test_an_instant_is_written_by_the_database_as_by_us(log: Log, moment: dt.datetime) -> None:
    log.tamper(INSERT.format(occurred_at=f"'{moment.isoformat()}'", events=1))
    assert (await newest(log))["occurred_at"] == instant(moment)


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("2026-11-26 01:02:03+00 BC", "2026-11-26 01:02:03+00 BC"),
        ("infinity", "infinity"),
        ("-infinity", "-infinity"),
        ("12026-11-26 01:02:03+00", "12026-11-26T01:02:03.000000Z"),
    ],
)
async def test_an_instant_outside_the_calendar_is_mistaken_for_no_other(log: Log, stored: str, written: str) -> None:
    log.tamper(INSERT.format(occurred_at=f"'{stored}'", events=1))
    assert (await newest(log))["occurred_at"] == written


async def test_very_many_come_in_order_and_none_is_lost(log: Log) -> None:
    log.tamper(*(INSERT.format(occurred_at="now()", events=1_500) for _ in range(3)))
    events = [event for event in await events_of(log) if event.action == "test.thing.read"]
    assert sorted(int(event.object_id) for event in events) == sorted([*range(1, 1_501)] * 3)
    order = [(int(event.position), event.recorded_at, event.id) for event in events]
    assert order == sorted(order)
    assert len({position for position, _, _ in order}) == 3
