"""`billwright company` and `billwright practice`: who is billed for, and how each practice stands."""

import click
import msgspec

from app.cli_shapes import NAME, REASON, SLUG
from app.cli_tables import show_one, show_rows
from app.open_work import OPEN_WORK
from app.operator import in_company, in_installation, in_new_practice, in_practice, opening_company
from app.resources import Resources
from kernel.db.transaction import Tx
from tenancy.public import (
    NewPractice,
    company_name,
    company_practices,
    list_companies,
    list_members,
    offboard_practice,
    onboard_practice,
    open_company,
    preview_offboarding,
    resume_practice,
    suspend_practice,
)

as_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object per line, with every field.")
company_option = click.option("--company", required=True, metavar="SLUG", help="The company's short name.")
reason_option = click.option(
    "--reason", required=True, type=REASON, help="Why; it is kept with the record. No personal data."
)
yes_option = click.option("--yes", is_flag=True, help="Confirm what the preview says without being asked.")

PRACTICE_COLUMNS = ("slug", "name", "status", "created_at", "practice_id")


class Opened(msgspec.Struct, frozen=True):
    """What was made, or found when it was made before."""

    id: str
    slug: str


class CompanyFacts(msgspec.Struct, frozen=True):
    """A company at a glance."""

    slug: str
    name: str
    company_id: str
    practices: int
    suspended: int
    offboarded: int
    people: int


class Done(msgspec.Struct, frozen=True):
    """What a practice is from now on."""

    practice: str
    status: str


@click.group()
def company() -> None:
    """Billing companies: open, list, show."""


@company.command("open")
@click.argument("slug", type=SLUG)
@click.option("--name", required=True, type=NAME, help="The company's full name.")
@as_json_option
def open_(slug: str, *, name: str, as_json: bool) -> None:
    """Open a billing company. Opening it again finds the same one; another name is refused."""
    opened = opening_company(slug, lambda tx, _: open_company(tx, slug=slug, name=name))
    show_one(Opened(str(opened), slug), as_json=as_json)


@company.command("list")
@as_json_option
def list_(*, as_json: bool) -> None:
    """Every company of this installation."""
    found = in_installation(lambda tx, _: list_companies(tx))
    show_rows(found, ("slug", "name", "practices", "created_at", "company_id"), as_json=as_json, nothing="no companies")


@company.command()
@click.argument("slug")
@as_json_option
def show(slug: str, *, as_json: bool) -> None:
    """One company at a glance."""

    async def facts(tx: Tx, _: Resources) -> CompanyFacts:
        practices = [one.status for one in await company_practices(tx)]
        people = [one for one in await list_members(tx) if one.ended_at is None]
        return CompanyFacts(
            slug=slug,
            name=await company_name(tx),
            company_id=str(tx.company_id),
            practices=len(practices),
            suspended=practices.count("suspended"),
            offboarded=practices.count("offboarded"),
            people=len(people),
        )

    show_one(in_company(slug, facts), as_json=as_json)


@click.group()
def practice() -> None:
    """Client practices of a company: onboard, list, suspend, resume, offboard."""


@practice.command()
@click.argument("slug")
@company_option
@click.option("--name", required=True, help="As it appears on claims.")
@click.option("--npi", required=True, help="Ten digits.")
@click.option("--tax-id", required=True, help="Nine digits.")
@click.option("--taxonomy", required=True, help="Provider taxonomy code, for example 207Q00000X.")
@click.option("--address", required=True, help="Street and number.")
@click.option("--city", required=True, help="At most 120 characters.")
@click.option("--state-code", required=True, help="Two capital letters.")
@click.option("--zip", required=True, help="Nine digits.")
@click.option("--phone", required=True, help="Ten digits.")
@click.option("--time-zone", required=True, help="IANA name, for example America/New_York.")
@click.option("--claim-prefix", required=True, help="One to eight capital letters that begin its claim numbers.")
@as_json_option
def onboard(slug: str, *, company: str, as_json: bool, **fields: str) -> None:
    """Add a client practice. Adding it again finds the same one; other details are refused."""
    new = _new_practice({"slug": slug, **fields})
    added = in_new_practice(company, slug, lambda tx, _: onboard_practice(tx, new))
    show_one(Opened(str(added), slug), as_json=as_json)


@practice.command("list")
@company_option
@as_json_option
def list_practices(*, company: str, as_json: bool) -> None:
    """Every practice of a company and how it stands."""
    found = in_company(company, lambda tx, _: company_practices(tx))
    show_rows(found, PRACTICE_COLUMNS, as_json=as_json, nothing="no practices")


@practice.command()
@click.argument("slug")
@company_option
@reason_option
@as_json_option
def suspend(slug: str, *, company: str, reason: str, as_json: bool) -> None:
    """Let a practice be read and nothing more; its jobs wait."""
    in_practice(company, slug, lambda tx, _: suspend_practice(tx, reason=reason))
    show_one(Done(slug, "suspended"), as_json=as_json)


@practice.command()
@click.argument("slug")
@company_option
@reason_option
@as_json_option
def resume(slug: str, *, company: str, reason: str, as_json: bool) -> None:
    """Let a suspended practice work again."""
    in_practice(company, slug, lambda tx, _: resume_practice(tx, reason=reason))
    show_one(Done(slug, "active"), as_json=as_json)


@practice.command()
@click.argument("slug")
@company_option
@reason_option
@yes_option
@as_json_option
def offboard(slug: str, *, company: str, reason: str, yes: bool, as_json: bool) -> None:
    """End a practice's time with the company, after showing what that ends."""
    seen = in_practice(company, slug, lambda tx, _: preview_offboarding(tx, OPEN_WORK))
    if not yes:
        left_open = "".join(f" Left open: {what} {count}." for what, count in seen.open_work.items())
        click.echo(
            f"{seen.name} is {seen.status}. People who lose their roles: {seen.people}. Roles that end: {seen.roles}. Jobs that"
            f" stop for good: {seen.open_jobs}.{left_open}",
            err=True,
        )
        click.confirm("Offboard it?", abort=True, err=True)
    in_practice(company, slug, lambda tx, _: offboard_practice(tx, OPEN_WORK, digest=seen.digest, reason=reason))
    show_one(Done(slug, "offboarded"), as_json=as_json)


def _new_practice(fields: dict[str, str]) -> NewPractice:
    """What was typed, if it has the right shape; otherwise the faulty option is named with what its help says."""
    try:
        return msgspec.convert(fields, NewPractice)
    except msgspec.ValidationError as error:
        name = str(error).rpartition("$.")[2].strip("`")
        helps = {one.name: getattr(one, "help", "") for one in onboard.params}
        option = "SLUG" if name == "slug" else f"--{name.replace('_', '-')}"
        raise click.BadParameter(helps.get(name) or "small letters, digits and hyphens", param_hint=option) from None
