"""Examines an installation, part by part. Each finding says what is wrong and what would put it right."""

import datetime as dt
import stat
import uuid
from collections.abc import Awaitable

import msgspec
import sqlalchemy as sa

from app.database_words import refusal_words
from app.migrate import head_revision
from app.providers import make_broker, make_resources
from app.resources import Resources
from kernel.clock import wall_now
from kernel.context import Audience, Scope
from kernel.db.database import RoleCanBypass
from kernel.db.transaction import open_transaction
from kernel.errors import AppError
from kernel.ids import new_id
from kernel.jobs.outbox import outbox
from kernel.jobs.standstill import STANDS_STILL
from kernel.settings import Settings

SERVICES: tuple[Audience, ...] = ("staff", "practice", "patient", "worker", "relay", "scheduler", "identity", "intake")
MOST_SKEW_SECONDS = 60.0
"""Scopes live for 15 minutes by the host's clock and are judged by the database's."""


LATE = dt.timedelta(minutes=5)
"""A job that was due so long ago has no worker, or too few."""


class Check(msgspec.Struct, frozen=True):
    """One part, whether it is well, and in words what was found."""

    name: str
    ok: bool
    said: str


async def examine(settings: Settings) -> list[Check]:
    """Every check; what depends on a database that does not answer is left out."""
    checks = [_settings(settings), _secret_files(settings)]
    resources = make_resources(settings)
    try:
        checks.append(await _told("storage", _storage(resources)))
        checks.append(await _told("database", _database(resources)))
        if checks[-1].ok:
            checks.append(await _told("version", _version(resources)))
            checks.append(await _told("clock", _clock(resources)))
            checks.append(await _told("scope", _signed_scope(resources)))
            checks.append(await _told("broker", _broker(resources)))
            checks.append(await _told("jobs", _jobs(resources)))
            checks += [await _told(f"role {role}", _role(resources, role)) for role in SERVICES]
    finally:
        await resources.close()
    return checks


async def _told(name: str, asked: Awaitable[str]) -> Check:
    try:
        return Check(name, ok=True, said=await asked)
    except _Wrong as wrong:
        return Check(name, ok=False, said=str(wrong))
    except AppError as refusal:
        return Check(name, ok=False, said=refusal.message)
    except (OSError, sa.exc.SQLAlchemyError) as error:
        remedy = _REMEDIES.get(name)
        said = refusal_words(error) if remedy is None else f"{remedy} ({type(error).__name__})"
        return Check(name, ok=False, said=said)


class _Wrong(Exception):
    """Something that was found wrong, in words."""


_REMEDIES = {
    "storage": "it cannot be written; give this account a folder with free space as BILLWRIGHT_HOME, or all rights to the bucket",
    "version": "its revision cannot be read; run `billwright migrate`",
    "broker": "its tables cannot be used by the relay; run `billwright migrate`",
}


def _settings(settings: Settings) -> Check:
    return Check("settings", ok=True, said=f"complete for {settings.environment}")


def _secret_files(settings: Settings) -> Check:
    folder = settings.home / "secrets"
    if not folder.exists():
        return Check("secrets", ok=True, said="none are kept in files")
    loose = [
        path.name for path in (folder, *sorted(folder.iterdir())) if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    if loose:
        return Check("secrets", ok=False, said=f"others can reach {', '.join(loose)}: chmod -R go= {folder}")
    return Check("secrets", ok=True, said=f"only their owner reads {folder}")


async def _storage(resources: Resources) -> str:
    probe = f"doctor/{new_id()}"
    await resources.store.put(probe, b"ok")
    if await resources.store.get(probe) != b"ok":
        raise _Wrong("what is written does not come back; do not use this storage")
    await resources.store.delete(probe)
    return "what is written comes back, and goes when it is deleted"


async def _database(resources: Resources) -> str:
    async with open_transaction(resources.database, _scope("intake")) as tx:
        version = await tx.scalar(sa.text("select current_setting('server_version')"))
    return f"PostgreSQL {version} answers"


async def _version(resources: Resources) -> str:
    async with open_transaction(resources.database, _scope("intake")) as tx:
        revision = await tx.scalar(sa.text("select version_num from app.alembic_version"))
    if revision != head_revision():
        raise _Wrong(
            f"the database is at {revision} and this version wants {head_revision()}; run `billwright migrate`"
        )
    return f"the database is at {revision}, as this version wants"


async def _clock(resources: Resources) -> str:
    async with open_transaction(resources.database, _scope("intake")) as tx:
        theirs = await tx.scalar(sa.text("select clock_timestamp()"))
    skew_seconds = abs((wall_now() - theirs).total_seconds())
    if skew_seconds > MOST_SKEW_SECONDS:
        raise _Wrong(f"this host and the database differ by {skew_seconds:.0f} s; let both follow NTP")
    return "this host and the database agree"


async def _signed_scope(resources: Resources) -> str:
    scope = msgspec.structs.replace(_scope("staff"), company_id=uuid.UUID(int=0))
    async with open_transaction(resources.database, scope) as tx:
        await tx.scalar(sa.text("select scope.company()"))
    return "the database believes what we sign"


async def _jobs(resources: Resources) -> str:
    async with open_transaction(resources.database, _scope("intake")) as tx:
        late = await tx.scalar(
            sa.select(sa.func.count())
            .select_from(outbox)
            .where(
                outbox.c.done_at.is_(None),
                outbox.c.dead_at.is_(None),
                outbox.c.due_at < sa.func.now() - LATE,
                ~STANDS_STILL,
            )
        )
    if late:
        minutes = LATE.total_seconds() / 60
        raise _Wrong(f"{late} have waited over {minutes:.0f} minutes: start `billwright worker`, or more of them")
    return "none waits for long"


async def _broker(resources: Resources) -> str:
    broker = make_broker(resources.settings, role="relay")
    try:
        broker.send([])
    finally:
        broker.close()
    return "takes messages"


async def _role(resources: Resources, role: Audience) -> str:
    try:
        async with open_transaction(resources.database, _scope(role)) as tx:
            may_create = await tx.scalar(sa.text("select has_schema_privilege('app', 'create')"))
    except RoleCanBypass as bypass:
        raise _Wrong(f"{bypass}; run `billwright migrate` with an administrator and use the roles it makes") from None
    if may_create:
        raise _Wrong(f"{role} may make tables; revoke create on schema app from it")
    return "signs in, is bound by row security, makes no tables"


def _scope(role: Audience) -> Scope:
    return Scope(audience=role, role="operator", purpose="cli", request_id="doctor")
