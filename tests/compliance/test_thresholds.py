"""From when on something is unusual: what is advised, what the company sets, what a practice sets for itself."""

import datetime as dt
from typing import Any

import httpx
import pytest
from tests.compliance.conftest import Watched
from tests.plugins.tenants import MakeTenant
from tests.plugins.web import Web, as_read, audit_actions, request_id_of

from compliance.anomalies.thresholds import USUAL, Thresholds, differences

COMPANY = "/api/v1/company/audit/thresholds"
UTC_DAY = {"day_begins": "00:00:00", "day_ends": "00:00:00", "free_days": []}
"""Around the clock, so that nothing is after hours."""


@pytest.fixture
async def officer(web: Web, watched: Watched) -> httpx.AsyncClient:
    """The company's compliance officer."""
    return await web.signed_in(watched.tenant, "auditor", company_wide=True)


def of_practice(watched: Watched) -> str:
    return f"{watched.base}/audit/thresholds"


async def set_them(client: httpx.AsyncClient, path: str, own: dict[str, Any] | None) -> httpx.Response:
    return await client.put(path, json={"own": own}, headers=await as_read(client, path))


async def rules(client: httpx.AsyncClient, watched: Watched) -> dict[str, str]:
    answer = await client.get(f"{watched.base}/audit/anomalies")
    assert answer.status_code == 200, answer.text
    return {one["rule"]: one["words"] for one in answer.json()["rules"]}


async def test_a_practice_goes_by_its_own_else_by_its_companys_else_by_what_is_advised(
    officer: httpx.AsyncClient, auditor: httpx.AsyncClient, practice_admin: httpx.AsyncClient, watched: Watched
) -> None:
    many = "records of {} or more patients"
    assert (await auditor.get(of_practice(watched))).json()["set_by"] == "nobody"
    assert many.format(60) in (await rules(auditor, watched))["many-records-opened"]
    assert (await set_them(officer, COMPANY, {"records_opened_an_hour": 40})).status_code == 200
    assert (await practice_admin.get(of_practice(watched))).json()["set_by"] == "company"
    assert many.format(40) in (await rules(auditor, watched))["many-records-opened"]
    own = await set_them(practice_admin, of_practice(watched), {"records_opened_an_hour": 25})
    assert (own.json()["set_by"], own.json()["in_force"]["records_opened_an_hour"]) == ("practice", 25)
    assert many.format(25) in (await rules(auditor, watched))["many-records-opened"]
    back = await set_them(practice_admin, of_practice(watched), None)
    assert (back.json()["set_by"], back.json()["own"]) == ("company", None)
    assert many.format(40) in (await rules(auditor, watched))["many-records-opened"]


async def test_hours_are_those_of_the_time_zone_that_was_set(auditor: httpx.AsyncClient, watched: Watched) -> None:
    """Two people have looked at patients just now: around the clock nothing is after hours, and on a free day everything."""

    async def late() -> set[str]:
        found = (await auditor.get(f"{watched.base}/audit/anomalies")).json()
        assert found["time_zone"] == "Pacific/Auckland"
        return {one["name"] for one in found["findings"] if one["rule"] == "after-hours"}

    auckland = {**UTC_DAY, "time_zone": "Pacific/Auckland"}
    assert (await set_them(auditor, of_practice(watched), auckland)).status_code == 200
    assert await late() == set()
    every_day = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    assert (await set_them(auditor, of_practice(watched), {**auckland, "free_days": every_day})).status_code == 200
    assert await late() >= {"Ana Ruiz", "Bruno Keller"}


async def test_setting_and_looking_are_on_record_with_before_and_after(
    auditor: httpx.AsyncClient, watched: Watched
) -> None:
    looked = await auditor.get(of_practice(watched))
    own = {"refusals_in_a_row": 5, "day_ends": "18:30:00", "free_days": ["saturday", "sunday"]}
    made = await auditor.put(of_practice(watched), json={"own": own}, headers={"If-Match": looked.headers["ETag"]})
    (read,) = await audit_actions(watched.tenant, request_id_of(looked))
    (changed,) = await audit_actions(watched.tenant, request_id_of(made))
    assert (read.action, changed.action) == ("compliance.thresholds.read", "compliance.thresholds.changed")
    assert changed.changed == {
        "refusals_in_a_row": {"before": 10, "after": 5},
        "day_ends": {"before": "21:00:00", "after": "18:30:00"},
        "free_days": {"before": ["sunday"], "after": ["saturday", "sunday"]},
        "set_by": {"before": "nobody", "after": "practice"},
    }


