"""`billwright user`: people of a company and what they may do. Passwords are asked for or read from standard input, never arguments."""

import datetime as dt
import sys
from pathlib import Path
from typing import Literal

import click
import msgspec

from app.cli_shapes import EMAIL, NAME
from app.cli_tables import show_one, show_rows
from app.cli_tenancy import as_json_option, company_option, reason_option, yes_option
from app.operator import in_company, practice_of
from app.resources import Resources
from kernel.db.transaction import Tx
from kernel.errors import Conflict
from tenancy.public import (
    Grant,
    NewInvitation,
    NewMember,
    TransferPlan,
    access_review,
    add_member,
    company_practices,
    end_member,
    find_account,
    find_by_email,
    grant_roles,
    invitation_token,
    invite,
    issue_reset,
    list_members,
    plan_transfer,
    review_file,
    transfer_roles,
)

REVIEW_COLUMNS = (
    "display_name",
    "email",
    "practice_name",
    "role",
    "held_since",
    "held_until",
    "granted_by",
    "reason",
    "last_signed_in",
)

Moment = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
role_option = click.option(
    "--role", "roles", multiple=True, required=True, metavar="ROLE[@PRACTICE]",
    help="A role in a practice, or company-wide without one; may be repeated.",
)  # fmt: skip
name_option = click.option("--name", required=True, type=NAME, help="The name that others see.")


class Person(msgspec.Struct, frozen=True):
    """A person in the list; `roles` as ROLE@PRACTICE."""

    name: str
    email: str
    roles: str
    ended_at: dt.datetime | None
    user_id: str


class Added(msgspec.Struct, frozen=True):
    """Who was added."""

    email: str
    user_id: str


class Invited(msgspec.Struct, frozen=True):
    """An invitation; whoever has the token chooses the password with POST /api/v1/invitations/accept, once, within seven days."""

    email: str
    invitation_id: str
    token: str


class Reset(msgspec.Struct, frozen=True):
    """Whoever has the token sets a new password with POST /api/v1/password-reset/finish; a second factor is still asked."""

    email: str
    token: str


class Moved(msgspec.Struct, frozen=True):
    """How many roles changed hands, and how many only ended because the other person held them too."""

    roles: int
    held_already: int


@click.group()
def user() -> None:
    """People: add, invite, list, grant, end, transfer, review; reset-token."""


@user.command()
@click.argument("email", type=EMAIL)
@company_option
@name_option
@role_option
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@as_json_option
def add(email: str, *, company: str, name: str, roles: tuple[str, ...], password_stdin: bool, as_json: bool) -> None:
    """Add a person with a password you choose: the first administrator, who invites the others."""
    password = _password(from_stdin=password_stdin)

    async def work(tx: Tx, _: Resources) -> Added:
        grants = await _grants(tx, roles)
        held = {one.practice_id: one.role for one in grants}
        if len(held) < len(grants):
            raise click.UsageError("give one role a place here, and the others with `billwright user grant`")
        if await find_account(tx, email.lower()) is not None:
            raise Conflict(f"{email} is of this company already; `billwright user grant` gives roles")
        new = NewMember(email=email, display_name=name, password=password, roles=held)
        return Added(email.lower(), str(await add_member(tx, new)))

    show_one(in_company(company, work), as_json=as_json)


