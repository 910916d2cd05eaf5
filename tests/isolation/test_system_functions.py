"""What of Postgres itself a login role may call: what it needs, and of the rest nothing that reaches around row security."""

import psycopg
import pytest

from app.server_version import ServerTooOld, refuse_leaking_server
from app.system_functions import CLOSED, GIVEN_BACK
from kernel.settings import LOGIN_ROLES, Settings

CALLABLE = """
    select p.proname || '(' || oidvectortypes(p.proargtypes) || ')' from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ %s and has_function_privilege(%s::text, p.oid, 'execute')
"""


def callable_by(settings: Settings, admin_url: str, role: str) -> set[str]:
    """The closed functions that a role can call all the same."""
    with psycopg.connect(f"{admin_url.rpartition('/')[0]}/{settings.database.name}") as admin:
        pattern = f"^({'|'.join(CLOSED)})$"
        return {name for (name,) in admin.execute(CALLABLE, (pattern, settings.database.login(role)))}


@pytest.mark.parametrize("role", LOGIN_ROLES)
def test_a_role_may_call_what_it_was_given_and_nothing_else_of_these(
    settings: Settings, admin_url: str, role: str
) -> None:
    assert callable_by(settings, admin_url, role) == set(GIVEN_BACK.get(role, ()))


def test_in_a_database_we_did_not_make_everybody_may_call_them(settings: Settings, admin_url: str) -> None:
    with psycopg.connect(admin_url) as admin:
        found = admin.execute(CALLABLE, ("^pg_(sleep|notify)$", settings.database.login("patient"))).fetchall()
    assert sorted(found) == [("pg_notify(text, text)",), ("pg_sleep(double precision)",)]


@pytest.mark.parametrize(
    ("sound", "leaking", "words"),
    [
        (160010, 160009, "use 16.10"),
        (170006, 170005, "use 17.6"),
        (180000, 150014, "use 16.10"),
        (190000, 140030, "use 16.10"),
    ],
)
def test_a_server_without_known_leaks_is_taken_and_one_with_a_leak_refused(
    sound: int, leaking: int, words: str
) -> None:
    refuse_leaking_server(sound)
    with pytest.raises(ServerTooOld, match=words):
        refuse_leaking_server(leaking)
