"""Text that means something to a database, a header, a template, a path, a spreadsheet or X12 is stored through the API as text.

It comes back as it was, in every place where it is shown or exported, and does nothing there.
"""

import csv
import io
import itertools
import re
from typing import Any

import httpx
import openpyxl
import pytest
from tests.api.encounter_files import csv_bytes
from tests.hostile.marked import marked_row
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, as_read, base_of

from edi.claim_837 import Claim
from edi.claim_837p import stream_837p
from kernel.http.files import CSV, XLSX

TEXTS = {
    "sql": "x'); drop table claim; --",
    "template": "{{977*991}}{% raw %}${977*991}",
    "markup": "'\"><script>alert(1)</script>",
    "path": "../../../etc/passwd%2f..%00",
    "formula": "=HYPERLINK(1)|'/c calc'!A1",
    "at": "@SUM(1+1)*cmd",
    "minus": "-2+3+cmd|'/c calc'!A0",
    "wide formula": "\uff1d1+1",
    "apostrophe": "'=1+1",
    "x12": "Smith~CLM*EVIL*999***11:B:1^Y~",
    "header": "x\r\nSet-Cookie: stolen=1",
}
EVALUATED = str(977 * 991)
"""What the template would say if it ran: long enough that no random id holds it."""
RUNS = set("=@+-\t\r\n\uff1d\uff0b\uff0d\uff20")
AMOUNT = re.compile(r"-\d+(\.\d\d)?")
"""How a cell may not begin, unless it is an amount below zero."""
NAMES = ("patient_last_name", "patient_first_name", "patient_address_1", "patient_city", "referring_last_name")
PRACTICE = {
    "slug": "hostile", "npi": "1234567893", "tax_id": "311234567", "taxonomy": "207Q00000X", "state_code": "OH",
    "zip": "432151234", "phone": "6145550100", "time_zone": "America/New_York", "claim_prefix": "HX",
}  # fmt: skip
NPI, ISSUED = "2999901012", "2020-01-01"


