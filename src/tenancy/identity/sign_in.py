"""Signing in with e-mail and password. Unknown account and wrong password read the same and take the same time."""

import sqlalchemy as sa

from audit.public import record
from kernel.context import Audience, Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.errors import Unauthenticated
from kernel.ids import named_id
from tenancy.identity.passwords import password_fits
from tenancy.identity.sessions import OpenedSession, SessionOwner, Sessions
from tenancy.roles import PRACTICE_PEOPLE

_FIND_USER = sa.text("select company_id, user_id, password_hash from identity.find_user(:email)")
_MEMBERSHIPS = sa.text("select role from identity.memberships(:company, :user)")


async def sign_in(
    database: Database, sessions: Sessions, *, email: str, password: str, request_id: str, address: str
) -> OpenedSession:
    """Open a session for the right password. Raises Unauthenticated, after leaving an audit event that names no address."""
    scope = Scope(audience="identity", request_id=request_id, address=address)
    async with open_transaction(database, scope) as tx:
        user = (await tx.execute(_FIND_USER, {"email": email})).one_or_none()
    fits = await password_fits(password, user.password_hash if user else None)
    async with open_transaction(database, scope) as tx:
        if user is None or not fits:
            await record(
                tx, "tenancy.sign_in.refused", "account", named_id("sign-in", email.lower()), outcome="refused"
            )
            opened = None
        else:
            roles = {
                row.role for row in await tx.execute(_MEMBERSHIPS, {"company": user.company_id, "user": user.user_id})
            }
            audience: Audience = "practice" if roles and roles <= PRACTICE_PEOPLE else "staff"
            opened = await sessions.open(
                tx, SessionOwner(audience=audience, company_id=user.company_id, user_id=user.user_id)
            )
            await record(tx, "tenancy.sign_in.succeeded", "user_account", user.user_id)
    if opened is None:
        raise Unauthenticated("that e-mail and password do not belong together")
    return opened