async def test_of_two_who_read_the_same_the_second_is_refused(auditor: httpx.AsyncClient, watched: Watched) -> None:
    version = await as_read(auditor, of_practice(watched))
    first, second = [
        await auditor.put(of_practice(watched), json={"own": {"refusals_in_a_row": number}}, headers=version)
        for number in (5, 6)
    ]
    assert (first.status_code, second.status_code) == (200, 412)
    assert (await auditor.get(of_practice(watched))).json()["own"]["refusals_in_a_row"] == 5


@pytest.mark.parametrize(
    ("own", "status", "pointer"),
    [
        ({"day_begins": "18:00:00", "day_ends": "06:00:00"}, 422, "/own/day_ends"),
        ({"free_days": ["sunday", "sunday"]}, 422, "/own/free_days"),
        ({"time_zone": "Mars/Olympus"}, 422, "/own/time_zone"),
        ({"records_opened_an_hour": 1}, 400, "/own/records_opened_an_hour"),
        ({"records_opened": 9}, 400, "/own/records_opened"),
        ({"free_days": ["someday"]}, 400, "/own/free_days/0"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(
    auditor: httpx.AsyncClient, watched: Watched, own: dict[str, Any], status: int, pointer: str
) -> None:
    refused = await set_them(auditor, of_practice(watched), own)
    assert refused.status_code == status, refused.text
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]
    assert (await auditor.get(of_practice(watched))).json()["set_by"] == "nobody"
    assert (await set_them(auditor, of_practice(watched), {"records_opened_an_hour": 9})).status_code == 200


async def test_who_may_set_them_and_where(
    web: Web, officer: httpx.AsyncClient, auditor: httpx.AsyncClient, watched: Watched, neighbor: Watched
) -> None:
    biller = await web.signed_in(watched.tenant, "biller")
    keeper = await web.signed_in(watched.tenant, "tenant_admin", company_wide=True)
    assert (await set_them(auditor, of_practice(watched), {})).status_code == 200
    assert (await set_them(biller, of_practice(watched), {})).status_code == 403
    assert (await set_them(auditor, of_practice(neighbor), {})).status_code == 404
    assert (await set_them(officer, COMPANY, {})).status_code == 200
    for client in (auditor, keeper):
        assert (await set_them(client, COMPANY, {})).status_code == 403
    theirs = await web.signed_in(neighbor.tenant, "auditor")
    assert (await theirs.get(of_practice(neighbor))).json()["set_by"] == "company"


async def test_another_company_goes_by_its_own(web: Web, officer: httpx.AsyncClient, make_tenant: MakeTenant) -> None:
    assert (await set_them(officer, COMPANY, {"refusals_in_a_row": 4})).json()["set_by"] == "company"
    other = await make_tenant()
    theirs = await web.signed_in(other, "auditor", company_wide=True)
    assert (await theirs.get(COMPANY)).json()["set_by"] == "nobody"
    assert (await set_them(theirs, COMPANY, {"refusals_in_a_row": 5})).status_code == 200
    assert (await officer.get(COMPANY)).json()["own"]["refusals_in_a_row"] == 4


def test_what_changed_is_told_by_name() -> None:
    assert differences(USUAL, USUAL) == {}
    late = Thresholds(day_ends=dt.time(23))
    assert differences(USUAL, late) == {"day_ends": {"before": "21:00:00", "after": "23:00:00"}}


@pytest.mark.parametrize(
    ("day_ends", "at", "open_"),
    [("21:00", "20:59", True), ("21:00", "21:00", False), ("00:00", "23:59", True), ("00:00", "05:59", False)],
)
def test_midnight_is_the_end_of_the_day(day_ends: str, at: str, open_: bool) -> None:  # noqa: FBT001
    one = Thresholds(day_ends=dt.time.fromisoformat(day_ends))
    assert one.open_at(dt.datetime.fromisoformat(f"2026-03-02T{at}")) is open_
