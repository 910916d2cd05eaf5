"""Examines an installation, part by part. Each finding says what is wrong and what would put it right."""

import os
import stat
from collections.abc import Awaitable, Callable

import sqlalchemy as sa

from app import doctor_tenants, doctor_work
from app.database_words import refusal_words
from app.doctor_findings import Check, Wrong, operator_scope
from app.migrate import head_revision
from app.providers import make_broker, make_resources
from app.resources import Resources
from kernel.clock import wall_now
from kernel.context import Audience
from kernel.db.transaction import open_transaction
from kernel.errors import AppError
from kernel.ids import new_id
from kernel.settings import MissingSecrets, Settings, unknown_variables

SERVICES: tuple[Audience, ...] = (
    "staff", "practice", "patient", "worker", "relay", "scheduler", "sealer", "identity", "intake",
)  # fmt: skip
MOST_SKEW_SECONDS = 60.0
"""Scopes live for 15 minutes by the host's clock and are judged by the database's."""


async def examine(settings: Settings) -> list[Check]:
    """Every check; what depends on a database that does not answer is left out."""
    checks = [_settings(settings), _secret_files(settings)]
    resources = make_resources(settings)
    try:
        checks.append(await _told("storage", _storage(resources)))
        checks.append(await _told("database", _database(resources)))
        if checks[-1].ok:
            checks += await _examine_database(resources)
    finally:
        await resources.close()
    return checks


async def _examine_database(resources: Resources) -> list[Check]:
    asked: dict[str, Callable[[Resources], Awaitable[str]]] = {
        "version": _version,
        "clock": _clock,
        "scope": doctor_tenants.signed_scope,
        "policies": doctor_tenants.policies,
        "broker": _broker,
        "jobs": doctor_work.jobs,
        "schedule": doctor_work.recurring,
        "audit": doctor_work.sealing,
    }
    checks = [await _told(name, look(resources)) for name, look in asked.items()]
    return checks + [await _told(f"role {role}", doctor_tenants.login_role(resources, role)) for role in SERVICES]


async def _told(name: str, asked: Awaitable[str]) -> Check:
    try:
        return Check(name, ok=True, said=await asked)
    except (Wrong, MissingSecrets) as wrong:
        return Check(name, ok=False, said=str(wrong))
    except AppError as refusal:
        remedy = _REMEDIES.get(name)
        return Check(name, ok=False, said=refusal.message if remedy is None else f"{refusal.message}: {remedy}")
    except (OSError, sa.exc.SQLAlchemyError) as error:
        remedy = _REMEDIES.get(name)
        said = refusal_words(error) if remedy is None else f"{remedy} ({type(error).__name__})"
        return Check(name, ok=False, said=said)


_REMEDIES = {
    "storage": "it cannot be written; give this account a folder with free space as BILLWRIGHT_HOME, or a bucket with all rights to it",
    "version": "its revision cannot be read; run `billwright migrate`",
    "broker": "its tables cannot be used by the relay; run `billwright migrate`",
}


def _settings(settings: Settings) -> Check:
    unknown = unknown_variables(os.environ)
    if unknown:
        return Check(
            "settings", ok=False, said=f"nobody reads {', '.join(unknown)}: see docs/settings.md for how it is spelled"
        )
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
        raise Wrong("what is written does not come back; do not use this storage")
    await resources.store.delete(probe)
    return "what is written comes back, and goes when it is deleted"


async def _database(resources: Resources) -> str:
    async with open_transaction(resources.database, operator_scope("intake")) as tx:
        version = await tx.scalar(sa.text("select current_setting('server_version')"))
    return f"PostgreSQL {version} answers"


async def _version(resources: Resources) -> str:
    async with open_transaction(resources.database, operator_scope("intake")) as tx:
        revision = await tx.scalar(sa.text("select version_num from app.alembic_version"))
    if revision != head_revision():
        raise Wrong(f"the database is at {revision} and this version wants {head_revision()}; run `billwright migrate`")
    return f"the database is at {revision}, as this version wants"


async def _clock(resources: Resources) -> str:
    async with open_transaction(resources.database, operator_scope("intake")) as tx:
        theirs = await tx.scalar(sa.text("select clock_timestamp()"))
    skew_seconds = abs((wall_now() - theirs).total_seconds())
    if skew_seconds > MOST_SKEW_SECONDS:
        raise Wrong(f"this host and the database differ by {skew_seconds:.0f} s; let both follow NTP")
    return "this host and the database agree"


async def _broker(resources: Resources) -> str:
    broker = make_broker(resources.settings, role="relay")
    try:
        broker.send([])
    finally:
        broker.close()
    return "takes messages"
