"""The access review: who holds what where, since when, given by whom and why, until when; now or at an earlier moment."""

import datetime as dt
import io
import uuid
from collections.abc import Sequence
from typing import Literal

import msgspec
import sqlalchemy as sa

from audit.public import record
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from tabular.columns import Column, ColumnKind, Value
from tabular.csv_writer import write_csv
from tabular.xlsx_writer import write_xlsx
from tenancy.held import Place
from tenancy.identity.tables import api_key
from tenancy.practices import company_practices
from tenancy.tables import membership, user_account

OPERATOR = "operator"

_SIGN_INS = sa.text("select user_id, signed_in_at from identity.last_sign_ins(:until)")


class ReviewedKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key that was good at the moment of the review: what it may do for its owner, where, and until when."""

    name: str
    prefix: str
    permissions: list[str]
    practice_ids: list[uuid.UUID]
    company_wide: bool
    created_at: dt.datetime
    expires_at: dt.datetime
    last_used_at: dt.datetime | None


class ReviewLine(msgspec.Struct, frozen=True, kw_only=True):
    """One role of one person. A person without any role has one line that says so by an empty role."""

    user_id: uuid.UUID
    email: str
    display_name: str
    practice_id: Place
    practice_name: str
    role: str
    held_since: dt.datetime | None
    held_until: dt.datetime | None
    granted_by: str
    reason: str
    last_signed_in: dt.datetime | None
    api_keys: Sequence[ReviewedKey]
    """The person's keys, the same on each of their lines."""


class AccessReview(msgspec.Struct, frozen=True, kw_only=True):
    """The company's access at one moment, by person and practice."""

    as_of: dt.datetime
    lines: Sequence[ReviewLine]


async def access_review(tx: Tx, *, as_of: dt.datetime | None = None) -> AccessReview:
    """Every person who had an account at that moment, and every role in force then. Making it is on record."""
    moment = as_of or wall_now()
    practices = {one.practice_id: one.name for one in await company_practices(tx)}
    people = (await tx.execute(sa.select(user_account).where(user_account.c.company_id == tx.company_id))).all()
    names = {row.id: row.display_name for row in people}
    signed_in = {row.user_id: row.signed_in_at for row in await tx.execute(_SIGN_INS, {"until": moment})}
    keys: dict[uuid.UUID, list[ReviewedKey]] = {}
    for row in await tx.execute(_keys(tx, moment)):
        known = row._asdict()
        keys.setdefault(known.pop("user_id"), []).append(ReviewedKey(**known))
    held: dict[uuid.UUID, list[sa.Row[tuple[object, ...]]]] = {}
    for row in await tx.execute(_in_force(tx, moment)):
        held.setdefault(row.user_id, []).append(row)
    lines = [
        ReviewLine(
            user_id=person.id,
            email=person.email,
            display_name=person.display_name,
            practice_id=role.practice_id if role else None,
            practice_name=practices.get(role.practice_id, "") if role and role.practice_id else "",
            role=role.role if role else "",
            held_since=(role.starts_at or role.created_at) if role else None,
            held_until=role.expires_at if role else None,
            granted_by=names.get(role.granted_by, OPERATOR) if role else "",
            reason=role.reason if role else "",
            last_signed_in=signed_in.get(person.id),
            api_keys=keys.get(person.id, ()),
        )
        for person in people
        if person.created_at <= moment and (person.ended_at is None or person.ended_at > moment)
        for role in held.get(person.id, [None])
    ]
    record(tx, "tenancy.access.reviewed", "company", tx.company_id, changed={"as_of": moment.isoformat()})
    return AccessReview(as_of=moment, lines=sorted(lines, key=_order))


def _in_force(tx: Tx, moment: dt.datetime) -> sa.Select[tuple[object, ...]]:
    return sa.select(membership).where(
        membership.c.company_id == tx.company_id,
        sa.func.coalesce(membership.c.starts_at, membership.c.created_at) <= moment,
        membership.c.created_at <= moment,
        sa.or_(membership.c.ended_at.is_(None), membership.c.ended_at > moment),
        sa.or_(membership.c.expires_at.is_(None), membership.c.expires_at > moment),
    )


def _keys(tx: Tx, moment: dt.datetime) -> sa.Select[tuple[object, ...]]:
    shown = (api_key.c[name] for name in ("user_id", *ReviewedKey.__struct_fields__))
    return (
        sa.select(*shown)
        .where(
            api_key.c.company_id == tx.company_id,
            api_key.c.created_at <= moment,
            api_key.c.expires_at > moment,
            sa.or_(api_key.c.revoked_at.is_(None), api_key.c.revoked_at > moment),
        )
        .order_by(api_key.c.created_at, api_key.c.id)
    )


def _order(line: ReviewLine) -> tuple[str, str, str, str]:
    return line.display_name, str(line.user_id), line.practice_name, line.role


def _text(name: str, meaning: str) -> Column:
    return Column(name=name, kind=ColumnKind.TEXT, meaning=meaning, example="x")


COLUMNS = (
    _text("person", "Name"),
    _text("email", "Address used to sign in"),
    _text("practice", "Where; the company as a whole when empty"),
    _text("role", "What; nothing when empty"),
    _text("since", "Held since (UTC)"),
    _text("until", "Held until (UTC); until ended when empty"),
    _text("granted_by", "Who gave it"),
    _text("reason", "Why"),
    _text("last_signed_in", "When last signed in (UTC)"),
    _text("api_keys", "Keys for programs that act as this person, each with its end (UTC) and what it may do"),
    _text("user_id", "Id of the person"),
    _text("practice_id", "Id of the practice"),
)


def review_file(review: AccessReview, file_format: Literal["csv", "xlsx"]) -> bytes:
    """The review as a file that a spreadsheet opens safely; the same review always gives the same bytes."""
    target = io.BytesIO()
    rows = [_row(line) for line in review.lines]
    if file_format == "csv":
        write_csv(target, COLUMNS, rows)
    else:
        write_xlsx(target, COLUMNS, rows, sheet="Access", as_of=review.as_of.date())
    return target.getvalue()


def _row(line: ReviewLine) -> dict[str, Value]:
    return {
        "person": line.display_name,
        "email": line.email,
        "practice": line.practice_name,
        "role": line.role,
        "since": _minute(line.held_since),
        "until": _minute(line.held_until),
        "granted_by": line.granted_by,
        "reason": line.reason,
        "last_signed_in": _minute(line.last_signed_in),
        "api_keys": "; ".join(_key_text(key) for key in line.api_keys),
        "user_id": str(line.user_id),
        "practice_id": str(line.practice_id) if line.practice_id else "",
    }


def _key_text(key: ReviewedKey) -> str:
    used = f"last used {_minute(key.last_used_at)}" if key.last_used_at else "never used"
    return f"{key.name} ({key.prefix}) until {_minute(key.expires_at)}, {used}: {', '.join(key.permissions)}"


def _minute(instant: dt.datetime | None) -> str:
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M") if instant else ""
