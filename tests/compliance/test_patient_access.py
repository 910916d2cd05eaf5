"""Who has seen a patient: each person with role, first, last, how often, through what."""

import csv
import datetime as dt
import io
import uuid

import httpx
from tests.compliance.conftest import Watched
from tests.factories.people import add_person, sign_in
from tests.interop.encounter_rows import row
from tests.interop.import_files import csv_bytes, have_clinic
from tests.plugins.web import Web, audit_actions, request_id_of

from audit.public import Access
from compliance.access.viewers import viewers
from kernel.ids import new_id

NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def access(user_id: uuid.UUID | None, action: str = "patients.patient.read", **changes: object) -> Access:
    facts = {"audience": "staff", "role": "biller", "first_at": NINE, "last_at": NINE, "times": 1, **changes}
    return Access(user_id=user_id, action=action, **facts)  # type: ignore[arg-type]


def test_what_a_person_did_is_added_up_and_told_in_words() -> None:
    ana, bruno = new_id(), new_id()
    later = NINE + dt.timedelta(hours=3)
    found = viewers(
        [
            access(ana, times=2, last_at=later),
            access(ana, "claims.claim.read", times=5, first_at=NINE - dt.timedelta(days=1)),
            access(bruno, role="coder+poster"),
            access(None, "tenancy.bill.opened", audience="patient", role="patient"),
            access(None, "claims.claim.built", audience="worker", role=""),
        ],
        {ana: "Ana Ruiz", bruno: "Bruno Keller"},
    )
    assert [(one.name, one.role, one.times) for one in found] == [
        ("Ana Ruiz", "biller", 7),
        ("Bruno Keller", "coder and poster", 1),
        ("The patient", "patient", 1),
        ("The system", "", 1),
    ]
    assert (found[0].first_at, found[0].last_at) == (NINE - dt.timedelta(days=1), later)
    assert [(deed.words, deed.category, deed.times) for deed in found[0].through] == [
        ("opened a claim", "read", 5),
        ("opened a patient's record", "read", 2),
    ]


def test_a_person_in_two_roles_has_two_lines() -> None:
    ana = new_id()
    found = viewers([access(ana), access(ana, role="lead")], {ana: "Ana Ruiz"})
    assert sorted(one.role for one in found) == ["biller", "lead"]


async def test_the_report_names_the_people_and_is_on_record(auditor: httpx.AsyncClient, watched: Watched) -> None:
    answer = await auditor.get(f"{watched.base}/patients/{watched.patients[0]}/access")
    assert answer.status_code == 200
    people = {one["name"]: one for one in answer.json()["viewers"]}
    assert "Bruno Keller" not in people
    assert (people["Ana Ruiz"]["role"], people["Ana Ruiz"]["times"]) == ("biller", 2)
    assert people["Ana Ruiz"]["first_at"] < people["Ana Ruiz"]["last_at"]
    assert [deed["words"] for deed in people["Ana Ruiz"]["through"]] == ["opened a patient's record"]
    (event,) = await audit_actions(watched.tenant, request_id_of(answer))
    assert event.action == "compliance.access.reported"


