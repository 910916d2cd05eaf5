"""A server's roles and a database of this module's own, with two practices that hold the same things, copied once for each escape."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import psycopg
import sqlalchemy as sa
from tests.factories.claims import Visit, build, open_clinic
from tests.isolation.escapes.escape import Escape, Outcome, attempt
from tests.plugins.database import create_database, drop_database
from tests.plugins.tenants import Tenant, make_tenant_in

from app.migrate import OWNING_ROLES, migrate
from app.providers import make_database
from audit.public import record
from claims.tables import claim
from kernel.context import Scope
from kernel.db.scope_token import sign_scope
from kernel.settings import LOGIN_ROLES, Settings

PREFIX = f"billwright_escape_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_"
"""Roles belong to the whole server: breaking a guard that is a role's must not break it for the other tests."""


class Side(msgspec.Struct, frozen=True):
    """One of the two practices, and ids of what it has."""

    tenant: Tenant
    patient_id: uuid.UUID
    claim_id: uuid.UUID
    encounter_id: uuid.UUID


class World(msgspec.Struct, frozen=True):
    """The database that is copied, its administrator, and the two practices."""

    settings: Settings
    admin_url: str
    ours: Side
    theirs: Side

    def values(self) -> dict[str, str]:
        """What the braces of an escape stand for."""
        found = {
            f"{side}_{name}": str(value)
            for side, one in (("our", self.ours), ("their", self.theirs))
            for name, value in {
                "practice": one.tenant.practice_id,
                "company": one.tenant.company_id,
                "patient": one.patient_id,
                "claim": one.claim_id,
                "encounter": one.encounter_id,
            }.items()
        }
        roles = {name: self.settings.database.login(name) for name in (*LOGIN_ROLES, *OWNING_ROLES)}
        return {**found, **roles, "their_token": self.forged()}

    def token(self, escape: Escape) -> str | None:
        """The scope setting an escape starts from."""
        tenant = self.ours.tenant
        own = tenant.scope(escape.role) if escape.role != "migrator" else tenant.scope()  # type: ignore[arg-type]
        key = tenant.database.scope_key
        return {
            "none": None,
            "ours": sign_scope(own, key),
            "forged": self.forged(),
            "expired": sign_scope(own, key, lifetime_seconds=-1),
            "whole company": sign_scope(Scope(audience="staff", company_id=tenant.company_id), key),
            "staff's": sign_scope(tenant.scope("staff"), key),
            "our patient's": sign_scope(tenant.scope("patient", self.ours.patient_id), key),
        }[escape.scope]

    def forged(self) -> str:
        """Our token with their practice in it: what somebody would write who can read the token of their own session."""
        tenant = self.ours.tenant
        return sign_scope(tenant.scope(), tenant.database.scope_key).replace(
            str(tenant.practice_id), str(self.theirs.tenant.practice_id)
        )

    @contextmanager
    def copy(self) -> Iterator["Copy"]:
        """A database of one escape's own; roles are mended afterwards."""
        name = f"{self.settings.database.name}_tried"
        create_database(self.admin_url, name, template=self.settings.database.name, role_prefix=PREFIX)
        own = self.settings.model_copy(deep=True)
        own.database.name = name
        try:
            yield Copy(own, f"{self.admin_url.rpartition('/')[0]}/{name}")
        finally:
            drop_database(self.admin_url, name)
            mend_roles(self.admin_url, self.settings)


class Copy(msgspec.Struct, frozen=True):
    """One copy of the world's database."""

    settings: Settings
    admin_url: str

    def administer(self, statements: tuple[str, ...]) -> None:
        """As a superuser: prepare, or take a guard away."""
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            for statement in statements:
                admin.execute(statement)

    def attempt(self, escape: Escape, token: str | None) -> Outcome:
        """As the login role of the escape."""
        return attempt(self.settings.database.url(escape.role), token, escape.attempt)


async def make_world(settings: Settings, admin_url: str) -> World:
    """Migrate and fill. Nothing stays connected, so that the database can be copied."""
    own = settings.model_copy(deep=True)
    own.database.name = f"{settings.database.name}_escapes"
    own.database.role_prefix = PREFIX
    drop_database(admin_url, own.database.name)
    migrate(own, admin_url)
    pools = make_database(own)
    ours, theirs = [await _side(await make_tenant_in(pools)) for _ in range(2)]
    await pools.close()
    return World(own, admin_url, ours, theirs)


async def _side(tenant: Tenant) -> Side:
    clinic = await open_clinic(tenant)
    await build(clinic, Visit())
    async with tenant.tx() as tx:
        row = (await tx.execute(sa.select(claim).where(claim.c.practice_id == tx.practice_id))).one()
        record(tx, "claims.claim.read", "claim", row.id)
    return Side(tenant, row.patient_id, row.id, row.encounter_id)


def mend_roles(admin_url: str, settings: Settings) -> None:
    """As migrating left them: nothing special, and member of nothing but the migrator of its owners."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for name in LOGIN_ROLES:
            login = settings.database.login(name)
            admin.execute(f'alter role "{login}" nosuperuser nobypassrls noinherit')
            for (group,) in admin.execute(
                "select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid"
                " join pg_roles l on l.oid = m.member where l.rolname = %s",
                (login,),
            ).fetchall():
                if name != "migrator":
                    admin.execute(f'revoke "{group}" from "{login}"')


def drop_world(settings: Settings, admin_url: str) -> None:
    """Leave nothing on the server."""
    drop_database(admin_url, f"{settings.database.name}_escapes")
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for name in (*LOGIN_ROLES, *OWNING_ROLES):
            admin.execute(f'drop role if exists "{PREFIX}{name}"')
