"""Giving the password once more, changing it, and setting a new one with a link that was mailed.

The link is signed and names a row, which it uses up; the row keeps nothing the link could be made from. Asking for one answers the
same for every address.
"""

import datetime as dt
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.fixed import Fixed
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import Forbidden, Unauthenticated
from kernel.ids import new_id
from kernel.jobs.outbox import announce
from tenancy.identity.attempts import Attempt, attempt_of, pause_before, settle, wait
from tenancy.identity.links import make_link_token, read_link_token
from tenancy.identity.own_sessions import end_sessions
from tenancy.identity.passwords import hash_password, password_fits
from tenancy.identity.second_factor import acting_user
from tenancy.identity.sessions import OpenedSession, Sessions
from tenancy.identity.sign_in import Visitor, audience_of
from tenancy.identity.tables import password_reset
from tenancy.identity.tried import find_tried
from tenancy.tables import user_account

RESET_LIFETIME = dt.timedelta(minutes=30)

_BEGIN_RESET = sa.text("select identity.begin_password_reset(:email, :id, :expires)")
_FIND_RESET = Fixed(sa.text("select * from identity.find_password_reset(:id)"))


async def give_password_again(database: Database, sessions: Sessions, scope: Scope, password: str) -> OpenedSession:
    """Prove once more who is there. The session may more for a while, so it goes on under a new token.

    Raises Forbidden for a wrong password, TooMany before the pause after failures is over.
    """
    async with _proving(database, sessions, scope, password) as tx:
        user_id = acting_user(tx)
        record(tx, "tenancy.password.given", "user_account", user_id)
        return await _renewed(tx, sessions, user_id)


async def change_password(
    database: Database, sessions: Sessions, scope: Scope, *, current: str, new: str
) -> OpenedSession:
    """Set a new password and end every other session; this one goes on under a new token.

    Raises Forbidden for a wrong password, Invalid for a new one that is easy to guess, TooMany before the pause is over.
    """
    async with _proving(database, sessions, scope, current) as tx:
        user_id = acting_user(tx)
        account = (await tx.execute(_account(tx))).one()
        await _set_password(tx, new, account, pointer="/new_password")
        await end_sessions(tx, user_id, but=scope.session_id)
        record(tx, "tenancy.password.changed", "user_account", user_id)
        return await _renewed(tx, sessions, user_id)


async def ask_reset(database: Database, sessions: Sessions, *, email: str, visitor: Visitor) -> None:
    """Announce that a link should be mailed, if there is such an account. Raises TooMany after many of them."""
    attempt = attempt_of(sessions.keys, "reset", email.lower(), visitor.address)
    account = await find_tried(database, sessions.keys, email)
    seconds = await pause_before(database, attempt)
    reset_id = new_id()
    async with open_transaction(database, account.tried_by(visitor.scope())) as tx:
        if not seconds:
            expires_at = wall_now() + RESET_LIFETIME
            await tx.execute(_BEGIN_RESET, {"email": email, "id": reset_id, "expires": expires_at})
            await announce(tx, "tenancy.password_reset.asked", {"password_reset_id": str(reset_id)})
        record(
            tx,
            "tenancy.password_reset.delayed" if seconds else "tenancy.password_reset.asked",
            "account",
            account.id,
            outcome="refused" if seconds else "done",
        )
    if seconds:
        raise wait(seconds)


async def issue_reset(database: Database, sessions: Sessions, scope: Scope, *, email: str) -> str:
    """The token of a new link for a person of the scope's company, for whoever hands it over instead of a mail; on record.

    `scope` is of the login role `identity`.
    """
    reset_id, expires_at = new_id(), wall_now() + RESET_LIFETIME
    account = await find_tried(database, sessions.keys, email)
    async with open_transaction(database, scope) as tx:
        await tx.execute(_BEGIN_RESET, {"email": email, "id": reset_id, "expires": expires_at})
        record(tx, "tenancy.password_reset.asked", "account", account.id)
    return make_link_token("password-reset", reset_id, expires_at, sessions.keys.links)


