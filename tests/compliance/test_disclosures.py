"""Recording what was told outside, and the accounting that a patient may ask for, through the API."""

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest
import sqlalchemy as sa
from tests.compliance.conftest import Watched
from tests.factories.claims import Visit, build, open_clinic, send
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, audit_actions, base_of, request_id_of

from kernel.clock import today
from kernel.ids import new_id
from kernel.storage.folder import FolderStore

TODAY = today("America/New_York")
SUBPOENA: dict[str, Any] = {
    "disclosed_on": str(TODAY - dt.timedelta(days=30)),
    "recipient_name": "Franklin County Court of Common Pleas",
    "recipient_address": "345 South High Street, Columbus, OH 43215",
    "what": "Visits and charges of March",
    "purpose": "Subpoena in a civil case",
    "ground": "court",
}
TREATMENT = {**SUBPOENA, "recipient_name": "Dr. Elsewhere", "purpose": "Second opinion", "ground": "treatment"}


@pytest.fixture
async def officer(web: Web, watched: Watched) -> httpx.AsyncClient:
    """Somebody of the practice, who records and reads."""
    return await web.signed_in(watched.tenant, "practice_admin")


def of_patient(watched: Watched, patient: int = 0) -> str:
    return f"{watched.base}/patients/{watched.patients[patient]}"


async def recorded(officer: httpx.AsyncClient, watched: Watched, **changes: Any) -> str:
    answer = await officer.post(f"{of_patient(watched)}/disclosures", json={**SUBPOENA, **changes})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def account(officer: httpx.AsyncClient, watched: Watched, **query: Any) -> dict[str, Any]:
    answer = await officer.get(f"{of_patient(watched)}/accounting", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_what_was_told_outside_stands_in_the_accounting(officer: httpx.AsyncClient, watched: Watched) -> None:
    assert (await account(officer, watched))["lines"] == []
    await recorded(officer, watched)
    (line,) = (await account(officer, watched))["lines"]
    assert line == {
        "disclosed_on": SUBPOENA["disclosed_on"],
        "recipient_name": "Franklin County Court of Common Pleas",
        "recipient_address": "345 South High Street, Columbus, OH 43215",
        "what": "Visits and charges of March",
        "purpose": "Subpoena in a civil case",
        "ground": "Court or administrative proceeding",
        "required": True,
        "times": 1,
        "last_disclosed_on": SUBPOENA["disclosed_on"],
    }


async def test_the_statutory_list_leaves_out_what_the_rule_leaves_out_and_each_list_says_which_it_is(
    officer: httpx.AsyncClient, watched: Watched
) -> None:
    await recorded(officer, watched)
    await recorded(officer, watched, **TREATMENT)
    statutory, everything = [await account(officer, watched, view=view) for view in ("statutory", "with_payment")]
    assert [one["recipient_name"] for one in statutory["lines"]] == [SUBPOENA["recipient_name"]]
    assert [(one["recipient_name"], one["required"]) for one in everything["lines"]] == [
        ("Dr. Elsewhere", False),
        (SUBPOENA["recipient_name"], True),
    ]
    assert statutory["title"] == "Accounting of disclosures"
    assert "Claims sent to your insurer are payment and are not in this list." in statutory["statement"]
    assert everything["title"] == "All disclosures on record"
    assert "claims sent to insurers (payment)" in everything["statement"]


async def test_claims_sent_to_payers_are_payment(web: Web, tenant: Tenant, tmp_path: Path) -> None:
    """The audit log shows them: nobody has to record them."""
    clinic = await open_clinic(tenant)
    claim = (await build(clinic, Visit()))["E-1"]
    auditor = await web.signed_in(tenant, "auditor")
    path = f"{base_of(tenant)}/patients/{claim.patient_id}/accounting"
    assert (await auditor.get(path, params={"view": "with_payment"})).json()["lines"] == []
    assert await send(clinic, FolderStore(tmp_path))
    assert (await auditor.get(path)).json()["lines"] == []
    (line,) = (await auditor.get(path, params={"view": "with_payment"})).json()["lines"]
    assert (line["recipient_name"], line["recipient_address"]) == ("Blue Heron Health Plan", "Address not known")
    assert (line["ground"], line["required"]) == ("Payment", False)
    assert line["disclosed_on"] == str(TODAY)


async def test_a_period_may_be_shorter_and_reaches_back_six_years(officer: httpx.AsyncClient, watched: Watched) -> None:
    await recorded(officer, watched)
    await recorded(officer, watched, disclosed_on=str(TODAY - dt.timedelta(days=400)), recipient_name="A coroner")
    await recorded(officer, watched, disclosed_on=str(TODAY.replace(day=1, year=TODAY.year - 7)))
    assert [one["recipient_name"] for one in (await account(officer, watched))["lines"]] == [
        "A coroner",
        SUBPOENA["recipient_name"],
    ]
    day = SUBPOENA["disclosed_on"]
    assert len((await account(officer, watched, since=day, until=day))["lines"]) == 1
    for query, words in (
        ({"since": "2010-01-01"}, "an accounting reaches back six years"),
        ({"until": str(TODAY + dt.timedelta(days=2))}, "until is a day from"),
    ):
        refused = await officer.get(f"{of_patient(watched)}/accounting", params=query)
        assert refused.status_code == 422
        (fault,) = refused.json()["errors"]
        assert (fault["pointer"], fault["source"]) == (f"/{next(iter(query))}", "query")
        assert words in fault["message"]


async def test_several_for_one_purpose_are_one_line_in_every_form_if_that_is_asked(
    officer: httpx.AsyncClient, watched: Watched
) -> None:
    last = str(TODAY - dt.timedelta(days=2))
    await recorded(officer, watched)
    await recorded(officer, watched, disclosed_on=last)
    assert [one["times"] for one in (await account(officer, watched))["lines"]] == [1, 1]
    told = await account(officer, watched, summarized=True)
    (line,) = told["lines"]
    assert (line["disclosed_on"], line["times"], line["last_disclosed_on"]) == (SUBPOENA["disclosed_on"], 2, last)
    assert (told["summarized"], "45 CFR 164.528(b)(3)" in told["statement"]) == (True, True)
    pdf, table = [
        await officer.get(f"{of_patient(watched)}/accounting/files/{form}", params={"summarized": True})
        for form in ("pdf", "csv")
    ]
    (row,) = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))
    assert (row["date"], row["times"], row["last_date"]) == (SUBPOENA["disclosed_on"], "2", last)
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.content)).pages)
    assert "and 1 more, the last on" in " ".join(text.split())
    (event,) = await audit_actions(watched.tenant, request_id_of(table))
    assert (event.changed["summarized"], event.changed["lines"]) == (True, 1)


