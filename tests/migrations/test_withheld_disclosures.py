"""Upgrading a database in use: days until which patients were not to be told become statements of the agencies, and back."""

from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from tests.migrations.test_migrations import move
from tests.plugins.database import create_database, drop_database

from app.migrate import migrate
from kernel.ids import new_id
from kernel.settings import Settings

BEFORE = "30_thresholds"
PRACTICE = (
    "insert into app.practice (practice_id, company_id, slug, name, npi, taxonomy, address, city, state_code, zip, phone, time_zone,"
    " claim_prefix, status, created_at, tax_id_sealed)"
    " values (%s, %s, 'p', 'P', '', '', '', '', '', '', '', 'America/New_York', 'P', 'active', now(), '')"
)
DISCLOSURE = (
    "insert into app.disclosure (practice_id, company_id, id, patient_id, disclosed_on, recipient_name, recipient_address, what, purpose,"
    " ground, withheld_until, recorded_at) values (%s, %s, %s, %s, '2026-03-02', %s, '', 'w', 'p', 'law_enforcement', %s, now())"
)


@pytest.fixture
def in_use(settings: Settings, admin_url: str) -> Iterator[tuple[Settings, psycopg.Connection[tuple[object, ...]]]]:
    """A database at the revision before, with a disclosure that is withheld and one that is not."""
    own = settings.model_copy(deep=True)
    own.database.name = f"{settings.database.name}_withheld"
    create_database(admin_url, own.database.name)
    migrate(own, admin_url)
    move(own, command.downgrade, BEFORE)
    head, _, _ = admin_url.rpartition("/")
    with psycopg.connect(f"{head}/{own.database.name}", autocommit=True) as admin:
        practice, company = new_id(), new_id()
        admin.execute("set session_replication_role = replica")  # company and patient do not matter here
        admin.execute(PRACTICE, [practice, company])
        for recipient, until in (("Sheriff", "2026-06-30"), ("Court", None)):
            admin.execute(DISCLOSURE, [practice, company, new_id(), new_id(), recipient, until])
        yield own, admin
    drop_database(admin_url, own.database.name)


def test_a_day_that_was_kept_becomes_a_written_statement_and_a_day_again(
    in_use: tuple[Settings, psycopg.Connection[tuple[object, ...]]], admin_url: str
) -> None:
    own, admin = in_use
    migrate(own, admin_url)
    stated = "select agency, statement, stated_on::text, until::text from app.disclosure_suspension"
    assert admin.execute(stated).fetchall() == [("Sheriff", "written", "2026-03-02", "2026-06-30")]
    admin.execute("set session_replication_role = origin")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        admin.execute("update app.disclosure_suspension set agency = 'nobody'")
    move(own, command.downgrade, BEFORE)
    kept = "select recipient_name, withheld_until::text from app.disclosure order by recipient_name"
    assert admin.execute(kept).fetchall() == [("Court", None), ("Sheriff", "2026-06-30")]
    migrate(own, admin_url)
    assert len(admin.execute(stated).fetchall()) == 1