async def test_the_file_holds_a_line_for_each_thing_done(practice_admin: httpx.AsyncClient, watched: Watched) -> None:
    answer = await practice_admin.get(f"{watched.base}/patients/{watched.patients[1]}/access/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="who-has-seen.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    (bruno,) = (row for row in rows if row["person"] == "Bruno Keller")
    assert (bruno["role"], bruno["action"], bruno["times"]) == ("poster", "opened a patient's record", "1")
    assert bruno["person_id"] == str(watched.poster)


async def test_a_patient_of_others_is_a_patient_of_nobody(
    web: Web, auditor: httpx.AsyncClient, watched: Watched, neighbor: Watched
) -> None:
    biller = await web.signed_in(watched.tenant, "biller")
    for form in ("", "/csv"):
        assert (await auditor.get(f"{watched.base}/patients/{watched.patients[0]}/access{form}")).status_code == 200
        assert (await biller.get(f"{watched.base}/patients/{watched.patients[0]}/access{form}")).status_code == 403
        theirs = await auditor.get(f"{watched.base}/patients/{neighbor.patients[0]}/access{form}")
        nobodys = await auditor.get(f"{watched.base}/patients/{new_id()}/access{form}")
        assert (theirs.status_code, theirs.json()["detail"]) == (404, nobodys.json()["detail"])


async def seen_through(client: httpx.AsyncClient, watched: Watched, user_id: uuid.UUID, patient: int = 0) -> set[str]:
    """The actions through which a person has seen a patient, as the report tells."""
    report = (await client.get(f"{watched.base}/patients/{watched.patients[patient]}/access")).json()
    return {deed["action"] for one in report["viewers"] if one["user_id"] == str(user_id) for deed in one["through"]}


async def test_a_page_of_a_list_counts_for_those_on_it_and_nobody_else(
    web: Web, auditor: httpx.AsyncClient, watched: Watched
) -> None:
    coder = await add_person(watched.tenant, {watched.tenant.practice_id: "coder"}, name="Kit Vane")
    client = await sign_in(web, coder)
    page = (await client.get(f"{watched.base}/patients", params={"limit": 1})).json()
    shown = watched.patients.index(uuid.UUID(page["items"][0]["id"]))
    assert await seen_through(auditor, watched, coder.user_id, shown) == {"patients.patient.listed"}
    assert await seen_through(auditor, watched, coder.user_id, 1 - shown) == set()
    await client.get(f"{watched.base}/patients", params={"limit": 1, "cursor": page["next"]})
    assert await seen_through(auditor, watched, coder.user_id, 1 - shown) == {"patients.patient.listed"}


async def test_searches_and_reports_about_the_patient_and_what_looks_unusual_count(
    auditor: httpx.AsyncClient, practice_admin: httpx.AsyncClient, watched: Watched
) -> None:
    me = uuid.UUID((await auditor.get("/api/v1/session")).json()["user_id"])
    patient = watched.patients[0]
    assert await seen_through(practice_admin, watched, me) == set()
    assert (await auditor.get(f"{watched.base}/audit/events", params={"patient": patient})).status_code == 200
    assert (await auditor.get(f"{watched.base}/audit/events/csv", params={"patient": patient})).status_code == 200
    assert (await auditor.get(f"{watched.base}/patients/{patient}/accounting")).status_code == 200
    assert (await practice_admin.put(f"{watched.base}/patients/{patient}/vip", json={"vip": True})).status_code == 204
    assert (await auditor.get(f"{watched.base}/audit/anomalies/csv")).status_code == 200
    assert await seen_through(practice_admin, watched, me) == {
        "audit.log.searched",
        "audit.events.exported",
        "compliance.accounting.made",
        "compliance.anomalies.listed",
    }


async def test_refused_rows_of_an_import_show_whom_they_are_about(
    web: Web, auditor: httpx.AsyncClient, watched: Watched
) -> None:
    """A row is refused for its units, and stands in the file with all that it says about a patient who is known."""
    await have_clinic(watched.tenant)
    admin = await web.signed_in(watched.tenant, "administrator")
    me = uuid.UUID((await admin.get("/api/v1/session")).json()["user_id"])
    rows = csv_bytes(row("E-1", units="two"), row("E-2", units="two", patient_account_no="99999"))
    run = (await admin.post(f"{watched.base}/imports/encounters", content=rows)).json()
    assert "interop.rejects.exported" not in await seen_through(auditor, watched, me)
    assert (await admin.get(f"{watched.base}/imports/{run['id']}/rejects")).status_code == 200
    assert "interop.rejects.exported" in await seen_through(auditor, watched, me)
    assert "interop.rejects.exported" not in await seen_through(auditor, watched, me, 1)