@user.command("invite")
@click.argument("email", type=EMAIL)
@company_option
@name_option
@role_option
@reason_option
@as_json_option
def invite_(email: str, *, company: str, name: str, roles: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Invite a person, who chooses a password with the token that is printed; hand it over safely."""

    async def work(tx: Tx, resources: Resources) -> Invited:
        new = NewInvitation(email=email, display_name=name, roles=await _grants(tx, roles), reason=reason)
        made = await invite(tx, resources.sessions, new)
        return Invited(email.lower(), str(made), invitation_token(resources.sessions, made))

    show_one(in_company(company, work), as_json=as_json)


@user.command("list")
@company_option
@click.option("--all", "everybody", is_flag=True, help="Those who left, too.")
@as_json_option
def list_(*, company: str, everybody: bool, as_json: bool) -> None:
    """People of a company and their roles."""

    async def work(tx: Tx, _: Resources) -> list[Person]:
        slugs = {one.practice_id: f"@{one.slug}" for one in await company_practices(tx)}
        return [
            Person(
                one.display_name,
                one.email,
                " ".join(role.role + (slugs[role.practice_id] if role.practice_id else "") for role in one.roles),
                one.ended_at,
                str(one.id),
            )
            for one in await list_members(tx)
            if everybody or one.ended_at is None
        ]

    columns = ("name", "email", "roles", "ended_at", "user_id")
    show_rows(in_company(company, work), columns, as_json=as_json, nothing="nobody")


@user.command()
@click.argument("email")
@company_option
@role_option
@click.option("--from", "starts", type=Moment, help="When it begins (UTC); now when left out.")
@click.option("--until", "expires", type=Moment, help="When it ends by itself (UTC).")
@reason_option
@as_json_option
def grant(
    email: str,
    *,
    company: str,
    roles: tuple[str, ...],
    starts: dt.datetime | None,
    expires: dt.datetime | None,
    reason: str,
    as_json: bool,
) -> None:
    """Give a person roles, for good or for a time."""

    async def work(tx: Tx, _: Resources) -> Added:
        user_id = await find_by_email(tx, email)
        grants = [
            msgspec.structs.replace(one, starts_at=_utc(starts), expires_at=_utc(expires))
            for one in await _grants(tx, roles)
        ]
        await grant_roles(tx, user_id, grants, reason=reason)
        return Added(email.lower(), str(user_id))

    show_one(in_company(company, work), as_json=as_json)


@user.command("reset-token")
@click.argument("email")
@company_option
@as_json_option
def reset_token(email: str, *, company: str, as_json: bool) -> None:
    """Make what a mailed password link carries, for once within 30 minutes; hand it to its owner safely."""

    async def work(tx: Tx, resources: Resources) -> Reset:
        await find_by_email(tx, email)
        scope = msgspec.structs.replace(tx.scope, audience="identity")
        return Reset(email.lower(), await issue_reset(resources.database, resources.sessions, scope, email=email))

    show_one(in_company(company, work), as_json=as_json)


@user.command()
@click.argument("email")
@company_option
@reason_option
@as_json_option
def end(email: str, *, company: str, reason: str, as_json: bool) -> None:
    """Somebody leaves: account, roles, sessions and keys end at once."""

    async def work(tx: Tx, _: Resources) -> Added:
        user_id = await find_by_email(tx, email)
        await end_member(tx, user_id, reason=reason)
        return Added(email.lower(), str(user_id))

    show_one(in_company(company, work), as_json=as_json)


@user.command()
@click.argument("email")
@click.argument("to_email")
@company_option
@click.option("--practice", help="Only the roles in the practice of this name.")
@reason_option
@yes_option
@as_json_option
def transfer(
    email: str, to_email: str, *, company: str, practice: str | None, reason: str, yes: bool, as_json: bool
) -> None:
    """Hand a person's roles to another, after showing which."""

    async def plan(tx: Tx, _: Resources) -> TransferPlan:
        giver, taker = await find_by_email(tx, email), await find_by_email(tx, to_email)
        place = await practice_of(tx, practice) if practice else None
        return await plan_transfer(tx, giver, taker, practice_id=place)

    async def work(tx: Tx, _: Resources) -> TransferPlan:
        place = await practice_of(tx, practice) if practice else None
        return await transfer_roles(
            tx, seen.from_user_id, seen.to_user_id, digest=seen.digest, reason=reason, practice_id=place
        )

    seen = in_company(company, plan)
    if not yes:
        click.echo(
            f"Roles that move: {len(seen.roles)}. Roles that only end, because {to_email} holds them already:"
            f" {len(seen.held_already)}.",
            err=True,
        )
        click.confirm("Transfer them?", abort=True, err=True)
    done = in_company(company, work)
    show_one(Moved(len(done.roles), len(done.held_already)), as_json=as_json)


@user.command()
@company_option
@click.option("--as-of", type=Moment, help="The moment to look at (UTC); now when left out.")
@click.option("--format", "file_format", type=click.Choice(["csv", "xlsx"]), help="Write a file of this kind.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; standard output when left out.")
@as_json_option
def review(
    *,
    company: str,
    as_of: dt.datetime | None,
    file_format: Literal["csv", "xlsx"] | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Who holds what where, since when, given by whom and why, until when, and when they last signed in."""
    if out is not None and file_format is None:
        raise click.UsageError("--out needs --format csv or --format xlsx")
    found = in_company(company, lambda tx, _: access_review(tx, as_of=_utc(as_of)))
    if file_format is None:
        show_rows(found.lines, REVIEW_COLUMNS, as_json=as_json, nothing="nobody had access then")
    elif out is None:
        sys.stdout.buffer.write(review_file(found, file_format))
    else:
        out.write_bytes(review_file(found, file_format))
        click.echo(f"{len(found.lines)} lines in {out}", err=True)


async def _grants(tx: Tx, roles: tuple[str, ...]) -> list[Grant]:
    grants = []
    for text in roles:
        role, _, slug = text.partition("@")
        grants.append(Grant(role=role, practice_id=await practice_of(tx, slug) if slug else None))
    return grants


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return password


def _utc(instant: dt.datetime | None) -> dt.datetime | None:
    return instant.replace(tzinfo=dt.UTC) if instant else None
