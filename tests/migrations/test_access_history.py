"""Upgrading a database in use: roles held before there was a history are its beginning."""

from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from tests.migrations.test_migrations import move
from tests.plugins.database import create_database, drop_database

from app.migrate import migrate
from kernel.ids import new_id
from kernel.settings import Settings

BEFORE = "14_field_keys"


@pytest.fixture
def in_use(settings: Settings, admin_url: str) -> Iterator[tuple[Settings, psycopg.Connection[tuple[object, ...]]]]:
    """A database at the revision before, with somebody who holds a role and once held another."""
    own = settings.model_copy(deep=True)
    own.database.name = f"{settings.database.name}_in_use"
    create_database(admin_url, own.database.name)
    migrate(own, admin_url)
    move(own, command.downgrade, BEFORE)
    head, _, _ = admin_url.rpartition("/")
    with psycopg.connect(f"{head}/{own.database.name}", autocommit=True) as admin:
        company, person = new_id(), new_id()
        admin.execute(
            "insert into app.company (company_id, slug, name, currency, created_at, second_factor_required)"
            " values (%s, 'c', 'C', 'USD', now(), false)",
            [company],
        )
        admin.execute(
            "insert into app.user_account (company_id, id, email, display_name, password_hash, created_at)"
            " values (%s, %s, 'a@b.example', 'A', '', now())",
            [company, person],
        )
        for role, ended in (("administrator", None), ("auditor", "2026-01-31")):
            admin.execute(
                "insert into app.membership (company_id, id, user_id, role, created_at, ended_at)"
                " values (%s, %s, %s, %s, '2026-01-01', %s)",
                [company, new_id(), person, role, ended],
            )
        yield own, admin
    drop_database(admin_url, own.database.name)


def test_what_was_held_before_begins_the_history(
    in_use: tuple[Settings, psycopg.Connection[tuple[object, ...]]], admin_url: str
) -> None:
    own, admin = in_use
    migrate(own, admin_url)
    rows = admin.execute(
        "select role, change, changed_at::date::text, reason from app.membership_change order by role, changed_at"
    ).fetchall()
    assert rows == [
        ("administrator", "granted", "2026-01-01", "before reasons were kept"),
        ("auditor", "granted", "2026-01-01", "before reasons were kept"),
        ("auditor", "ended", "2026-01-31", "before reasons were kept"),
    ]
    move(own, command.downgrade, BEFORE)
    assert admin.execute("select count(*) from app.membership").fetchall() == [(2,)]
    assert admin.execute("select to_regclass('app.membership_change')").fetchall() == [(None,)]
