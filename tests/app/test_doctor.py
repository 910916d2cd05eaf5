"""`billwright doctor` finds an installation well, and says what is wrong where it is not."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import time_machine
from click.testing import CliRunner
from pydantic import SecretStr
from tests.plugins.database import create_database, drop_database

from app.cli import main
from app.doctor import examine
from app.doctor_findings import Check
from app.migrate import PROJECT
from app.providers import make_database
from app.stack import child_environment, line_for_other_commands
from audit.public import record
from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.jobs.outbox import announce
from kernel.settings import Settings

Administer = Callable[[str], object]


@pytest.fixture
def home(settings: Settings, tmp_path: Path, admin_url: str) -> Iterator[Settings]:
    """An installation with files and a database of its own, freshly migrated."""
    own = settings.model_copy(deep=True)
    own.home = tmp_path
    own.database.name = f"{settings.database.name}_doctor"
    create_database(admin_url, own.database.name)
    yield own
    drop_database(admin_url, own.database.name)


@pytest.fixture
def installed(settings: Settings, home: Settings) -> Settings:
    """That installation with its secrets in its folder, for processes; the run's own folder holds what other tests leave there."""
    shutil.copytree(settings.home / "secrets", home.home / "secrets")
    return home


@pytest.fixture
def administer(home: Settings, admin_url: str) -> Iterator[Administer]:
    """What somebody with an administrator's rights does to that database by hand."""
    address = psycopg.conninfo.make_conninfo(admin_url, dbname=home.database.name)
    with psycopg.connect(address, autocommit=True) as admin:
        yield admin.execute


@pytest.fixture
async def own_database(home: Settings) -> AsyncIterator[Database]:
    """That database as its services see it."""
    pools = make_database(home)
    yield pools
    await pools.close()


def wrong(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.said for check in checks if not check.ok}


async def test_a_sound_installation_is_found_so(home: Settings) -> None:
    checks = await examine(home)
    assert wrong(checks) == {}
    services = ("staff", "practice", "patient", "worker", "relay", "scheduler", "sealer", "identity", "intake")
    assert [check.name for check in checks] == [
        "settings", "secrets", "storage", "database", "version", "clock", "scope", "policies", "broker", "jobs", "schedule",
        "audit", *(f"role {service}" for service in services),
    ]  # fmt: skip


async def test_secrets_that_others_can_read_are_named(home: Settings) -> None:
    folder = home.home / "secrets"
    folder.mkdir(mode=0o700)
    (folder / "secrets-job_key").write_text("x")
    (folder / "secrets-job_key").chmod(0o644)
    assert "secrets-job_key: chmod -R go=" in wrong(await examine(home))["secrets"]


async def test_storage_that_cannot_be_written_is_said(home: Settings) -> None:
    (home.home / "files").write_text("a file where the folder should be")
    assert wrong(await examine(home))["storage"].startswith("it cannot be written")


async def test_a_bucket_that_cannot_be_used_is_said(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "synthetic")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "synthetic")
    home.storage.bucket, home.aws.endpoint_url = "files", "http://127.0.0.1:9"
    said = wrong(await examine(home))
    assert said["storage"].endswith("or a bucket with all rights to it")
    assert list(said) == ["storage"]


