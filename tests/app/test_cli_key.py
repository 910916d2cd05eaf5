"""`billwright key` as an operator types it, against a real database."""

import json
import os
import subprocess
import sys

import pytest
from pydantic import SecretStr
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, base_of

from kernel.settings import Settings


@pytest.fixture
def environment(web_settings: Settings) -> dict[str, str]:
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
    return {**os.environ, **told}


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", "key", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


async def test_an_operator_makes_lists_and_revokes_a_key(web: Web, tenant: Tenant, environment: dict[str, str]) -> None:
    email = await web.member(tenant, "biller")
    made = run(environment, "create", "--email", email, "--name", "Export", "--permission", "claims:read", "--json")
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)
    program = web.visitor()
    program.headers["Authorization"] = f"Bearer {key['key']}"
    assert (await program.get(f"{base_of(tenant)}/claims")).status_code == 200
    listed = run(environment, "list", "--email", email)
    assert key["prefix"] in listed.stdout
    assert key["key"] not in listed.stdout
    assert run(environment, "revoke", "--email", email, "--id", key["id"]).returncode == 0
    assert (await program.get(f"{base_of(tenant)}/claims")).status_code == 401
    assert "no keys" in run(environment, "list", "--email", email).stdout


async def test_refusals_say_what_would_be_right_and_end_with_1(
    web: Web, tenant: Tenant, environment: dict[str, str]
) -> None:
    email = await web.member(tenant, "poster")
    too_much = run(environment, "create", "--email", email, "--name", "x", "--permission", "claims:submit")
    nobody = run(environment, "list", "--email", f"no-{email}")
    elsewhere = run(
        environment, "create", "--email", email, "--name", "x", "--permission", "claims:read", "--practice", "nowhere"
    )
    assert [one.returncode for one in (too_much, nobody, elsewhere)] == [1, 1, 1]
    assert "permissions/0: you do not hold this permission" in too_much.stderr
    assert "nobody signs in with this e-mail" in nobody.stderr
    assert "no role in practice nowhere" in elsewhere.stderr
    assert run(environment, "create", "--email", email).returncode == 2
    blank = run(environment, "create", "--email", email, "--name", " ", "--permission", "claims:read")
    assert (blank.returncode, "a name of 1 to 80 characters" in blank.stderr) == (2, True)
    assert "no keys" in run(environment, "list", "--email", email).stdout
