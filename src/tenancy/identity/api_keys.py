"""Keys for programs: a part of what their owner may do, for a limited time.

Only a keyed hash of a key is stored. What a key may do is decided at each request from the roles its owner holds then, so it can
never do more than its owner, and ends with them. Whoever uses it, the actor in the audit log is its owner and the session is the key.
"""

import datetime as dt
import re
import secrets
import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.clock import wall_now
from kernel.context import Principal, Scope
from kernel.db.database import Database
from kernel.db.fixed import Fixed
from kernel.db.keyset import PageAsked, paged
from kernel.db.transaction import Tx
from kernel.errors import FieldError, Invalid, NotFound
from kernel.ids import new_id
from tenancy.held import Access, HeldRole, access_of
from tenancy.identity.key_scope import KeyHeld, KeyScope, key_principal, scope_faults
from tenancy.identity.keys import IdentityKeys
from tenancy.identity.second_factor import acting_user
from tenancy.identity.tables import api_key

LONGEST = dt.timedelta(days=365)
_SHAPE = re.compile(r"bw_[a-z2-7]{8}_[A-Za-z0-9_-]{43}")
_PREFIX_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"

_FIND = Fixed(sa.text("select * from identity.find_api_key(:key_hash)"))
_FIND_USER = Fixed(sa.text("select company_id, user_id from identity.find_user(:email)"))
_PRACTICES = Fixed(sa.text("select practice_id, practice_slug from identity.memberships(:company, :user)"))
_HELD_NOW = sa.text("select practice_id, role, practice_status from identity.held_roles(:company, :user, null)")


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key to make: what it is for, what it may do where, and until when."""

    name: str
    scope: KeyScope
    expires_at: dt.datetime


class KeyShown(msgspec.Struct, frozen=True, kw_only=True):
    """A key as its owner may see it again; `prefix` is how the key begins. `last_used_at` is right to about a minute."""

    id: uuid.UUID
    name: str
    prefix: str
    permissions: list[str]
    practice_ids: list[uuid.UUID]
    company_wide: bool
    created_at: dt.datetime
    expires_at: dt.datetime
    last_used_at: dt.datetime | None


class MadeKey(msgspec.Struct, frozen=True):
    """A key just made; the key itself is shown this once."""

    key: str
    shown: KeyShown


async def owner_scope(database: Database, email: str, practices: Sequence[str]) -> tuple[Scope, list[uuid.UUID]]:
    """For an operator at the command line: the scope of a person, by e-mail, and their practices of these short names (all, for none).

    Raises NotFound for an e-mail nobody signs in with, or a practice they hold no role in.
    """
    users = await database.ask("identity", _FIND_USER, {"email": email})
    if not users:
        raise NotFound("nobody signs in with this e-mail")
    company_id, user_id = users[0].company_id, users[0].user_id
    rows = await database.ask("identity", _PRACTICES, {"company": company_id, "user": user_id})
    known = {row.practice_slug: row.practice_id for row in rows if row.practice_id is not None}
    unknown = [slug for slug in practices if slug not in known]
    if unknown:
        raise NotFound(f"this person has no role in practice {', '.join(unknown)}")
    scope = Scope(audience="identity", company_id=company_id, user_id=user_id, role="operator", purpose="cli")
    return scope, [known[slug] for slug in practices] if practices else list(known.values())


async def find_key(database: Database, keys: IdentityKeys, key: str) -> Principal | None:
    """Who a key acts for, with what they may do right now; None for one that is revoked, expired or no key. One round trip."""
    if not _SHAPE.fullmatch(key):
        return None
    rows = await database.ask("identity", _FIND, {"key_hash": keys.hash("api-key", key)})
    return key_principal(KeyHeld(**rows[0])) if rows else None


async def access_now(tx: Tx) -> Access:
    """What the person of this transaction may do right now."""
    rows = await tx.execute(_HELD_NOW, {"company": tx.company_id, "user": acting_user(tx)})
    return access_of([HeldRole(row.practice_id, row.role, row.practice_status) for row in rows])


async def make_key(tx: Tx, keys: IdentityKeys, new: NewKey) -> MadeKey:
    """Make a key of the person of this transaction.

    Raises Invalid for more than they hold, nothing at all, or a life that is over or longer than a year.
    """
    faults = [FieldError(pointer, message) for pointer, message in scope_faults(new.scope, await access_now(tx))]
    now = wall_now()
    if not now < new.expires_at <= now + LONGEST:
        faults.append(FieldError("/expires_at", f"a key ends after now and within {LONGEST.days} days"))
    if faults:
        told = "; ".join(f"{one.pointer[1:]}: {one.message}" for one in faults)
        raise Invalid(f"this key cannot be made: {told}", fields=tuple(faults))
    prefix = "bw_" + "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(8))
    key = f"{prefix}_{secrets.token_urlsafe(32)}"
    shown = KeyShown(
        id=new_id(),
        name=new.name,
        prefix=prefix,
        permissions=sorted(set(new.scope.permissions)),
        practice_ids=list(dict.fromkeys(new.scope.practice_ids)),
        company_wide=new.scope.company_wide,
        created_at=now,
        expires_at=new.expires_at,
        last_used_at=None,
    )
    await tx.execute(
        api_key.insert().values(
            company_id=tx.company_id,
            user_id=acting_user(tx),
            key_hash=keys.hash("api-key", key),
            **msgspec.structs.asdict(shown),
        )
    )
    record(tx, "tenancy.api_key.made", "api_key", shown.id, changed={"permissions": shown.permissions})
    return MadeKey(key, shown)


async def list_keys(tx: Tx, user_id: uuid.UUID, page: PageAsked | None = None) -> list[KeyShown]:
    """A person's keys that were not revoked, the newest first."""
    columns = [api_key.c[name] for name in KeyShown.__struct_fields__]
    statement = sa.select(*columns).where(_open(tx, user_id))
    rows = await tx.execute(paged(statement, page, api_key.c.created_at, api_key.c.id, newest_first=True))
    record(tx, "tenancy.api_key.listed", "user_account", user_id)
    return [KeyShown(**row._mapping) for row in rows]  # noqa: SLF001


async def revoke_key(tx: Tx, user_id: uuid.UUID, key_id: uuid.UUID) -> None:
    """End a key; it is refused from the next request on. Raises NotFound for one that is not this person's or over."""
    statement = api_key.update().where(_open(tx, user_id), api_key.c.id == key_id).values(revoked_at=wall_now())
    if not (await tx.execute(statement)).rowcount:
        raise NotFound("there is no such key, or it was revoked")
    record(tx, "tenancy.api_key.revoked", "api_key", key_id)


def _open(tx: Tx, user_id: uuid.UUID) -> sa.ColumnElement[bool]:
    return sa.and_(api_key.c.company_id == tx.company_id, api_key.c.user_id == user_id, api_key.c.revoked_at.is_(None))
