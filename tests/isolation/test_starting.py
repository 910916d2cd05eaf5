"""No process begins to work as a login role that row security does not bind, whichever of its roles that is."""

import asyncio
import os
from collections.abc import Callable, Iterator

import psycopg
import pytest
from click.testing import CliRunner
from tests.plugins.web import NOBODY_LISTENS, make_test_resources

from app import scheduler, sealer, worker
from app.asgi import create_app
from app.cli import main
from app.doctor import examine
from app.stack import child_environment
from kernel.context import Audience
from kernel.db.database import RoleCanBypass
from kernel.settings import LOGIN_ROLES, MissingSecrets, Settings

PREFIX = f"billwright_strong_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_"


async def serve(settings: Settings, announce_ready: Callable[[], None]) -> None:
    """The web process, as far as being ready."""
    try:
        async with create_app(make_test_resources(settings, NOBODY_LISTENS)).lifespan():
            announce_ready()
    except BaseExceptionGroup as group:  # the framework starts in a task group
        raise group.exceptions[0] from None


PROCESSES: dict[str, tuple[Callable[..., object], tuple[Audience, ...]]] = {
    "web": (serve, ("staff", "practice", "patient", "identity", "intake")),
    "worker": (worker._run, ("worker", "intake", "relay")),
    "scheduler": (scheduler._run, ("scheduler",)),
    "sealer": (sealer._run, ("sealer",)),
}


@pytest.fixture
def own_roles(settings: Settings, admin_url: str) -> Iterator[tuple[Settings, psycopg.Connection]]:
    """The same database under roles of another prefix, and their administrator: other tests' roles stay as they are."""
    own = settings.model_copy(deep=True)
    own.database.role_prefix = PREFIX
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for name in LOGIN_ROLES:
            admin.execute(
                f"create role {PREFIX}{name} login password '{own.database.passwords[name].get_secret_value()}'"
            )
        admin.execute(
            f"grant connect on database {own.database.name} to {', '.join(PREFIX + name for name in LOGIN_ROLES)}"
        )
        yield own, admin
        admin.execute(
            f"revoke connect on database {own.database.name} from {', '.join(PREFIX + name for name in LOGIN_ROLES)}"
        )
        for name in LOGIN_ROLES:
            admin.execute(f"drop role {PREFIX}{name}")


@pytest.mark.parametrize(
    ("process", "role"), [(name, role) for name, (_, roles) in PROCESSES.items() for role in roles]
)
@pytest.mark.parametrize("strength", ["bypassrls", "superuser"])
async def test_a_process_does_not_begin_as_a_role_that_can_bypass(
    own_roles: tuple[Settings, psycopg.Connection], process: str, role: str, strength: str
) -> None:
    settings, admin = own_roles
    admin.execute(f"alter role {PREFIX}{role} {strength}")
    ready: list[str] = []
    run = PROCESSES[process][0]
    with pytest.raises(RoleCanBypass, match=f"{PREFIX}{role} can bypass"):
        await asyncio.wait_for(run(settings, lambda: ready.append(process)), 60)  # type: ignore[arg-type]
    assert ready == []


@pytest.mark.parametrize(("given", "taken"), [("alter role {} bypassrls", "alter role {} nobypassrls"),
                                              ("grant {owner} to {}", "revoke {owner} from {}")])  # fmt: skip
async def test_the_command_refuses_in_words_and_the_doctor_says_what_to_do(
    own_roles: tuple[Settings, psycopg.Connection], given: str, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, admin = own_roles
    role, owner = f"{PREFIX}patient", "billwright_test_owner"
    for name, value in child_environment(settings).items():
        monkeypatch.setenv(name, value)
    admin.execute(given.format(role, owner=owner))
    try:
        refused = await asyncio.to_thread(CliRunner().invoke, main, ["serve"])
        checks = {check.name: check for check in await examine(settings)}
    finally:
        admin.execute(taken.format(role, owner=owner))
    assert refused.exit_code == 1
    assert refused.output == f"billwright: login role {role} can bypass row security; refuse to serve with it\n"
    assert f"alter role {role} nosuperuser nobypassrls" in checks["role patient"].said
    assert not checks["role patient"].ok


@pytest.mark.parametrize("process", PROCESSES)
async def test_a_process_without_its_passwords_names_all_of_them_at_once(settings: Settings, process: str) -> None:
    run, roles = PROCESSES[process]
    own = settings.model_copy(deep=True)
    own.database.passwords = {}
    ready: list[str] = []
    with pytest.raises(MissingSecrets, match=f"has no password of {', '.join(roles)}; add"):
        await asyncio.wait_for(run(own, lambda: ready.append(process)), 60)  # type: ignore[arg-type]
    assert ready == []
