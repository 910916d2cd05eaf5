"""`billwright key`: keys for programs, made, listed and revoked by the operator for a person of a company."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
import msgspec

from app.cli_shapes import KEY_NAME
from app.providers import make_resources
from app.resources import Resources
from kernel.clock import wall_now
from kernel.db.transaction import Tx, open_transaction
from kernel.settings import load_settings
from tenancy.public import KeyScope, KeyShown, NewKey, list_keys, make_key, owner_scope, revoke_key

Answer = TypeVar("Answer")

OWNER = click.option("--email", required=True, help="Whose key it is: the e-mail this person signs in with.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@click.group()
def key() -> None:
    """Make, list and revoke keys that let programs use the API."""


@key.command()
@OWNER
@click.option("--name", required=True, type=KEY_NAME, help="What the key is for.")
@click.option(
    "--permission", "permissions", multiple=True, required=True, help="For example claims:read; may be repeated."
)
@click.option(
    "--practice",
    "practices",
    multiple=True,
    help="A practice, by its short name; may be repeated. All of theirs if left out.",
)
@click.option("--company-wide", is_flag=True, help="Let the key also do what its owner may do company-wide.")
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True, help="How long the key lasts.")
@AS_JSON
def create(
    *,
    email: str,
    name: str,
    permissions: tuple[str, ...],
    practices: tuple[str, ...],
    company_wide: bool,
    days: int,
    as_json: bool,
) -> None:
    """Make a key and print it, this once. It can do no more than its owner."""

    async def make(resources: Resources) -> tuple[str, KeyShown]:
        scope, practice_ids = await owner_scope(resources.database, email, practices)
        wanted = KeyScope(permissions=list(permissions), practice_ids=practice_ids, company_wide=company_wide)
        new = NewKey(name=name, scope=wanted, expires_at=wall_now() + dt.timedelta(days=days))
        async with open_transaction(resources.database, scope) as tx:
            made = await make_key(tx, resources.sessions.keys, new)
        return made.key, made.shown

    secret, shown = _with_resources(make)
    if as_json:
        click.echo(msgspec.json.encode({"key": secret, **msgspec.to_builtins(shown)}))
        return
    click.echo(secret)
    click.echo(f"This is the only time the key is shown. It ends on {shown.expires_at:%B %-d, %Y}.", err=True)


@key.command("list")
@OWNER
@AS_JSON
def list_command(*, email: str, as_json: bool) -> None:
    """List a person's keys: what each may do, until when, and when it was last used."""
    keys = _with_resources(lambda resources: _as_owner(resources, email, list_keys))
    if as_json:
        click.echo(msgspec.json.encode(keys))
        return
    for one in keys:
        used = f"{one.last_used_at:%Y-%m-%d}" if one.last_used_at else "never"
        click.echo(
            f"{one.id}  {one.prefix}  until {one.expires_at:%Y-%m-%d}  used {used}  {one.name}: {' '.join(one.permissions)}"
        )
    if not keys:
        click.echo("This person has no keys.")


@key.command()
@OWNER
@click.option("--id", "key_id", type=click.UUID, required=True, help="The key, by its id from `key list`.")
def revoke(*, email: str, key_id: uuid.UUID) -> None:
    """Revoke a key; it is refused from the next request on."""

    async def end(tx: Tx, user_id: uuid.UUID) -> None:
        await revoke_key(tx, user_id, key_id)

    _with_resources(lambda resources: _as_owner(resources, email, end))
    click.echo("revoked")


async def _as_owner(resources: Resources, email: str, act: Callable[[Tx, uuid.UUID], Awaitable[Answer]]) -> Answer:
    scope, _ = await owner_scope(resources.database, email, ())
    if scope.user_id is None:
        raise LookupError("the scope of a person names that person")
    async with open_transaction(resources.database, scope) as tx:
        return await act(tx, scope.user_id)


def _with_resources(act: Callable[[Resources], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        resources = make_resources(load_settings())
        try:
            return await act(resources)
        finally:
            await resources.close()

    return asyncio.run(run())