async def test_a_wrong_record_is_withdrawn_and_stays_on_record(officer: httpx.AsyncClient, watched: Watched) -> None:
    disclosure_id = await recorded(officer, watched)
    path = f"{watched.base}/disclosures/{disclosure_id}/withdraw"
    withdrawn = await officer.post(path, json={"reason": "recorded for the wrong patient"})
    assert withdrawn.status_code == 204
    assert (await account(officer, watched))["lines"] == []
    (kept,) = (await officer.get(f"{of_patient(watched)}/disclosures")).json()["items"]
    assert (kept["id"], kept["withdrawn_because"]) == (disclosure_id, "recorded for the wrong patient")
    again = await officer.post(path, json={"reason": "once more"})
    assert (again.status_code, again.json()["detail"]) == (409, "this disclosure was withdrawn already")


async def test_nobody_changes_or_removes_a_record(officer: httpx.AsyncClient, watched: Watched) -> None:
    await recorded(officer, watched)
    for audience in ("staff", "practice"):
        for statement in ("update app.disclosure set purpose = 'none'", "delete from app.disclosure"):
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied for table disclosure"):
                async with watched.tenant.tx(audience) as tx:  # type: ignore[arg-type]
                    await tx.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"disclosed_on": str(TODAY + dt.timedelta(days=2))}, "this day is still to come"),
        ({"disclosed_on": "0206-03-02"}, "the account begins with April 14, 2003"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(
    officer: httpx.AsyncClient, watched: Watched, change: dict[str, str], words: str
) -> None:
    refused = await officer.post(f"{of_patient(watched)}/disclosures", json={**SUBPOENA, **change})
    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert fault["pointer"] == f"/{next(iter(change))}"
    assert words in fault["message"]
    assert (await officer.get(f"{of_patient(watched)}/disclosures")).json()["items"] == []
    await recorded(officer, watched)


async def test_the_files_name_nobody_and_hold_the_same_lines(officer: httpx.AsyncClient, watched: Watched) -> None:
    await recorded(officer, watched)
    pdf, table = [await officer.get(f"{of_patient(watched)}/accounting/files/{form}") for form in ("pdf", "csv")]
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="accounting-of-disclosures.pdf"'
    assert (pdf.headers["Content-Type"], table.headers["Content-Type"]) == (
        "application/pdf",
        "text/csv; charset=utf-8",
    )
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.content)).pages)
    for words in ("Robin Example", "10001", "Riverbend Family Medicine", "(614) 555-0100", "Subpoena in a civil case"):
        assert words in " ".join(text.split())
    (row,) = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))
    assert (row["recipient"], row["required_by_164_528"]) == (SUBPOENA["recipient_name"], "yes")
    assert row["list"] == "Accounting of disclosures"
    assert (await officer.get(f"{of_patient(watched)}/accounting/files/docx")).status_code in {400, 404}


