"""`billwright doctor` finds an installation well, and says what is wrong where it is not."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from tests.jobs.running import empty
from tests.plugins.database import create_database, drop_database
from tests.plugins.tenants import Tenant

from app.cli import main
from app.doctor import Check, examine
from app.stack import child_environment
from kernel.db.database import Database
from kernel.jobs.outbox import announce
from kernel.settings import Settings


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    """The test installation with files of its own."""
    own = settings.model_copy(deep=True)
    own.home = tmp_path
    return own


@pytest.fixture(autouse=True)
async def no_jobs(database: Database) -> None:
    """What other tests announced and nobody took up would be found late."""
    await empty(database)


def wrong(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.said for check in checks if not check.ok}


async def test_a_sound_installation_is_found_so(home: Settings) -> None:
    checks = await examine(home)
    assert wrong(checks) == {}
    assert {"settings", "secrets", "storage", "database", "version", "clock", "broker", "role relay"} <= {
        check.name for check in checks
    }


async def test_secrets_that_others_can_read_are_named(home: Settings) -> None:
    folder = home.home / "secrets"
    folder.mkdir(mode=0o700)
    (folder / "secrets-job_key").write_text("x")
    (folder / "secrets-job_key").chmod(0o644)
    assert "secrets-job_key: chmod -R go=" in wrong(await examine(home))["secrets"]


async def test_storage_that_cannot_be_written_is_said(home: Settings) -> None:
    (home.home / "files").write_text("a file where the folder should be")
    assert wrong(await examine(home))["storage"].startswith("it cannot be written")


async def test_a_database_of_another_version_is_said(home: Settings, admin_url: str) -> None:
    name = f"{home.database.name}_behind"
    create_database(admin_url, name)
    head, _, _ = admin_url.rpartition("/")
    with psycopg.connect(f"{head}/{name}") as admin:
        admin.execute("update app.alembic_version set version_num = '01_scope'")
        admin.execute("drop table dramatiq.queue")
    home.database.name = name
    try:
        said = wrong(await examine(home))
    finally:
        drop_database(admin_url, name)
    assert said["version"].endswith("run `billwright migrate`")
    assert "01_scope" in said["version"]
    assert "broker" in said


async def test_a_database_that_does_not_answer_is_one_finding(home: Settings) -> None:
    home.database.port = 9
    said = wrong(await examine(home))
    assert list(said) == ["database"]
    assert "BILLWRIGHT_DATABASE__" in said["database"]
    assert home.database.passwords["intake"].get_secret_value() not in str(said)


async def test_a_key_that_the_database_does_not_believe_is_said(home: Settings) -> None:
    assert "scope" not in wrong(await examine(home))
    home.secrets.scope_key = SecretStr("the key of another installation")
    said = wrong(await examine(home))
    assert "BILLWRIGHT_SECRETS__SCOPE_KEY is not the key it was migrated with" in said["scope"]
    assert "another installation" not in str(said)


async def test_a_wrong_password_and_a_missing_database_are_told_apart(home: Settings) -> None:
    passwords = dict(home.database.passwords)
    home.database.passwords = {**passwords, "intake": SecretStr("not the password")}
    assert "it refuses a password" in wrong(await examine(home))["database"]
    home.database.passwords, home.database.name = passwords, "no_such_database"
    assert "there is no database of this name" in wrong(await examine(home))["database"]


async def test_jobs_that_no_worker_takes_are_said(home: Settings, tenant: Tenant, admin_url: str) -> None:
    async with tenant.tx() as tx:
        await announce(tx, "clearinghouse.poll.due", {})
    assert "jobs" not in wrong(await examine(home))
    with psycopg.connect(psycopg.conninfo.make_conninfo(admin_url, dbname=home.database.name)) as admin:
        admin.execute("update app.outbox set due_at = now() - interval '6 minutes'")
    assert "1 have waited over 5 minutes: start `billwright worker`" in wrong(await examine(home))["jobs"]


@pytest.mark.parametrize("command", [("jobs", "list"), ("inbox", "list"), ("key", "list", "--email", "a@b.example")])
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"BILLWRIGHT_DATABASE__PORT": "9"}, "the database does not answer"),
        (
            {"BILLWRIGHT_DATABASE__NAME": "no_such_database"},
            "there is no database of this name: run `billwright migrate`",
        ),
        ({"BILLWRIGHT_DATABASE__PORT": "abc"}, "BILLWRIGHT_DATABASE__PORT: input should be a valid integer"),
        ({"BILLWRIGHT_WEB__TRUSTED_PROXIES": "10.0.0.0/8"}, "not JSON"),
    ],
)
def test_commands_say_what_is_wrong_without_a_stack(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], changes: dict[str, str], told: str
) -> None:
    for name, value in (dict(child_environment(settings)) | changes).items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(main, list(command))
    assert (done.exit_code, type(done.exception)) == (1, SystemExit), done.output
    assert told in done.output
    assert "Traceback" not in done.output


def test_the_command_ends_with_one_when_something_is_wrong(settings: Settings) -> None:
    environment = {**child_environment(settings), "PATH": os.environ["PATH"]}
    for changes, code in (({}, 0), ({"BILLWRIGHT_DATABASE__PORT": "9"}, 1)):
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", "doctor"], env=environment | changes, capture_output=True, check=False
        )
        assert done.returncode == code, done.stdout
