"""`billwright`: the command line. Each command says what it does, and ends with an exit code that scripts can trust."""

import contextlib
import socket
import sys
from pathlib import Path

import click
import sqlalchemy as sa

from app.audit_owner import make_partitions
from app.cli_audit import audit
from app.cli_completion import completion
from app.cli_doctor import doctor
from app.cli_edi import edi
from app.cli_invitation import invitation
from app.cli_jobs import inbox_group, jobs
from app.cli_key import key
from app.cli_people import user
from app.cli_tenancy import company, practice
from app.database_words import refusal_words
from app.demo.day.errors import DayFailed
from app.embedded.address import external_postgres
from app.embedded.errors import PostgresUnusable
from app.embedded.postgres import start as start_postgres
from app.embedded.processes import ServiceFailed
from app.migrate import migrate as run_migrations
from app.scheduler import run_scheduler
from app.sealer import run_sealer
from app.web import AddressTaken, run_web
from app.worker import run_worker
from kernel.db.database import RoleCanBypass
from kernel.errors import AppError
from kernel.settings import MissingSecrets, WrongSettings, load_settings

HOME = click.Path(path_type=Path, file_okay=False)
REFUSALS = (
    AddressTaken,
    AppError,
    DayFailed,
    MissingSecrets,
    PostgresUnusable,
    RoleCanBypass,
    ServiceFailed,
    WrongSettings,
)
DATABASE_AWAY = "the database does not answer: start it, or check BILLWRIGHT_DATABASE__*; `billwright doctor` says more"
DATABASE_REFUSED = (
    "the database answers and refused: `billwright doctor` says what is wrong, often `billwright migrate` helps"
)


class BillwrightGroup(click.Group):
    """Refusals are told in their own words, without a stack; they end the command with exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except REFUSALS as refusal:
            click.echo(f"billwright: {refusal}", err=True)
            ctx.exit(1)
        except BrokenPipeError:
            # Whoever read the output has seen enough; Python must not complain about it once more at its end.
            sys.stdout = None
            ctx.exit(0)
        except (ConnectionError, TimeoutError, socket.gaierror):
            click.echo(f"billwright: {DATABASE_AWAY}", err=True)
            ctx.exit(1)
        except sa.exc.SQLAlchemyError as refusal:
            click.echo(f"billwright: the database: {refusal_words(refusal)}", err=True)
            ctx.exit(1)
        except OSError as problem:
            where = f"{problem.filename}: " if problem.filename else ""
            click.echo(
                f"billwright: {where}{problem.strerror or problem}; choose a folder that can be written", err=True
            )
            ctx.exit(1)


@click.group(cls=BillwrightGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="billwright")
def main() -> None:
    """Billwright: medical billing for third-party billing companies.

    Try it with `billwright demo`, then `billwright up`. Settings come from the environment as BILLWRIGHT_GROUP__NAME;
    DATABASE_URL names a PostgreSQL 16 or newer to use instead of the embedded one.
    """


@main.command()
@click.option(
    "--home", type=HOME, default=Path("var"), show_default=True, help="Folder for everything the demonstration keeps."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the facts as one JSON object; equal to the byte when run again."
)
def demo(*, home: Path, as_json: bool) -> None:
    """Run a billing day for two practices, end to end, and show that it adds up.

    Everything is real: the API, jobs, files and database with row security. The payer and the card processor are
    stand-ins. Running it again changes nothing. Exits 1 if any total is off.
    """
    from app.demo.day.run import run_demo

    sys.exit(run_demo(home, as_json=as_json))


@main.command()
@click.option(
    "--home", type=HOME, default=Path("var"), show_default=True, help="Folder for everything the installation keeps."
)
def up(*, home: Path) -> None:
    """Start database, web, worker, scheduler, sealer and sandbox; print addresses and sign-ins. Ctrl-C stops them all."""
    from app.demo.day.run import run_up

    try:
        run_up(home)
    except SystemExit:
        click.echo("stopped")


@main.command()
@click.option(
    "--admin-url", envvar="DATABASE_URL", help="A PostgreSQL administrator; the embedded server's own when left out."
)
def migrate(*, admin_url: str | None) -> None:
    """Bring the database to this version: roles, schema, keys. Refuses a database that is ahead."""
    settings = load_settings()
    with contextlib.ExitStack() as stack:
        if admin_url is None:
            settings.home.mkdir(parents=True, exist_ok=True)
            server = start_postgres(settings.home / "postgres")
            stack.callback(server.stop)
            address = server.url
            settings.database.host, settings.database.port = server.host, server.port
        else:
            external = external_postgres(admin_url)
            address = external.url
            settings.database.host, settings.database.port = external.host, external.port
        click.echo(f"database {settings.database.name} is at revision {run_migrations(settings, address)}")
        made = make_partitions(settings)
        if made:
            click.echo(f"the audit log has partitions up to {made[-1]}")


@main.command()
def serve() -> None:
    """Serve the API and the pages."""
    run_web(load_settings())


@main.command()
def worker() -> None:
    """Run jobs, and relay the outbox to the broker."""
    run_worker(load_settings(), lambda: click.echo("worker is ready"))


@main.command()
def scheduler() -> None:
    """Announce what is due."""
    run_scheduler(load_settings(), lambda: click.echo("scheduler is ready"))


@main.command()
def sealer() -> None:
    """Seal the audit log, and copy its signed checkpoints."""
    run_sealer(load_settings(), lambda: click.echo("sealer is ready"))


main.add_command(audit)
main.add_command(edi)
main.add_command(company)
main.add_command(practice)
main.add_command(user)
main.add_command(invitation)
main.add_command(jobs)
main.add_command(inbox_group)
main.add_command(completion)
main.add_command(doctor)
main.add_command(key)


if __name__ == "__main__":
    main()