async def test_a_misspelled_setting_is_named(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "settings" not in wrong(await examine(home))
    monkeypatch.setenv("BILLWRIGHT_DATABSE__HOST", "db.example")
    said = wrong(await examine(home))
    assert said == {"settings": "nobody reads BILLWRIGHT_DATABSE__HOST: see docs/settings.md for how it is spelled"}


def test_settings_that_cannot_be_read_are_a_finding_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLWRIGHT_ENVIRONMENT", "production")
    done = CliRunner().invoke(main, ["doctor", "--json"])
    assert done.exit_code == 1
    (found,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (found["name"], found["ok"]) == ("settings", False)
    assert "BILLWRIGHT_SECRETS__SCOPE_KEY" in found["said"]


async def test_a_database_of_another_version_is_said(home: Settings, administer: Administer) -> None:
    administer("update app.alembic_version set version_num = '01_scope'")
    administer("drop table dramatiq.queue")
    said = wrong(await examine(home))
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


@pytest.mark.parametrize(
    ("by_hand", "told"),
    [
        ("alter table app.claim disable row level security", '"row security is enabled and forced" does not hold for app.claim'),
        ("alter policy staff on app.claim using (true)", "asks for the scope\" does not hold for app.claim:staff"),
        ("drop policy worker on app.claim", 'has a policy there" does not hold for app.claim:billwright_test_worker'),
        ("grant select on app.claim to public", '"nothing is granted to PUBLIC" does not hold for app.claim'),
    ],
)  # fmt: skip
async def test_a_policy_that_somebody_changed_is_named(
    home: Settings, administer: Administer, by_hand: str, told: str
) -> None:
    assert "policies" not in wrong(await examine(home))
    administer(by_hand)
    said = wrong(await examine(home))
    assert told in said["policies"]
    assert "Stop every service" in said["policies"]
    assert list(said) == ["policies"]


async def test_a_database_that_believes_everybody_is_said(home: Settings, administer: Administer) -> None:
    assert "scope" not in wrong(await examine(home))
    administer(
        "create or replace function scope.verified() returns text[] language sql security definer set search_path = pg_catalog"
        " as $$select string_to_array(left(current_setting('billwright.scope', true), -65), '|')$$"
    )
    assert "believes scopes that nobody signed: stop every service" in wrong(await examine(home))["scope"]


async def test_a_login_role_that_can_make_tables_is_said(home: Settings, administer: Administer) -> None:
    administer("grant create on schema app to billwright_test_sealer")
    said = wrong(await examine(home))
    assert said == {"role sealer": "sealer may make tables; revoke create on schema app from it"}


async def test_roles_whose_password_is_not_here_are_no_fault_unless_they_are_needed(home: Settings) -> None:
    home.database.passwords = {
        name: one for name, one in home.database.passwords.items() if name not in {"staff", "patient"}
    }
    checks = {check.name: check for check in await examine(home)}
    assert checks["role patient"].ok
    assert "is not used here" in checks["role patient"].said
    assert checks["scope"].said == "BILLWRIGHT_DATABASE__PASSWORDS has no password of staff; add it"


async def test_jobs_that_no_worker_takes_are_said(
    home: Settings, own_database: Database, administer: Administer
) -> None:
    async with open_transaction(own_database, Scope(audience="scheduler")) as tx:
        await announce(tx, "kernel.expiry.due", {})
    assert "jobs" not in wrong(await examine(home))
    administer("update app.outbox set due_at = now() - interval '6 minutes'")
    assert "waiting over 5 minutes: 1; start `billwright worker`" in wrong(await examine(home))["jobs"]


async def test_a_dead_job_is_said_until_it_is_dismissed(
    home: Settings, own_database: Database, administer: Administer
) -> None:
    async with open_transaction(own_database, Scope(audience="scheduler")) as tx:
        await announce(tx, "kernel.expiry.due", {})
    administer("update app.outbox set dead_at = now(), due_at = now() - interval '1 hour'")
    said = "dead: 1; see `billwright jobs list --state dead`, then replay or dismiss each"
    assert wrong(await examine(home)) == {"jobs": said}
    administer("update app.outbox set dismissed_at = now()")
    assert wrong(await examine(home)) == {}


async def test_a_clock_that_differs_is_said(home: Settings) -> None:
    for minutes in (2, 60):
        with time_machine.travel(wall_now() - dt.timedelta(minutes=minutes)):
            said = wrong(await examine(home))
        assert said["clock"].endswith("let both follow NTP")
        assert ("scope" in said) == (minutes == 60)


async def test_a_scheduler_that_does_not_run_is_said_and_what_it_missed_is_told(
    home: Settings, administer: Administer
) -> None:
    administer("insert into app.schedule values ('clearinghouse.poll.due', 60, now() - interval '4 minutes')")
    assert "schedule" not in wrong(await examine(home))
    administer("update app.schedule set due_at = now() - interval '6 minutes'")
    assert wrong(await examine(home))["schedule"] == (
        "clearinghouse.poll.due should have run over 5 minutes ago: start `billwright scheduler`"
    )
    administer("update app.schedule set due_at = now() + interval '1 minute'")
    administer("insert into app.schedule_miss select gen_random_uuid(), topic, now(), now(), 5 from app.schedule")
    assert [check.said for check in await examine(home) if check.name == "schedule"] == [
        "nothing is late; missed in the last day, and caught up: 5"
    ]


async def test_an_audit_log_that_nobody_seals_is_said(
    home: Settings, own_database: Database, administer: Administer
) -> None:
    async with open_transaction(own_database, Scope(audience="sealer", role="operator")) as tx:
        record(tx, "audit.log.verified", "audit_log")
    assert "audit" not in wrong(await examine(home))
    home.audit.alarm_seconds = 0.0
    assert wrong(await examine(home))["audit"].endswith("see to `billwright sealer`")


def test_the_line_that_up_prints_leads_commands_to_the_installation(installed: Settings) -> None:
    for line, code in ((line_for_other_commands(installed), 0), ("true", 1)):
        typed = f"{line}; {sys.executable} -m app.cli doctor"
        done = subprocess.run(
            ["/bin/sh", "-c", typed],
            cwd=installed.home,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (code, b""), done.stdout


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


def test_the_command_ends_with_one_when_something_is_wrong_wherever_it_is_started(
    installed: Settings, tmp_path: Path
) -> None:
    environment = {**child_environment(installed), "PATH": os.environ["PATH"]}
    for folder, changes, code in (
        (PROJECT, {}, 0),
        (tmp_path, {}, 0),
        (tmp_path, {"BILLWRIGHT_DATABASE__PORT": "9"}, 1),
    ):
        command = [sys.executable, "-P", "-m", "app.cli", "doctor"]
        done = subprocess.run(command, cwd=folder, env=environment | changes, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (code, b""), done.stdout
