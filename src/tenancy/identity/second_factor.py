"""The second factor: an authenticator app, and ten recovery codes for when it is lost.

The app's secret is encrypted under the company's key, recovery codes are kept as keyed hashes. Every function acts for the person
of the transaction's scope, whose own rows are all that the `identity` role sees.
"""

import uuid
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.clock import wall_now
from kernel.crypto.fields import Field
from kernel.crypto.keyring import company_keys
from kernel.db.transaction import Tx
from kernel.errors import Conflict, FieldError, Invalid
from kernel.ids import new_id
from tenancy.identity.keys import IdentityKeys
from tenancy.identity.one_time_codes import NO_STEP, matching_step, new_recovery_codes, new_secret, normal_form
from tenancy.identity.tables import recovery_code, second_factor
from tenancy.tables import company

SECRET = Field("second_factor", "secret_sealed")

Way = Literal["app", "recovery code"]


class FactorState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a person has a second factor, how many recovery codes are left, and whether the company asks for one."""

    enabled: bool
    recovery_codes_left: int
    required: bool


def acting_user(tx: Tx) -> uuid.UUID:
    """The person of this transaction. Raises LookupError in a transaction of nobody."""
    if tx.scope.user_id is None:
        raise LookupError("this transaction acts for no person")
    return tx.scope.user_id


async def factor_state(tx: Tx) -> FactorState:
    """Where the person of this transaction stands."""
    factor = await _factor(tx)
    required = await tx.scalar(sa.select(company.c.second_factor_required).where(company.c.company_id == tx.company_id))
    left = await tx.scalar(sa.select(sa.func.count()).select_from(recovery_code).where(_own_open_codes(tx)))
    enabled = factor is not None and factor.confirmed_at is not None
    return FactorState(enabled=enabled, recovery_codes_left=left if enabled else 0, required=bool(required))


async def enroll(tx: Tx) -> bytes:
    """A new secret for an authenticator app; it counts once `confirm` has seen a code of it. Raises Conflict if one counts already."""
    user_id = acting_user(tx)
    factor = await _factor(tx)
    if factor is not None and factor.confirmed_at is not None:
        raise Conflict("a second factor is set up already; turn it off before setting up another")
    secret = new_secret()
    values = {
        "secret_sealed": (await company_keys(tx)).encrypt(SECRET, user_id, secret.hex()),
        "last_step": NO_STEP,
        "created_at": wall_now(),
        "confirmed_at": None,
    }
    if factor is None:
        await tx.execute(second_factor.insert().values(company_id=tx.company_id, user_id=user_id, **values))
    else:
        await tx.execute(second_factor.update().where(_own_factor(tx)).values(**values))
    record(tx, "tenancy.second_factor.enrolled", "user_account", user_id)
    return secret


async def confirm(tx: Tx, keys: IdentityKeys, code: str) -> list[str]:
    """Turn the second factor on with a first code; ten recovery codes, which nobody can show again.

    Raises Conflict without an enrollment to confirm, Invalid for a wrong code.
    """
    factor = await _factor(tx)
    if factor is None or factor.confirmed_at is not None or not factor.secret_sealed:
        raise Conflict("there is no second factor waiting to be confirmed; begin by setting one up")
    step = matching_step(await _secret(tx, factor), code, wall_now())
    if step == NO_STEP:
        message = "that is not the code the app shows now; check that the phone's clock is right"
        raise Invalid(message, fields=(FieldError("/code", message),))
    await tx.execute(second_factor.update().where(_own_factor(tx)).values(last_step=step, confirmed_at=wall_now()))
    record(tx, "tenancy.second_factor.confirmed", "user_account", factor.user_id)
    return await renew_recovery_codes(tx, keys)


async def renew_recovery_codes(tx: Tx, keys: IdentityKeys) -> list[str]:
    """Ten new recovery codes; the ones before count no more. Raises Conflict while there is no second factor."""
    factor = await _factor(tx)
    if factor is None or factor.confirmed_at is None:
        raise Conflict("recovery codes come with a second factor; set one up first")
    await tx.execute(recovery_code.update().where(_own_open_codes(tx)).values(ended_at=wall_now()))
    codes = new_recovery_codes()
    await tx.execute(
        recovery_code.insert(),
        [
            {
                "company_id": tx.company_id,
                "id": new_id(),
                "user_id": factor.user_id,
                "code_hash": _code_hash(keys, factor.user_id, code),
                "created_at": wall_now(),
            }
            for code in codes
        ],
    )
    record(tx, "tenancy.recovery_codes.made", "user_account", factor.user_id)
    return codes


async def disable(tx: Tx) -> None:
    """Turn the second factor off and forget its secret and codes. Raises Conflict while the company asks for one."""
    user_id = acting_user(tx)
    if (await factor_state(tx)).required:
        raise Conflict("your company asks everybody for a second factor, so it cannot be turned off")
    await tx.execute(
        second_factor.update().where(_own_factor(tx)).values(secret_sealed=b"", last_step=NO_STEP, confirmed_at=None)
    )
    await tx.execute(recovery_code.update().where(_own_open_codes(tx)).values(ended_at=wall_now()))
    record(tx, "tenancy.second_factor.disabled", "user_account", user_id)


async def take_code(tx: Tx, keys: IdentityKeys, code: str) -> Way | None:
    """Use up a code of the app or a recovery code; which it was, or None for a wrong or used one.

    Right or wrong, the statements are the same: a used step and a used code match no row.
    """
    user_id = acting_user(tx)
    factor = await _factor(tx)
    counts = factor is not None and factor.confirmed_at is not None
    step = NO_STEP
    if factor is not None and counts:
        step = matching_step(await _secret(tx, factor), code.strip(), wall_now())
    by_app = await tx.execute(
        second_factor.update().where(_own_factor(tx), second_factor.c.last_step < step).values(last_step=step)
    )
    by_recovery = await tx.execute(
        recovery_code.update()
        .where(_own_open_codes(tx), recovery_code.c.code_hash == _code_hash(keys, user_id, code))
        .values(ended_at=wall_now())
    )
    if not counts:
        return None
    return "app" if by_app.rowcount else "recovery code" if by_recovery.rowcount else None


async def _secret(tx: Tx, factor: sa.Row[Any]) -> bytes:
    keys = await company_keys(tx)
    return bytes.fromhex(keys.decrypt(SECRET, factor.user_id, factor.secret_sealed))


async def _factor(tx: Tx) -> sa.Row[Any] | None:
    """Locked, so that two requests with one code come one after the other."""
    return (await tx.execute(sa.select(second_factor).where(_own_factor(tx)).with_for_update())).one_or_none()


def _own_factor(tx: Tx) -> sa.ColumnElement[bool]:
    return sa.and_(second_factor.c.company_id == tx.company_id, second_factor.c.user_id == acting_user(tx))


def _own_open_codes(tx: Tx) -> sa.ColumnElement[bool]:
    return sa.and_(
        recovery_code.c.company_id == tx.company_id,
        recovery_code.c.user_id == acting_user(tx),
        recovery_code.c.ended_at.is_(None),
    )


def _code_hash(keys: IdentityKeys, user_id: uuid.UUID, code: str) -> str:
    return keys.hash(f"recovery-code:{user_id}", normal_form(code))
