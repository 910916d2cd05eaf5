"""Handing one person's roles to another: previewed, confirmed, done in one transaction."""

import hashlib
import uuid
from collections.abc import Sequence

import msgspec

from audit.public import record
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.errors import Conflict, Invalid
from tenancy.grants import check_grants
from tenancy.held import Place
from tenancy.memberships import Membership, as_grant, end_membership, grant_roles, held_by
from tenancy.people import find_member


class TransferPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Which roles would move. `held_already` are the ones that only end here, because the other person holds them too."""

    from_user_id: uuid.UUID
    to_user_id: uuid.UUID
    roles: Sequence[Membership]
    held_already: Sequence[Membership]
    digest: str


async def plan_transfer(
    tx: Tx, from_user_id: uuid.UUID, to_user_id: uuid.UUID, *, practice_id: Place = None
) -> TransferPlan:
    """What handing over would do: the roles in one practice, or without one all roles in all practices.

    Company-wide roles do not move with work; they are given. Raises NotFound, Invalid for a person to themselves, and Conflict for
    somebody who has left, for nothing to hand over, or where the other person may not hold a role beside their own.
    """
    if from_user_id == to_user_id:
        raise Invalid("a person's roles cannot be handed to the same person; choose somebody else")
    for user_id in (from_user_id, to_user_id):
        if (await find_member(tx, user_id)).ended_at is not None and user_id == to_user_id:
            raise Conflict("this person has left the company; choose somebody who works for it")
    theirs = await held_by(tx, to_user_id)
    moving: list[Membership] = []
    doubled: list[Membership] = []
    for one in await held_by(tx, from_user_id):
        if one.practice_id is None or practice_id not in {None, one.practice_id}:
            continue
        same = any((other.role, other.practice_id) == (one.role, one.practice_id) for other in theirs)
        (doubled if same else moving).append(one)
    if not moving and not doubled:
        raise Conflict("there is nothing to hand over: this person holds no role there")
    current = [one for one in moving if one.expires_at is None or one.expires_at > wall_now()]
    check_grants([as_grant(one) for one in current], [as_grant(one) for one in theirs], now=wall_now())
    seen = [str(from_user_id), str(to_user_id), *(str(one.id) for one in (*current, *doubled))]
    return TransferPlan(
        from_user_id=from_user_id,
        to_user_id=to_user_id,
        roles=current,
        held_already=doubled,
        digest=hashlib.sha256("\n".join(seen).encode()).hexdigest(),
    )


async def transfer_roles(
    tx: Tx, from_user_id: uuid.UUID, to_user_id: uuid.UUID, *, digest: str, reason: str, practice_id: Place = None
) -> TransferPlan:
    """Do what was previewed. Raises what planning raises, and Conflict when something changed since the preview."""
    plan = await plan_transfer(tx, from_user_id, to_user_id, practice_id=practice_id)
    if plan.digest != digest:
        raise Conflict("the roles have changed since the preview: look at it again, and confirm that one")
    for one in (*plan.roles, *plan.held_already):
        await end_membership(tx, one.id, reason=reason)
    await grant_roles(tx, to_user_id, [as_grant(one) for one in plan.roles], reason=reason)
    record(
        tx,
        "tenancy.roles.transferred",
        "user_account",
        from_user_id,
        changed={"to_user_id": str(to_user_id), "roles": len(plan.roles), "held_already": len(plan.held_already)},
    )
    return plan
