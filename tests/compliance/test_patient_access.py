"""Who has seen a patient: each person with role, first, last, how often, through what."""

import csv
import datetime as dt
import io
import uuid

import httpx
from tests.compliance.conftest import Watched
from tests.plugins.web import Web, audit_actions, request_id_of

from audit.public import Access
from compliance.patient_access import viewers
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
    assert [(deed.words, deed.times) for deed in found[0].through] == [
        ("opened a claim", 5),
        ("opened a patient's record", 2),
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
