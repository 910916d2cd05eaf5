"""Which roles a person may be given, beside what they hold already. Pure: raises Invalid or Conflict with what would be right."""

import datetime as dt
from collections.abc import Iterable

import msgspec

from kernel.errors import Conflict, FieldError, Invalid
from tenancy.held import Place
from tenancy.roles import COMPANY_ONLY, COMPANY_WIDE, NOT_ASSIGNED, PRACTICE_PEOPLE, ROLES, separated

ASSIGNABLE = frozenset(ROLES) - NOT_ASSIGNED


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A role to be held in one practice, or company-wide where `practice_id` is None.

    Without `starts_at` it holds from the grant on, without `expires_at` until it is ended.
    """

    role: str
    practice_id: Place = None
    starts_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None


def check_grants(new: Iterable[Grant], held: Iterable[Grant], *, now: dt.datetime) -> None:
    """Hold each new grant against the matrix, against what is held and against the other new ones."""
    beside = [one for one in held if one.expires_at is None or one.expires_at > now]
    for place, grant in enumerate(new):
        _check_role(grant, f"/roles/{place}")
        _check_period(grant, f"/roles/{place}", now)
        for other in (*beside, grant):
            _check_pair(grant, other)
        beside.append(grant)


def _check_role(grant: Grant, pointer: str) -> None:
    if grant.role not in ASSIGNABLE:
        raise _invalid(f"{pointer}/role", f"unknown role {grant.role}; the roles are {', '.join(sorted(ASSIGNABLE))}")
    if grant.practice_id is None and grant.role not in COMPANY_WIDE:
        wide = ", ".join(sorted(COMPANY_WIDE))
        raise _invalid(
            f"{pointer}/practice_id", f"{grant.role} is held in a practice: name one; company-wide roles are {wide}"
        )
    if grant.practice_id is not None and grant.role in COMPANY_ONLY:
        raise _invalid(f"{pointer}/practice_id", f"{grant.role} is held company-wide: leave the practice out")


def _check_period(grant: Grant, pointer: str, now: dt.datetime) -> None:
    for name, instant in (("starts_at", grant.starts_at), ("expires_at", grant.expires_at)):
        if instant is not None and instant.tzinfo is None:
            raise _invalid(f"{pointer}/{name}", f"{name} needs a time zone, for example 2026-01-31T17:00:00Z")
    if grant.expires_at is not None and grant.expires_at <= (grant.starts_at or now):
        raise _invalid(
            f"{pointer}/expires_at", "expires_at is in the past or before the role begins: choose a later time"
        )


def _check_pair(grant: Grant, other: Grant) -> None:
    """The company as a whole counts as part of every practice."""
    if (grant.role in PRACTICE_PEOPLE) != (other.role in PRACTICE_PEOPLE):
        raise Conflict(
            f"{grant.role} and {other.role} cannot be held by one person: one is for the practice's own people, the other"
            " for the billing company's"
        )
    apart = grant.practice_id != other.practice_id and None not in {grant.practice_id, other.practice_id}
    pair = separated(grant.role, other.role)
    if pair is not None and not apart and _overlap(grant, other):
        raise Conflict(
            f"{grant.role} and {other.role} cannot be held together: no one may have both {pair[0]} and {pair[1]};"
            " end one of them first"
        )


def _overlap(one: Grant, other: Grant) -> bool:
    first, second = sorted((one, other), key=lambda grant: grant.starts_at or dt.datetime.min.replace(tzinfo=dt.UTC))
    return first.expires_at is None or second.starts_at is None or first.expires_at > second.starts_at


def _invalid(pointer: str, message: str) -> Invalid:
    return Invalid(message, fields=(FieldError(pointer, message),))
