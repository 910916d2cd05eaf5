"""Searching the audit log: every filter, in pages, on record, and never beyond the practice."""

import csv
import datetime as dt
import io
import json
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from tests.compliance.conftest import Watched
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, audit_actions, request_id_of

from audit.tables import audit_event
from compliance.events import search
from kernel.clock import wall_now
from kernel.ids import new_id
from tenancy.public import names_of_people


async def found(client: httpx.AsyncClient, watched: Watched, **filters: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"{watched.base}/audit/events", params={"limit": 200, **filters})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_an_event_says_who_by_name_did_what_in_words(auditor: httpx.AsyncClient, watched: Watched) -> None:
    (event, again) = await found(auditor, watched, person=watched.biller, action="patients.patient.read")
    assert (event["name"], event["role"], event["words"]) == ("Ana Ruiz", "biller", "opened a patient's record")
    assert (event["object_type"], event["object_id"]) == ("patient", str(watched.patients[0]))
    assert (event["patient_ids"], event["outcome"]) == ([str(watched.patients[0])], "done")
    assert event["recorded_at"] > again["recorded_at"]
    for name in ("session_id", "request_id", "address"):
        assert event[name]


AN_HOUR = dt.timedelta(hours=1)
UNNAMED = "A person who is not shown to you"
"""Who registered the patients: a test's own hands, which have no account."""


@pytest.mark.parametrize(
    ("filters", "people"),
    [
        ({"person": "poster"}, {"Bruno Keller"}),
        ({"patient": "first patient"}, {"Ana Ruiz", UNNAMED}),
        ({"object_id": "first patient"}, {"Ana Ruiz"}),
        ({"object_type": "patient", "person": "biller"}, {"Ana Ruiz"}),
        ({"object_type": "claim", "person": "biller"}, set()),
        ({"action": "patients.patient.read"}, {"Ana Ruiz", "Bruno Keller"}),
        ({"outcome": "failed"}, set()),
        ({"until": (wall_now() - AN_HOUR).isoformat()}, set()),
        ({"since": (wall_now() - AN_HOUR).isoformat(), "person": "biller"}, {"Ana Ruiz"}),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",  # the same in every process
)
async def test_each_filter_finds_what_it_says(
    auditor: httpx.AsyncClient, watched: Watched, filters: dict[str, str], people: set[str]
) -> None:
    ids = {"poster": watched.poster, "biller": watched.biller, "first patient": watched.patients[0]}
    asked = {name: str(ids.get(value, value)) for name, value in filters.items()}
    assert {one["name"] for one in await found(auditor, watched, **asked)} == people


async def test_refusals_are_found_by_their_outcome(web: Web, auditor: httpx.AsyncClient, watched: Watched) -> None:
    biller = await web.signed_in(watched.tenant, "biller")
    assert (await biller.get(f"{watched.base}/audit/events")).status_code == 403
    (event,) = await found(auditor, watched, outcome="refused")
    assert (event["action"], event["changed"]["status"]) == ("http.request.refused", 403)


async def test_pages_hold_every_event_once_newest_first(auditor: httpx.AsyncClient, watched: Watched) -> None:
    """Each page is an event itself, and newer than the ones still to come."""
    everything = await found(auditor, watched)
    seen, query = [], {"limit": 2, "until": everything[0]["recorded_at"]}
    while True:
        page = (await auditor.get(f"{watched.base}/audit/events", params=query)).json()
        seen += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert [one["id"] for one in seen] == [one["id"] for one in everything[1:]]
    assert len(seen) >= 5


async def test_a_search_is_an_event_with_its_filters(auditor: httpx.AsyncClient, watched: Watched) -> None:
    answer = await auditor.get(
        f"{watched.base}/audit/events", params={"patient": watched.patients[0], "outcome": "done"}
    )
    (searched,) = await audit_actions(watched.tenant, request_id_of(answer))
    assert (searched.action, searched.changed["outcome"]) == ("audit.log.searched", "done")
    assert str(watched.patients[0]) not in json.dumps(searched.changed)
    (event,) = await found(auditor, watched, action="audit.log.searched", patient=watched.patients[0])
    assert event["patient_ids"] == [str(watched.patients[0])]


async def test_a_file_holds_what_the_search_finds_oldest_first_and_is_on_record(
    auditor: httpx.AsyncClient, watched: Watched
) -> None:
    filters = {"action": "patients.patient.read", "person": str(watched.biller)}
    newest_first = await found(auditor, watched, **filters)
    file = await auditor.get(f"{watched.base}/audit/events/csv", params=filters)
    assert file.headers["Content-Disposition"] == 'attachment; filename="audit-events.csv"'
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [row["event_id"] for row in rows] == [one["id"] for one in reversed(newest_first)]
    assert {(row["person"], row["role"], row["what"], row["outcome"]) for row in rows} == {
        ("Ana Ruiz", "biller", "opened a patient's record", "done")
    }
    (event,) = await audit_actions(watched.tenant, request_id_of(file))
    assert (event.action, event.changed["events"]) == ("audit.events.exported", 2)
    assert event.changed["action"] == "patients.patient.read"


async def test_a_file_of_too_many_events_is_refused_whole(
    auditor: httpx.AsyncClient, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{watched.base}/audit/events/csv"
    assert (await auditor.get(path)).status_code == 200
    monkeypatch.setattr(search, "MOST_LINES", 2)
    refused = await auditor.get(path)
    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "more than 2 events are in this time; ask for a shorter one",
    )


async def test_files_of_others_are_nobodys(
    web: Web, auditor: httpx.AsyncClient, watched: Watched, neighbor: Watched
) -> None:
    biller = await web.signed_in(watched.tenant, "biller")
    assert (await auditor.get(f"{watched.base}/audit/events/csv")).status_code == 200
    assert (await biller.get(f"{watched.base}/audit/events/csv")).status_code == 403
    assert (await auditor.get(f"{neighbor.base}/audit/events/csv")).status_code == 404
    theirs = await auditor.get(f"{watched.base}/audit/events/csv", params={"patient": str(neighbor.patients[0])})
    assert theirs.content.decode("utf-8-sig").count("\r\n") == 1


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"since": "2026-01-31T17:00:00"}, 422, "since needs a time zone, for example 2026-01-31T17:00:00Z"),
        ({"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, 422, "since must be before until"),
        ({"since": "2001-01-01T00:00:00Z"}, 422, "since may be at most 2196 days before until"),
        ({"until": "0001-01-02T00:00:00Z"}, 422, "until is in a year from 2000 to 2200"),
        ({"until": "9999-12-31T23:59:59-14:00"}, 422, "until is in a year from 2000 to 2200"),
        ({"since": "0001-01-01T00:00:00+14:00"}, 422, "since is in a year from 2000 to 2200"),
        ({"action": "patients.patient.eaten"}, 422, "there is no such action; GET audit/actions names them all"),
        ({"outcome": "maybe"}, 400, None),
        ({"person": "Ana"}, 400, None),
    ],
)
async def test_a_wrong_filter_is_named(
    auditor: httpx.AsyncClient, watched: Watched, query: dict[str, str], status: int, words: str | None
) -> None:
    answer = await auditor.get(f"{watched.base}/audit/events", params=query)
    assert answer.status_code == status
    (fault,) = answer.json()["errors"]
    assert (fault["source"], fault["pointer"]) == ("query", f"/{next(iter(query))}")
    assert words in {None, fault["message"]}


