"""What an agency asked to keep from the patient for a time (45 CFR 164.528(a)(2)): in writing until its day, orally for 30 days."""

import datetime as dt
from typing import Any

import httpx
import pytest
from tests.compliance.conftest import Watched
from tests.compliance.test_disclosures import SUBPOENA, TODAY, account, of_patient, recorded
from tests.plugins.web import Web, audit_actions, request_id_of

from kernel.ids import new_id

A_MONTH = dt.timedelta(days=30)
WRITTEN: dict[str, Any] = {
    "agency": "Franklin County Sheriff",
    "statement": "written",
    "stated_on": str(TODAY - dt.timedelta(days=2)),
    "until": str(TODAY),
}
POLICE = {"ground": "law_enforcement", "recipient_name": "Sheriff"}


@pytest.fixture
async def officer(web: Web, watched: Watched) -> httpx.AsyncClient:
    """Somebody of the practice, who records and reads."""
    return await web.signed_in(watched.tenant, "practice_admin")


async def suspended(officer: httpx.AsyncClient, watched: Watched, disclosure_id: str, **changes: Any) -> httpx.Response:
    path = f"{watched.base}/disclosures/{disclosure_id}/suspensions"
    return await officer.post(path, json={**WRITTEN, **changes})


async def listed(officer: httpx.AsyncClient, watched: Watched) -> tuple[list[str], int]:
    """To whom the account says that something was told, in both views, and how much it withholds."""
    views = [await account(officer, watched, view=view) for view in ("statutory", "with_payment")]
    told = [([one["recipient_name"] for one in view["lines"]], view["withheld"]) for view in views]
    assert told[0] == told[1]
    return told[0]


async def test_until_the_agencys_day_is_over_no_account_lists_it(officer: httpx.AsyncClient, watched: Watched) -> None:
    await recorded(officer, watched, **POLICE, suspension=WRITTEN)
    over = {**WRITTEN, "until": str(TODAY - dt.timedelta(days=1))}
    await recorded(officer, watched, ground="health_oversight", recipient_name="Board", suspension=over)
    assert await listed(officer, watched) == (["Board"], 1)


async def test_an_agency_may_ask_later_and_again_and_may_end_it(officer: httpx.AsyncClient, watched: Watched) -> None:
    disclosure_id = await recorded(officer, watched, **POLICE)
    assert await listed(officer, watched) == (["Sheriff"], 0)
    first = await suspended(officer, watched, disclosure_id)
    longer = await suspended(officer, watched, disclosure_id, until=str(TODAY + A_MONTH))
    assert (first.status_code, longer.status_code) == (201, 201)
    (kept,) = (await officer.get(f"{of_patient(watched)}/disclosures")).json()["items"]
    assert (kept["withheld_until"], len(kept["suspensions"])) == (str(TODAY + A_MONTH), 2)
    lift = f"{watched.base}/suspensions/{longer.json()['id']}/lift"
    assert (await officer.post(lift, json={"reason": "the agency is done"})).status_code == 204
    assert (await officer.post(lift, json={"reason": "once more"})).status_code == 409
    assert await listed(officer, watched) == ([], 1)
    lift = f"{watched.base}/suspensions/{first.json()['id']}/lift"
    assert (await officer.post(lift, json={"reason": "the agency is done"})).status_code == 204
    assert await listed(officer, watched) == (["Sheriff"], 0)
    (kept,) = (await officer.get(f"{of_patient(watched)}/disclosures")).json()["items"]
    assert [one["lifted_because"] for one in kept["suspensions"]] == ["the agency is done"] * 2


@pytest.mark.parametrize(("days_ago", "withheld"), [(0, 1), (30, 1), (31, 0)])
async def test_what_was_only_said_counts_for_thirty_days(
    officer: httpx.AsyncClient, watched: Watched, days_ago: int, withheld: int
) -> None:
    said = str(TODAY - dt.timedelta(days=days_ago))
    disclosure_id = await recorded(officer, watched, **POLICE)
    made = await suspended(officer, watched, disclosure_id, statement="oral", stated_on=said, until=None)
    assert made.status_code == 201
    assert (await listed(officer, watched))[1] == withheld


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"until": None}, "/until", "a written statement names the time"),
        ({"stated_on": str(TODAY + dt.timedelta(days=2))}, "/stated_on", "this day is still to come"),
        ({"until": str(TODAY - A_MONTH)}, "/until", "before the one on which it was stated"),
        ({"statement": "oral", "until": str(TODAY + A_MONTH)}, "/until", "counts for 30 days"),
    ],
)
async def test_what_the_rule_does_not_know_is_refused_by_field(
    officer: httpx.AsyncClient, watched: Watched, change: dict[str, Any], pointer: str, words: str
) -> None:
    disclosure_id = await recorded(officer, watched, **POLICE)
    refused = await suspended(officer, watched, disclosure_id, **change)
    (fault,) = refused.json()["errors"]
    assert (refused.status_code, fault["pointer"]) == (422, pointer)
    assert words in fault["message"]
    together = {**SUBPOENA, **POLICE, "suspension": {**WRITTEN, **change}}
    refused = await officer.post(f"{of_patient(watched)}/disclosures", json=together)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/suspension{pointer}")
    assert await listed(officer, watched) == (["Sheriff"], 0)
    assert (await suspended(officer, watched, disclosure_id)).status_code == 201


async def test_only_health_oversight_and_law_enforcement_may_ask_for_it(
    officer: httpx.AsyncClient, watched: Watched
) -> None:
    refused = await suspended(officer, watched, await recorded(officer, watched))
    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "only for health oversight and law enforcement an agency may ask that the patient is not told",
    )
    allowed = await suspended(officer, watched, await recorded(officer, watched, ground="health_oversight"))
    assert allowed.status_code == 201


async def test_suspending_and_lifting_are_on_record_and_name_nobody(
    officer: httpx.AsyncClient, watched: Watched
) -> None:
    made = await suspended(officer, watched, await recorded(officer, watched, **POLICE))
    lifted = await officer.post(
        f"{watched.base}/suspensions/{made.json()['id']}/lift", json={"reason": "the agency is done"}
    )
    (one,) = await audit_actions(watched.tenant, request_id_of(made))
    (other,) = await audit_actions(watched.tenant, request_id_of(lifted))
    assert one.action == "compliance.disclosure.suspended"
    assert one.changed == {name: WRITTEN[name] for name in ("statement", "stated_on", "until")}
    assert (other.action, other.changed) == ("compliance.disclosure.resumed", {"suspension_id": made.json()["id"]})


async def test_who_only_reads_suspends_nothing_and_the_neighbors_are_nobodys(
    web: Web, officer: httpx.AsyncClient, auditor: httpx.AsyncClient, watched: Watched, neighbor: Watched
) -> None:
    theirs = await web.signed_in(neighbor.tenant, "practice_admin")
    ours, hers = await recorded(officer, watched, **POLICE), await recorded(theirs, neighbor, **POLICE)
    assert (await suspended(auditor, watched, ours)).status_code == 403
    made = await suspended(theirs, neighbor, hers)
    assert made.status_code == 201
    for disclosure_id in (hers, str(new_id())):
        assert (await suspended(officer, watched, disclosure_id)).status_code == 404
    for suspension_id in (made.json()["id"], new_id()):
        lift = await officer.post(f"{watched.base}/suspensions/{suspension_id}/lift", json={"reason": "none"})
        assert lift.status_code == 404
    assert (await suspended(officer, watched, ours)).status_code == 201