async def a_practice_named(web: Web, tenant: Tenant, text: str) -> tuple[Tenant, list[httpx.Response]]:
    """A practice whose every free text is this one: its own name and address, its payer, provider and connection."""
    head = await web.signed_in(tenant, "administrator", company_wide=True)
    body = {**PRACTICE, "name": text, "address": text, "city": text}
    made = await head.post("/api/v1/practices", json=body)
    assert made.status_code == 201, made.text
    own = Tenant(tenant.database, tenant.company_id, type(tenant.practice_id)(made.json()["id"]), tenant.user_id)
    base = base_of(own)
    payer = {"code": "HOSTILE", "name": text, "kind": "commercial", "edi_id": "90003", "timely_filing_days": 365}
    payer_id = (await head.post("/api/v1/payers", json=payer)).json()["id"]
    provider = {"npi": NPI, "last_name": text, "first_name": text, "taxonomy": "207Q00000X"}
    mail = {"name": text, "folder": "hostile", "submitter_id": "SUB", "receiver_id": "REC", "receiver_name": "Payers"}
    granted = {"provider_npi": NPI, "payer_id": payer_id, "requested_date": ISSUED, "effective_date": ISSUED}
    person = {"display_name": text}
    me = (await head.get("/api/v1/session")).json()["user_id"]
    answers = [
        await head.post(f"{base}/providers", json=provider),
        await head.post(f"{base}/connections", json=mail),
        await head.post(f"{base}/enrollments", json=granted),
        await head.patch(f"/api/v1/members/{me}", json=person, headers=await as_read(head, f"/api/v1/members/{me}")),
    ]
    assert [one.status_code for one in answers] == [201, 201, 201, 200], [one.text for one in answers]
    shown = [
        await head.get(path)
        for path in ("/api/v1/company/practices", "/api/v1/members", base, f"{base}/payers", f"{base}/providers")
    ]
    for answer in shown:
        assert text in _texts(answer.json()), answer.request.url.path
    files = [await head.get(f"/api/v1/access-review/files/{kind}") for kind in ("csv", "xlsx")]
    return own, [*answers, *shown, *files]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_hostile_text_comes_back_as_text_everywhere_and_does_nothing(
    web: Web, tenant: Tenant, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    practice, answers = await a_practice_named(web, tenant, text)
    base, biller = base_of(practice), await web.signed_in(practice, "biller")
    kept = marked_row("E-1", **dict.fromkeys(NAMES, text), primary_payer_id="HOSTILE", primary_relationship="self")
    refused = {**kept, "encounter_no": "E-2", "service_date": text}
    run = await biller.post(
        f"{base}/imports/encounters", content=csv_bytes(kept, refused), params={"file_name": f"{text}.csv"}
    )
    assert (run.status_code, run.json()["encounters_accepted"], run.json()["rows_refused"]) == (201, 1, 1), run.text
    await web.run_jobs(practice)
    (patient,) = (await biller.get(f"{base}/patients")).json()["items"]
    assert patient["last_name"] == " ".join(text.split()) or patient["last_name"] == text
    answers += [run, await biller.get(f"{base}/imports/{run.json()['id']}/rejects")]
    answers += [await _bill(web, biller, base, patient["id"])]
    claims = await _submitted(web, practice, biller, answers)
    answers += await _exports(web, practice, {"patient_id": patient["id"], "run_id": run.json()["id"]}, text)
    assert [one.charge_cents for one in claims] == [12_500]
    for answer in answers:
        _is_harmless(answer, text)
    said = capfd.readouterr()
    assert text not in said.out + said.err


async def _exports(web: Web, practice: Tenant, ids: dict[str, str], text: str) -> list[httpx.Response]:
    """Every table that the API hands out as a file, after somebody of this name looked at the patient and told somebody of it."""
    head = await web.signed_in(practice, "administrator")
    me = (await head.get("/api/v1/session")).json()["user_id"]
    keeper = await web.signed_in(practice, "administrator", company_wide=True)
    renamed = await keeper.patch(f"/api/v1/members/{me}", json={"display_name": text}, headers={"If-Match": "*"})
    told = await head.post(f"{base_of(practice)}/patients/{ids['patient_id']}/disclosures", json=disclosed(text))
    assert (renamed.status_code, told.status_code) == (200, 201), (renamed.text, told.text)
    await head.get(f"{base_of(practice)}/patients/{ids['patient_id']}")
    document = (await head.get("/api/v1/openapi/openapi.json")).json()
    answers = []
    for address in file_addresses(document, {"practice_id": str(practice.practice_id), **ids}):
        who = head if "/practices/" in address else keeper
        answers.append(await who.get(address))
    assert len(answers) >= 14
    in_csv = text.replace('"', '""')
    assert any(in_csv in answer.content.decode("utf-8-sig", "ignore") for answer in answers), (
        "it was there to be guarded"
    )
    return answers


def disclosed(text: str) -> dict[str, str]:
    """A disclosure whose every free text is this one."""
    return {
        "disclosed_on": "2026-09-02", "recipient_name": text, "recipient_address": text, "what": text, "purpose": text,
        "ground": "public_health",
    }  # fmt: skip


def file_addresses(document: dict[str, Any], ids: dict[str, str]) -> list[str]:
    """The address of every table that is handed out as a file, each in each of its kinds."""
    found = []
    for path, methods in document["paths"].items():
        operation = methods.get("get", {})
        sent = operation.get("responses", {}).get("200", {}).get("content", {})
        if not {CSV, XLSX} & sent.keys():
            continue
        schemas = {one["name"]: one["schema"] for one in operation["parameters"] if one["in"] == "path"}
        values = [schema.get("enum") or [ids[name]] for name, schema in schemas.items()]
        for chosen in itertools.product(*values):
            found.append(path.format(**dict(zip(schemas, chosen, strict=True))))
    return found


async def _bill(web: Web, biller: httpx.AsyncClient, base: str, patient_id: str) -> httpx.Response:
    code = (await biller.post(f"{base}/patients/{patient_id}/bill-code")).json()["code"]
    patient, born = web.visitor(), {"birth_month": "7", "birth_day": "19", "birth_year": "1931"}
    assert (await patient.post("/bill", data={"bill_code": code, **born})).status_code == 303
    page = await patient.get("/bill/account")
    assert page.status_code == 200
    return page


async def _submitted(
    web: Web, practice: Tenant, biller: httpx.AsyncClient, answers: list[httpx.Response]
) -> list[Claim]:
    base = base_of(practice)
    listed = (await biller.get(f"{base}/claims")).json()["items"]
    assert [one["state"] for one in listed] == ["ready"], (await biller.get(f"{base}/claims/{listed[0]['id']}")).text
    sent = await biller.post(f"{base}/claims/submit")
    assert sent.status_code == 202, sent.text
    await web.run_jobs(practice)
    (file,) = (await biller.get(f"{base}/edi-files")).json()["items"]
    content = await biller.get(f"{base}/edi-files/{file['id']}/content")
    answers.append(content)
    reader = stream_837p(content.content)
    claims = [one for one in reader if isinstance(one, Claim)]
    assert list(reader.findings) == []
    return claims


def _is_harmless(answer: httpx.Response, text: str) -> None:
    where, kind = answer.request.url.path, answer.headers.get("content-type", "")
    assert answer.status_code < 300, (where, answer.text)
    assert "stolen" not in answer.cookies, where
    assert EVALUATED not in answer.text or kind.startswith("application/json"), where
    if kind.startswith("text/html"):
        assert "<script>alert" not in answer.text, where
        assert "{{7" in answer.text or "{{7" not in text, where
    elif kind.startswith("text/csv"):
        cells = [cell for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) for cell in row]
        assert [cell for cell in cells if cell[:1] in RUNS and not AMOUNT.fullmatch(cell)] == [], where
    elif "spreadsheet" in kind:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        assert [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == [], where


def _texts(value: object) -> set[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return {text for one in value for text in _texts(one)}
    return {value} if isinstance(value, str) else set()