async def test_the_vocabulary_is_shown(auditor: httpx.AsyncClient, watched: Watched) -> None:
    actions = {one["action"]: one for one in (await auditor.get(f"{watched.base}/audit/actions")).json()}
    assert actions["patients.patient.read"]["words"] == "opened a patient's record"
    assert actions["patients.patient.read"]["category"] == "read"


@pytest.mark.parametrize("role", ["auditor", "practice_admin", "administrator"])
async def test_nobody_finds_the_events_of_another_practice(
    web: Web, watched: Watched, neighbor: Watched, role: str
) -> None:
    """Every filter that names something of the neighbor finds as little as one that names nothing."""
    client = await web.signed_in(watched.tenant, role)
    assert await found(client, watched, patient=watched.patients[0])
    for theirs in (
        {"patient": neighbor.patients[0]},
        {"object_id": neighbor.patients[0]},
        {"person": neighbor.biller},
        {"patient": new_id()},
    ):
        assert await found(client, watched, **theirs) == []
    assert neighbor.patients[0] != watched.patients[0]
    assert (await client.get(f"{neighbor.base}/audit/events")).status_code == 404


async def test_a_company_auditor_sees_the_practices_given_and_no_other(web: Web, watched: Watched) -> None:
    company_wide = await web.signed_in(watched.tenant, "auditor", company_wide=True)
    assert (await company_wide.get(f"{watched.base}/audit/events")).status_code == 404
    assert (
        await (await web.signed_in(watched.tenant, "auditor")).get(f"{watched.base}/audit/events")
    ).status_code == 200


async def test_a_practice_sees_the_names_of_those_who_acted_in_it_and_nobody_elses(
    practice_admin: httpx.AsyncClient, watched: Watched, neighbor: Watched
) -> None:
    assert {one["name"] for one in await found(practice_admin, watched, person=watched.biller)} == {"Ana Ruiz"}
    async with watched.tenant.tx("practice") as tx:
        names = await names_of_people(tx, [watched.biller, neighbor.biller])
    assert names == {watched.biller: "Ana Ruiz"}
    async with watched.tenant.tx() as tx:
        assert set(await names_of_people(tx, [watched.biller, neighbor.biller])) == {watched.biller, neighbor.biller}


async def test_the_function_behind_a_patients_search_answers_for_the_signed_practice_alone(
    watched: Watched, neighbor: Watched
) -> None:
    """It runs as a role that sees all events, so it must not be asked about others, whoever asks."""
    asked = sa.text(
        "select count(*) from identity.patient_events(:patient, now() - interval '1 day', now() + interval '1 day')"
    )

    async def events(tenant: Tenant, patient: object) -> int:
        async with tenant.tx() as tx:
            return int(await tx.scalar(asked, {"patient": patient}))

    assert await events(watched.tenant, watched.patients[0]) >= 2
    assert await events(neighbor.tenant, watched.patients[0]) == 0
    async with watched.tenant.tx() as tx:
        total = await tx.scalar(
            sa.select(sa.func.count()).where(
                audit_event.c.practice_id == tx.practice_id,
                audit_event.c.patient_ids.contains([watched.patients[0]]),
            )
        )
    assert total == await events(watched.tenant, watched.patients[0])
