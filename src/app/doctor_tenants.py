"""What `billwright doctor` asks about the guards that keep tenants apart: signed scope, policies, login roles."""

import tomllib
import uuid

import msgspec
import sqlalchemy as sa

from app.doctor_findings import Wrong, operator_scope
from app.migrate import PROJECT
from app.resources import Resources
from kernel.context import Audience
from kernel.db.catalog import find_faults
from kernel.db.database import Database, RoleCanBypass
from kernel.db.transaction import open_transaction

MOST_TOLD = 5
"""Of many faults some are told: one hand made them all, and the first lead to it."""

_NOBODYS_KEY = b"the key of no installation"
_REFUSED = "42501"


async def signed_scope(resources: Resources) -> str:
    """Whether the database believes what we sign, and nothing that somebody else signed."""
    await _ask_as_company(resources.database)
    stranger = Database(resources.settings.database, scope_key=_NOBODYS_KEY)
    try:
        await _ask_as_company(stranger)
    except sa.exc.DBAPIError as refusal:
        if getattr(refusal.orig, "sqlstate", "") != _REFUSED:
            raise
        return "the database believes what we sign, and nothing else"
    finally:
        await stranger.close()
    raise Wrong(
        "the database believes scopes that nobody signed: stop every service; a function of schema scope was replaced,"
        " so restore the database as the migrations made it"
    )


async def policies(resources: Resources) -> str:
    """Whether every table still follows the rules of row security."""
    listed = tomllib.loads((PROJECT / "migrations" / "allowlist.toml").read_text(encoding="utf-8"))
    async with open_transaction(resources.database, operator_scope("intake")) as tx:
        faults = await find_faults(
            tx, allowed=list(listed["tables"]), allowed_keys=list(listed["keys"]), claimable=list(listed["claimable"])
        )
    if faults:
        told = "; ".join(f'"{fault.rule}" does not hold for {fault.object}' for fault in faults[:MOST_TOLD])
        more = f" ({len(faults) - MOST_TOLD} more)" if len(faults) > MOST_TOLD else ""
        raise Wrong(
            f"somebody changed the schema: {told}{more}. Stop every service until these are as the migrations made them"
        )
    return "every table keeps tenants apart"


async def login_role(resources: Resources, role: Audience) -> str:
    """Whether one login role signs in and can do no more than it should."""
    if role not in resources.settings.database.passwords:
        return "is not used here: BILLWRIGHT_DATABASE__PASSWORDS has none for it"
    try:
        async with open_transaction(resources.database, operator_scope(role)) as tx:
            may_create = await tx.scalar(sa.text("select has_schema_privilege('app', 'create')"))
    except RoleCanBypass as bypass:
        login = resources.settings.database.login(role)
        raise Wrong(
            f"{bypass}. As an administrator: alter role {login} nosuperuser nobypassrls, and revoke from it the roles it was given"
        ) from None
    if may_create:
        raise Wrong(f"{role} may make tables; revoke create on schema app from it")
    return "signs in, is bound by row security, makes no tables"


async def _ask_as_company(database: Database) -> None:
    scope = msgspec.structs.replace(operator_scope("staff"), company_id=uuid.UUID(int=0))
    async with open_transaction(database, scope) as tx:
        await tx.scalar(sa.text("select scope.company()"))
