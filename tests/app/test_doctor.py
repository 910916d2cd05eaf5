"""`billwright doctor` finds an installation well, and says what is wrong where it is not."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from tests.plugins.database import create_database, drop_database

from app.doctor import Check, examine
from app.stack import child_environment
from kernel.settings import Settings


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    """The test installation with files of its own."""
    own = settings.model_copy(deep=True)
    own.home = tmp_path
    return own


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


def test_the_command_ends_with_one_when_something_is_wrong(settings: Settings) -> None:
    environment = {**child_environment(settings), "PATH": os.environ["PATH"]}
    for changes, code in (({}, 0), ({"BILLWRIGHT_DATABASE__PORT": "9"}, 1)):
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", "doctor"], env=environment | changes, capture_output=True, check=False
        )
        assert done.returncode == code, done.stdout
