"""What looks unusual, over the API: as list and file, of one practice, on record."""

import csv
import io
from typing import Any

import httpx
import pytest
from tests.compliance.conftest import Watched
from tests.factories.patients import have_patients, new_patient
from tests.factories.people import add_person, sign_in
from tests.plugins.web import Web, audit_actions, request_id_of

from compliance.anomalies import service
from kernel.ids import new_id


async def findings(client: httpx.AsyncClient, watched: Watched, rule: str) -> list[dict[str, Any]]:
    answer = await client.get(f"{watched.base}/audit/anomalies")
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json()["findings"] if one["rule"] == rule]


async def mark(client: httpx.AsyncClient, watched: Watched, *, vip: bool, patient: object = None) -> httpx.Response:
    return await client.put(f"{watched.base}/patients/{patient or watched.patients[0]}/vip", json={"vip": vip})


async def test_looks_at_a_vip_patient_are_listed_with_the_events_behind_them(
    auditor: httpx.AsyncClient, practice_admin: httpx.AsyncClient, watched: Watched
) -> None:
    assert await findings(auditor, watched, "vip-patients") == []
    assert (await mark(practice_admin, watched, vip=True)).status_code == 204
    (finding,) = await findings(auditor, watched, "vip-patients")
    assert finding["sentence"] == "Ana Ruiz opened the record of a VIP patient 2 times."
    assert (finding["user_id"], finding["patient_ids"]) == (str(watched.biller), [str(watched.patients[0])])
    events = (await auditor.get(f"{watched.base}/audit/events", params={"person": watched.biller})).json()["items"]
    assert set(finding["event_ids"]) == {one["id"] for one in events}


async def test_taking_the_mark_away_for_a_moment_hides_nothing(
    auditor: httpx.AsyncClient, practice_admin: httpx.AsyncClient, watched: Watched
) -> None:
    await mark(practice_admin, watched, vip=True)
    await mark(practice_admin, watched, vip=False)
    assert len(await findings(auditor, watched, "vip-patients")) == 1


async def test_a_mark_is_on_record_once_and_shown_to_nobody(
    web: Web, practice_admin: httpx.AsyncClient, watched: Watched
) -> None:
    answers = [await mark(practice_admin, watched, vip=vip) for vip in (True, True, False)]
    told = [[one.action for one in await audit_actions(watched.tenant, request_id_of(one))] for one in answers]
    assert told == [["patients.vip.marked"], [], ["patients.vip.unmarked"]]
    biller = await web.signed_in(watched.tenant, "biller")
    assert "vip" not in (await biller.get(f"{watched.base}/patients/{watched.patients[0]}")).json()


async def test_only_some_roles_mark_and_only_their_own_patients(
    web: Web, practice_admin: httpx.AsyncClient, watched: Watched, neighbor: Watched
) -> None:
    biller = await web.signed_in(watched.tenant, "biller")
    assert (await mark(biller, watched, vip=True)).status_code == 403
    for nobody in (neighbor.patients[0], new_id()):
        assert (await mark(practice_admin, watched, vip=True, patient=nobody)).status_code == 404
    assert (await mark(practice_admin, watched, vip=True)).status_code == 204
    theirs = await web.signed_in(neighbor.tenant, "auditor")
    assert await findings(theirs, neighbor, "vip-patients") == []


async def test_a_look_up_of_a_namesake_is_listed(web: Web, auditor: httpx.AsyncClient, watched: Watched) -> None:
    (namesake,) = await have_patients(watched.tenant, new_patient("10009", last_name="keller"))
    keller = await add_person(watched.tenant, {watched.tenant.practice_id: "poster"}, name="Kim Keller")
    client = await sign_in(web, keller)
    assert await findings(auditor, watched, "own-name") == []
    assert (await client.get(f"{watched.base}/patients/{namesake}")).status_code == 200
    (finding,) = await findings(auditor, watched, "own-name")
    assert finding["sentence"] == "Kim Keller opened the record of a patient with the same last name once."


async def test_somebody_who_tries_doors_is_listed(web: Web, auditor: httpx.AsyncClient, watched: Watched) -> None:
    curious = await sign_in(
        web, await add_person(watched.tenant, {watched.tenant.practice_id: "coder"}, name="Kit Vane")
    )
    for _ in range(9):
        assert (await curious.get(f"{watched.base}/patients/{new_id()}")).status_code == 404
    assert await findings(auditor, watched, "refusals-in-a-row") == []
    assert (await curious.get(f"{watched.base}/audit/events")).status_code == 403
    (finding,) = await findings(auditor, watched, "refusals-in-a-row")
    assert finding["sentence"].startswith("Kit Vane was refused 10 times in a row, beginning at ")


async def test_the_list_says_which_rules_were_applied_and_is_on_record(
    auditor: httpx.AsyncClient, watched: Watched
) -> None:
    answer = await auditor.get(f"{watched.base}/audit/anomalies")
    rules = {one["rule"]: one["words"] for one in answer.json()["rules"]}
    assert rules["refusals-in-a-row"] == "One person was refused 10 or more times, and nothing worked in between."
    assert answer.json()["time_zone"] == "America/New_York"
    (event,) = await audit_actions(watched.tenant, request_id_of(answer))
    assert (event.action, event.changed["findings"]) == (
        "compliance.anomalies.listed",
        len(answer.json()["findings"]),
    )


async def test_the_file_has_a_line_for_each_finding(practice_admin: httpx.AsyncClient, watched: Watched) -> None:
    await mark(practice_admin, watched, vip=True)
    answer = await practice_admin.get(f"{watched.base}/audit/anomalies/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="unusual-access.csv"'
    rows = [
        row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))) if row["rule"] == "vip-patients"
    ]
    assert [(row["person"], row["events"], row["patients"]) for row in rows] == [("Ana Ruiz", "2", "1")]


async def test_too_long_a_time_and_too_many_events_are_refused(
    auditor: httpx.AsyncClient, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{watched.base}/audit/anomalies"
    long = await auditor.get(path, params={"since": "2026-01-01T00:00:00Z", "until": "2026-03-01T00:00:00Z"})
    assert (long.status_code, long.json()["errors"][0]["message"]) == (422, "since may be at most 31 days before until")
    assert (await auditor.get(path)).status_code == 200
    monkeypatch.setattr(service, "MOST_EVENTS", 2)
    many = await auditor.get(path)
    assert (many.status_code, many.json()["detail"]) == (
        422,
        "more than 2 events are in this time; ask for a shorter one",
    )


async def test_who_may_not_read_the_log_may_not_ask_what_is_unusual_in_it(
    web: Web, auditor: httpx.AsyncClient, watched: Watched, neighbor: Watched
) -> None:
    biller = await web.signed_in(watched.tenant, "biller")
    for form in ("", "/csv"):
        assert (await auditor.get(f"{watched.base}/audit/anomalies{form}")).status_code == 200
        assert (await biller.get(f"{watched.base}/audit/anomalies{form}")).status_code == 403
        assert (await auditor.get(f"{neighbor.base}/audit/anomalies{form}")).status_code == 404