async def finish_reset(database: Database, sessions: Sessions, *, token: str, new: str, visitor: Visitor) -> None:
    """Set a new password with a mailed link, end every session, and forget failed attempts. A second factor is still asked.

    Raises Unauthenticated for a link that was used, changed or has expired, Invalid for a password that is easy to guess.
    """
    attempt = attempt_of(sessions.keys, "reset-link", token, visitor.address)
    if seconds := await pause_before(database, attempt):
        raise wait(seconds)
    reset_id = read_link_token("password-reset", token, sessions.keys.links, now=wall_now())
    found = (await database.ask("identity", _FIND_RESET, {"id": reset_id}))[:1]
    if not found:
        async with open_transaction(database, visitor.scope()) as tx:
            record(tx, "tenancy.password_reset.refused", "password_reset", outcome="refused")
        raise _spent()
    account = found[0]
    scope = msgspec.structs.replace(
        visitor.scope(), company_id=account.company_id, user_id=account.user_id, role="self"
    )
    async with open_transaction(database, scope) as tx:
        taken = await tx.execute(_end_resets(tx).where(password_reset.c.id == reset_id))
        if not taken.rowcount:
            raise _spent()
        await _set_password(tx, new, account, pointer="/new_password")
        await tx.execute(_end_resets(tx))
        await end_sessions(tx, account.user_id)
        await settle(tx, attempt)
        forgiven = attempt_of(sessions.keys, "account", account.email, visitor.address).own
        await settle(tx, Attempt(forgiven, forgiven))
        record(tx, "tenancy.password.reset", "user_account", account.user_id)


@asynccontextmanager
async def _proving(database: Database, sessions: Sessions, scope: Scope, password: str) -> AsyncIterator[Tx]:
    """A transaction of the person whose password this is; no connection is held while it is checked."""
    attempt = attempt_of(sessions.keys, "password", str(scope.user_id), scope.address)
    if seconds := await pause_before(database, attempt):
        raise wait(seconds)
    async with open_transaction(database, scope) as tx:
        stored = (await tx.execute(_account(tx))).one().password_hash
    if not await password_fits(password, stored):
        async with open_transaction(database, scope) as tx:
            record(tx, "tenancy.password.refused", "user_account", acting_user(tx), outcome="refused")
        raise Forbidden("that is not your password")
    async with open_transaction(database, scope) as tx:
        await settle(tx, attempt)
        yield tx


async def _renewed(tx: Tx, sessions: Sessions, user_id: uuid.UUID) -> OpenedSession:
    if tx.scope.session_id is None:
        raise LookupError("a password is given within a session")
    return await sessions.renew(tx, tx.scope.session_id, audience=await audience_of(tx, user_id))


async def _set_password(tx: Tx, new: str, account: Any, *, pointer: str) -> None:
    stored = await hash_password(new, email=account.email, display_name=account.display_name, pointer=pointer)
    await tx.execute(
        user_account.update()
        .where(user_account.c.company_id == tx.company_id, user_account.c.id == acting_user(tx))
        .values(password_hash=stored)
    )


def _account(tx: Tx) -> sa.Select[Any]:
    return sa.select(user_account).where(
        user_account.c.company_id == tx.company_id, user_account.c.id == acting_user(tx)
    )


def _end_resets(tx: Tx) -> sa.Update:
    """Every link that is still open, since a new password makes all of them needless."""
    return (
        password_reset.update()
        .where(
            password_reset.c.company_id == tx.company_id,
            password_reset.c.user_id == acting_user(tx),
            password_reset.c.ended_at.is_(None),
        )
        .values(ended_at=wall_now())
    )


def _spent() -> Unauthenticated:
    return Unauthenticated("this link was used before or has expired; ask for a new one")
