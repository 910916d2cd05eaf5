"""Nothing personal stands where it does not belong: a whole day of one marked patient, and then every place is searched."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier
from tests.hostile.marked import FILE_NAME, MARKED, columns_with_traces, lines_with_traces, traces_in
from tests.hostile.marked_day import MarkedDay

pytestmark = pytest.mark.slow

KEPT = {
    "app.patient": {
        *("account_number", "last_name", "first_name", "birth_date", "address", "city", "phone"),
    },
    "app.coverage": {"group_number", "subscriber_last_name", "subscriber_first_name", "subscriber_birth_date"},
    "app.encounter": {"prior_authorization", "referring_last_name"},
    "app.import_run": {"file_name"},
}
"""Where a practice's records keep what is personal in the clear. Member ids are encrypted; queues, events, findings, partners' files
and what their postings were made of have no place here: whoever adds a column to this list adds a place that must be guarded."""

SYSTEM_SCHEMAS = ["pg_catalog", "information_schema"]
_TABLES = "select schemaname as schema, tablename as name from pg_tables where schemaname <> all(%s)"


@pytest.fixture(scope="module")
def tables(day: MarkedDay) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as the administrator sees them."""
    parts = psycopg.conninfo.conninfo_to_dict(day.stack.admin_url)
    parts["dbname"] = day.stack.settings.database.name
    with psycopg.connect(psycopg.conninfo.make_conninfo(**parts), row_factory=dict_row) as admin:
        names = admin.execute(_TABLES, [SYSTEM_SCHEMAS]).fetchall()
        return {
            f"{one['schema']}.{one['name']}": admin.execute(
                SQL("select * from {}").format(Identifier(one["schema"], one["name"]))
            ).fetchall()
            for one in names
        }


def test_the_search_finds_every_value_of_the_patient() -> None:
    for name, value in MARKED.items():
        if name not in {"primary_relationship", "primary_subscriber_sex"}:
            assert traces_in(f"before {value.upper()} behind"), name
    assert traces_in({"deep": [MARKED["patient_birth_date"]]})
    assert traces_in(FILE_NAME.encode())
    assert not traces_in("claim RB000001 was paid on 2026-09-20")


def test_in_tables_it_stands_where_a_practices_records_are_kept_and_nowhere_else(
    tables: dict[str, list[dict[str, Any]]],
) -> None:
    found: set[str] = set()
    for table, rows in tables.items():
        found |= columns_with_traces(table, rows)
    assert found == {f"{table}.{column}" for table, columns in KEPT.items() for column in columns}


def test_events_jobs_and_queues_of_the_day_are_there_to_be_searched(tables: dict[str, list[dict[str, Any]]]) -> None:
    topics = {row["topic"] for row in tables["app.outbox"]}
    assert {"claims.encounters.captured", "edi.835.received", "payments.card_event.received"} <= topics
    actions = {row["action"] for row in tables["app.audit_event"]}
    assert {"http.request.refused", "payments.card.settled", "tenancy.bill.refused"} <= actions
    assert tables["app.inbox_event"]


def test_no_process_wrote_it_to_its_log(day: MarkedDay) -> None:
    logs = sorted((day.stack.settings.home / "log").glob("*.log"))
    said = {log.stem: log.read_text(errors="replace") for log in logs}
    assert {"web", "worker", "scheduler", "sealer", "payer", "stripe"} <= said.keys()
    assert "request answered" in said["web"]
    assert {name: lines_with_traces(text) for name, text in said.items() if lines_with_traces(text)} == {}


def test_no_refusal_repeats_it(day: MarkedDay) -> None:
    refused = [one for one in day.answers if one.status_code >= 400 and one.request.url.path.startswith("/api/")]
    assert len(refused) >= 10
    assert [(one.request.method, one.text) for one in refused if traces_in(one.text)] == []


def test_no_address_and_no_header_of_an_answer_holds_it(day: MarkedDay) -> None:
    headers = [f"{name}: {value}" for one in day.answers for name, value in one.headers.items()]
    assert any(line.startswith("location: ") for line in headers)
    assert [line for line in headers if traces_in(line)] == []


def test_the_card_processor_is_told_nothing_of_it(day: MarkedDay) -> None:
    kept = _files(day.stack.settings.home / "sandbox" / "stripe")
    assert any(b"checkout.session" in content for content in kept.values())
    assert [path for path, content in kept.items() if traces_in(content)] == []


def test_no_name_of_a_file_holds_it_and_none_lies_outside_store_and_mailboxes(day: MarkedDay) -> None:
    home = day.stack.settings.home
    inside = [path for part in ("files", "exchange") for path in _files(home / part)]
    assert len(inside) >= 4
    assert [path for path in inside if traces_in(path)] == []
    outside = {**_files(home / "spool"), **_files(home / "sandbox")}
    assert [path for path, content in outside.items() if traces_in(path) or traces_in(content)] == []


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