async def test_recording_reading_and_making_an_account_are_events(officer: httpx.AsyncClient, watched: Watched) -> None:
    made = await officer.post(f"{of_patient(watched)}/disclosures", json=SUBPOENA)
    listed = await officer.get(f"{of_patient(watched)}/disclosures")
    account_made = await officer.get(f"{of_patient(watched)}/accounting/files/pdf")
    events = [(await audit_actions(watched.tenant, request_id_of(one)))[0] for one in (made, listed, account_made)]
    assert [one.action for one in events] == [
        "compliance.disclosure.recorded",
        "compliance.disclosure.listed",
        "compliance.accounting.made",
    ]
    assert events[0].changed == {"ground": "court"}
    assert (events[2].changed["form"], events[2].changed["view"], events[2].changed["lines"]) == ("pdf", "statutory", 1)


async def test_a_request_sent_twice_records_once(officer: httpx.AsyncClient, watched: Watched) -> None:
    key = {"Idempotency-Key": str(new_id())}
    first, again = [
        await officer.post(f"{of_patient(watched)}/disclosures", json=SUBPOENA, headers=key) for _ in range(2)
    ]
    assert first.json() == again.json()
    assert len((await officer.get(f"{of_patient(watched)}/disclosures")).json()["items"]) == 1


async def test_who_only_reads_records_nothing(auditor: httpx.AsyncClient, watched: Watched) -> None:
    assert (await auditor.get(f"{of_patient(watched)}/disclosures")).status_code == 200
    assert (await auditor.post(f"{of_patient(watched)}/disclosures", json=SUBPOENA)).status_code == 403


async def test_the_neighbors_patients_and_disclosures_are_nobodys(
    web: Web, officer: httpx.AsyncClient, watched: Watched, neighbor: Watched
) -> None:
    theirs = await recorded(await web.signed_in(neighbor.tenant, "practice_admin"), neighbor)
    for disclosure_id in (theirs, new_id()):
        refused = await officer.post(f"{watched.base}/disclosures/{disclosure_id}/withdraw", json={"reason": "wrong"})
        assert (refused.status_code, refused.json()["detail"]) == (404, "there is no such disclosure in this practice")
    for patient in (neighbor.patients[1], new_id()):
        for path in ("disclosures", "accounting", "accounting/files/pdf", "accounting/files/csv"):
            assert (await officer.get(f"{watched.base}/patients/{patient}/{path}")).status_code == 404
        assert (await officer.post(f"{watched.base}/patients/{patient}/disclosures", json=SUBPOENA)).status_code == 404
    own = await recorded(officer, watched)
    assert (
        await officer.post(f"{watched.base}/disclosures/{own}/withdraw", json={"reason": "wrong"})
    ).status_code == 204
