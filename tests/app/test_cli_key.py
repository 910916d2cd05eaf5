"""`billwright key` as an operator types it, against a real database."""

import asyncio
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, base_of

from app.cli import main
from kernel.settings import Settings


@pytest.fixture(autouse=True)
def _environment(web_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the installation's processes are told: where the database is, and its secrets."""
    database = web_settings.database
    told = {
        "BILLWRIGHT_HOME": str(web_settings.home),
        "BILLWRIGHT_DATABASE__HOST": database.host,
        "BILLWRIGHT_DATABASE__PORT": str(database.port),
        "BILLWRIGHT_DATABASE__NAME": database.name,
        "BILLWRIGHT_DATABASE__ROLE_PREFIX": database.role_prefix,
        "BILLWRIGHT_DATABASE__PASSWORDS": json.dumps(
            {name: one.get_secret_value() for name, one in database.passwords.items()}
        ),
    }
    for name, value in web_settings.secrets:
        if isinstance(value, SecretStr):
            told[f"BILLWRIGHT_SECRETS__{name.upper()}"] = value.get_secret_value()
    for name, value in told.items():
        monkeypatch.setenv(name, value)


async def run(*arguments: str) -> Result:
    """The command in this process."""
    return await asyncio.to_thread(CliRunner().invoke, main, ["key", *arguments])


async def test_an_operator_makes_lists_and_revokes_a_key(web: Web, tenant: Tenant) -> None:
    email = await web.member(tenant, "biller")
    create = ["create", "--email", email, "--name", "Export", "--permission", "claims:read", "--json"]
    command = [sys.executable, "-m", "app.cli", "key", *create]
    made = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=120, check=False)
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)
    program = web.visitor()
    program.headers["Authorization"] = f"Bearer {key['key']}"
    assert (await program.get(f"{base_of(tenant)}/claims")).status_code == 200
    listed = await run("list", "--email", email)
    assert key["prefix"] in listed.stdout
    assert key["key"] not in listed.stdout
    assert (await run("revoke", "--email", email, "--id", key["id"])).exit_code == 0
    assert (await program.get(f"{base_of(tenant)}/claims")).status_code == 401
    assert "no keys" in (await run("list", "--email", email)).stdout


async def test_refusals_say_what_would_be_right_and_end_with_1(web: Web, tenant: Tenant) -> None:
    email = await web.member(tenant, "poster")
    asked = ("create", "--email", email, "--name")
    too_much = await run(*asked, "x", "--permission", "claims:submit")
    nobody = await run("list", "--email", f"no-{email}")
    elsewhere = await run(*asked, "x", "--permission", "claims:read", "--practice", "nowhere")
    assert [one.exit_code for one in (too_much, nobody, elsewhere)] == [1, 1, 1]
    assert "permissions/0: you do not hold this permission" in too_much.stderr
    assert "nobody signs in with this e-mail" in nobody.stderr
    assert "no role in practice nowhere" in elsewhere.stderr
    assert (await run("create", "--email", email)).exit_code == 2
    blank = await run(*asked, " ", "--permission", "claims:read")
    assert (blank.exit_code, "a name of 1 to 80 characters" in blank.stderr) == (2, True)
    assert "no keys" in (await run("list", "--email", email)).stdout
