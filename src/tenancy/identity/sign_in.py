"""Signing in: password first, then the second factor where there is one.

Unknown account and wrong password read the same, run the same statements and check one hash each. So do a wrong code, a used one
and one that never was. Every attempt leaves an audit event, and is counted before it is made.
"""

import uuid

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.context import Audience, Scope
from kernel.db.database import Database
from kernel.db.fixed import Fixed
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import Unauthenticated
from tenancy.held import audience_of_roles
from tenancy.identity.attempts import Attempt, attempt_of, pause_before, settle, wait
from tenancy.identity.passwords import password_fits
from tenancy.identity.principal import HalfSession, Stage
from tenancy.identity.second_factor import acting_user, take_code
from tenancy.identity.sessions import OpenedSession, SessionOwner, Sessions
from tenancy.identity.tried import find_tried

_KNOWN = Fixed(sa.text("select identity.known_session(:token_hash, :email)"))
_FACTOR_ASKED = sa.text("select identity.second_factor_asked(:company, :user)")
_ROLES = sa.text("select role from identity.held_roles(:company, :user, null)")


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who knocks: what the request says about itself. `token` is of an earlier session in the same browser, if there was one."""

    request_id: str
    address: str
    device: str = ""
    token: str | None = None

    def scope(self) -> Scope:
        """Nobody's yet."""
        return Scope(audience="identity", request_id=self.request_id, address=self.address)


async def sign_in(
    database: Database, sessions: Sessions, *, email: str, password: str, visitor: Visitor
) -> OpenedSession:
    """Open a session for the right password; where a second factor is asked, a half session that can only answer it.

    Raises Unauthenticated for a wrong password or an unknown account, and TooMany before the pause after failures is over. The
    audit event of a refusal is of the account's company, and names the account; for an address without one a keyed hash, never
    the address.
    """
    account = await find_tried(database, sessions.keys, email)
    attempt, trying = await _attempt(database, sessions, email, visitor), account.tried_by(visitor.scope())
    seconds = await pause_before(database, attempt)
    if seconds:
        async with open_transaction(database, trying) as tx:
            record(tx, "tenancy.sign_in.delayed", "account", account.id, outcome="refused")
        raise wait(seconds)
    fits = await password_fits(password, account.password_hash)
    opened = None
    async with open_transaction(database, account.proved(trying) if fits else trying) as tx:
        if fits:
            opened = await _open(tx, sessions, visitor)
            await settle(tx, attempt)
            signed_in = tx.acting(msgspec.structs.replace(tx.scope, session_id=opened.id))
            changed = {"next": opened.stage}
            record(signed_in, "tenancy.sign_in.succeeded", "user_account", account.id, changed=changed)
        else:
            record(tx, "tenancy.sign_in.refused", "account", account.id, outcome="refused")
    if opened is None:
        raise Unauthenticated("that e-mail and password do not belong together")
    return opened


async def answer_second_factor(
    database: Database, sessions: Sessions, half: HalfSession, *, code: str, visitor: Visitor
) -> OpenedSession:
    """Turn a half session into a whole one for the right code, under a new token.

    `code` is what the authenticator app shows, or a recovery code. Raises Unauthenticated for a wrong or used one, TooMany before
    the pause after failures is over.
    """
    attempt = attempt_of(sessions.keys, "second-factor", str(half.user_id), visitor.address)
    scope = half.acting(visitor.scope())
    seconds = await pause_before(database, attempt)
    opened = None
    async with open_transaction(database, scope) as tx:
        way = None if seconds else await take_code(tx, sessions.keys, code)
        if way is not None:
            audience = await audience_of(tx, half.user_id)
            opened = await sessions.renew(tx, half.session_id, audience=audience, factor_passed=True)
            await settle(tx, attempt)
        turned_away = "tenancy.second_factor.delayed" if seconds else "tenancy.second_factor.refused"
        record(
            tx,
            "tenancy.second_factor.succeeded" if opened else turned_away,
            "user_account",
            half.user_id,
            changed={"way": way} if way else {},
            outcome="done" if opened else "refused",
        )
    if seconds:
        raise wait(seconds)
    if opened is None:
        raise Unauthenticated("that code is not right, or was used before; take the one your app shows now")
    return opened


async def audience_of(tx: Tx, user_id: uuid.UUID) -> Audience:
    """Which login role a person's requests use: people of a practice alone have one of their own."""
    rows = await tx.execute(_ROLES, {"company": tx.company_id, "user": user_id})
    return audience_of_roles({row.role for row in rows})


async def _attempt(database: Database, sessions: Sessions, email: str, visitor: Visitor) -> Attempt:
    """A browser that was signed in to this account is counted by itself, so that strangers' attempts do not hold it up."""
    token_hash = sessions.hash("session", visitor.token or "")
    known = (await database.ask("identity", _KNOWN, {"token_hash": token_hash, "email": email}))[0][0]
    if known is not None:
        return attempt_of(sessions.keys, "browser", str(known), visitor.address)
    return attempt_of(sessions.keys, "account", email.lower(), visitor.address)


async def _open(tx: Tx, sessions: Sessions, visitor: Visitor) -> OpenedSession:
    user_id = acting_user(tx)
    stage: Stage = await tx.scalar(_FACTOR_ASKED, {"company": tx.company_id, "user": user_id})
    owner = SessionOwner(
        audience=await audience_of(tx, user_id),
        company_id=tx.company_id,
        user_id=user_id,
        stage=stage,
        device=visitor.device,
    )
    return await sessions.open(tx, owner)
