"""Reports over HTTP: figures, files, and who may have them."""

import sqlalchemy as sa
from tests.factories.claims import Clinic, Visit, build
from tests.factories.clients import signed_in

from audit.tables import audit_event
from reports.api import ReportController
from reports.permissions import READ_REPORTS


def base(clinic: Clinic) -> str:
    return f"/api/v1/practices/{clinic.tenant.practice_id}/reports"


async def test_the_summary_is_as_of_the_day_that_is_asked_for(clinic: Clinic) -> None:
    await build(clinic, Visit())
    async with signed_in(clinic.tenant, ReportController, READ_REPORTS) as client:
        now = (await client.get(f"{base(clinic)}/summary")).json()
        later = (await client.get(f"{base(clinic)}/summary", params={"as_of": "2026-12-01"})).json()
    assert now["as_of"] == "2026-09-30"
    assert now["equation"]["charge_cents"] == now["equation"]["insurer_cents"] == 20_000
    assert [row["bucket"] for row in now["aging"] if row["insurance_cents"]] == ["0-30"]
    assert [row["bucket"] for row in later["aging"] if row["insurance_cents"]] == ["91-120"]


async def test_a_report_is_a_file_of_its_day_and_taking_it_is_on_record(clinic: Clinic) -> None:
    await build(clinic, Visit())
    async with signed_in(clinic.tenant, ReportController, READ_REPORTS) as client:
        text = await client.get(f"{base(clinic)}/files/aging/csv")
        book = await client.get(f"{base(clinic)}/files/aging/xlsx")
        again = await client.get(f"{base(clinic)}/files/aging/xlsx")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    assert text.headers["content-disposition"] == 'attachment; filename="2026-09-30-aging.csv"'
    assert text.content.decode("utf-8-sig").splitlines()[1] == "0-30,200.00,0.00,0.00"
    assert book.content[:2] == b"PK"
    assert book.content == again.content
    async with clinic.tenant.tx() as tx:
        exported = await tx.execute(
            sa.select(audit_event.c.object_id)
            .where(audit_event.c.practice_id == tx.practice_id, audit_event.c.action == "reports.file.exported")
            .order_by(audit_event.c.recorded_at)
        )
        assert list(exported.scalars()) == ["aging.csv", "aging.xlsx", "aging.xlsx"]


async def test_a_report_that_does_not_exist_and_a_day_that_is_none_are_refused(clinic: Clinic) -> None:
    async with signed_in(clinic.tenant, ReportController, READ_REPORTS) as client:
        assert (await client.get(f"{base(clinic)}/files/aging/csv")).status_code == 200
        for path in ("files/secrets/csv", "files/aging/pdf", "summary?as_of=yesterday"):
            assert (await client.get(f"{base(clinic)}/{path}")).status_code in {400, 404, 422}, path


async def test_reports_need_their_permission_in_this_practice(clinic: Clinic) -> None:
    paths = ("summary", "files/equation/csv")
    async with signed_in(clinic.tenant, ReportController, READ_REPORTS) as client:
        assert [(await client.get(f"{base(clinic)}/{path}")).status_code for path in paths] == [200, 200]
    async with signed_in(clinic.tenant, ReportController, "claims:read") as client:
        assert [(await client.get(f"{base(clinic)}/{path}")).status_code for path in paths] == [403, 403]
    other = base(clinic).replace(str(clinic.tenant.practice_id), str(clinic.tenant.company_id))
    async with signed_in(clinic.tenant, ReportController, READ_REPORTS) as client:
        assert (await client.get(f"{other}/summary")).status_code == 404
