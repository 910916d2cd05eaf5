"""The account that somebody tries to get into, whether there is one or not."""

import uuid

import msgspec
import sqlalchemy as sa

from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.fixed import Fixed
from tenancy.identity.keys import IdentityKeys

_FIND_USER = Fixed(sa.text("select company_id, user_id, password_hash from identity.find_user(:email)"))


class TriedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What was found for an e-mail address. Without an account, `id` is a keyed hash of the address."""

    id: uuid.UUID
    company_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    password_hash: str | None = None

    def tried_by(self, visitor: Scope) -> Scope:
        """The visitor's scope for the event of the attempt: the account's company may know of it; who it was is not proved."""
        return msgspec.structs.replace(visitor, company_id=self.company_id)

    def proved(self, visitor: Scope) -> Scope:
        """The scope of a visitor who has proved to be this account's person."""
        return msgspec.structs.replace(visitor, company_id=self.company_id, user_id=self.user_id, role="self")


async def find_tried(database: Database, keys: IdentityKeys, email: str) -> TriedAccount:
    """The account of this address; the same statement for every address."""
    rows = await database.ask("identity", _FIND_USER, {"email": email})
    if not rows:
        return TriedAccount(id=keys.id("sign-in", email.lower()))
    found = rows[0]
    return TriedAccount(
        id=found.user_id, company_id=found.company_id, user_id=found.user_id, password_hash=found.password_hash
    )
