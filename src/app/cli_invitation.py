"""`billwright invitation`: what was announced and no mailer sends yet, handed over by the operator."""

import datetime as dt
import uuid

import click
import msgspec

from app.cli_tables import show_one, show_rows
from app.cli_tenancy import as_json_option, company_option
from app.operator import in_company
from app.resources import Resources
from kernel.db.transaction import Tx
from tenancy.public import list_invitations, show_invitation_token, withdraw_invitation

COLUMNS = ("state", "email", "display_name", "expires_at", "invitation_id")


class Invited(msgspec.Struct, frozen=True):
    """An invitation in the list."""

    state: str
    email: str
    display_name: str
    expires_at: dt.datetime
    invitation_id: str


class Token(msgspec.Struct, frozen=True):
    """What the mailed link would carry; its holder chooses the password with POST /api/v1/invitations/accept, once."""

    invitation_id: str
    token: str


class Withdrawn(msgspec.Struct, frozen=True):
    """An invitation whose link opens nothing any more."""

    invitation_id: str


@click.group()
def invitation() -> None:
    """Invitations: list, token, withdraw. `billwright user invite` makes them."""


@invitation.command("list")
@company_option
@click.option("--all", "everything", is_flag=True, help="Those that were accepted, withdrawn or are over, too.")
@as_json_option
def list_(*, company: str, everything: bool, as_json: bool) -> None:
    """Open invitations of a company, the newest first."""

    async def work(tx: Tx, _: Resources) -> list[Invited]:
        return [
            Invited(one.state, one.email, one.display_name, one.expires_at, str(one.id))
            for one in await list_invitations(tx)
            if everything or one.state == "open"
        ]

    show_rows(in_company(company, work), COLUMNS, as_json=as_json, nothing="no open invitations")


@invitation.command()
@click.argument("invitation_id", metavar="INVITATION", type=click.UUID)
@company_option
@as_json_option
def token(invitation_id: uuid.UUID, *, company: str, as_json: bool) -> None:
    """Show what the link of an open invitation carries; hand it to the invited person safely. It is on record that you asked."""

    async def work(tx: Tx, resources: Resources) -> Token:
        return Token(str(invitation_id), await show_invitation_token(tx, resources.sessions, invitation_id))

    show_one(in_company(company, work), as_json=as_json)


@invitation.command()
@click.argument("invitation_id", metavar="INVITATION", type=click.UUID)
@company_option
@as_json_option
def withdraw(invitation_id: uuid.UUID, *, company: str, as_json: bool) -> None:
    """Take an open invitation back."""

    async def work(tx: Tx, _: Resources) -> Withdrawn:
        await withdraw_invitation(tx, invitation_id)
        return Withdrawn(str(invitation_id))

    show_one(in_company(company, work), as_json=as_json)
