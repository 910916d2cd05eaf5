"""`billwright audit`: the sealed record, for whoever runs the installation."""

import asyncio
import re
import sys
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from app import audit_commands, audit_export
from app.audit_strangers import write_strangers
from app.cli_shapes import NAME, REASON
from app.providers import make_resources
from app.resources import Resources
from audit.checking import Progress
from audit.holds import place_hold, release_hold
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from kernel.settings import load_settings

Answer = TypeVar("Answer")


@click.group()
def audit() -> None:
    """The audit log: sealed, verifiable, kept for six years."""


@audit.command()
def status() -> None:
    """Say how far sealing and copying are. Exits 1 when events or copies wait longer than the alarm allows."""
    found = _run(audit_commands.status_of)
    behind = found.lag
    click.echo(f"last checkpoint  {behind.checkpoint} at {behind.sealed_at or '-'}")
    click.echo(f"waiting          {behind.events} events, the oldest for {behind.seconds:.1f} s")
    click.echo(f"copied           up to checkpoint {found.copied}")
    click.echo(f"signing key      {found.key or '-'}")
    if found.alarms:
        for alarm in found.alarms:
            click.echo(f"ALARM: {alarm}", err=True)
        sys.exit(1)


@audit.command()
@click.option("--resume", is_flag=True, help="Go on where the last run without a fault stopped.")
def verify(*, resume: bool) -> None:
    """Check every event, seal and checkpoint of all practices, beside the copies. Exits 1 when anything was tampered with."""

    def say(progress: Progress) -> None:
        click.echo(f"  checkpoint {progress.checkpoint}: {progress.events:,} events so far", err=True)

    progress, faults = _run(lambda resources: audit_commands.verify_log(resources, resume=resume, say=say))
    for fault in faults:
        click.echo(f"TAMPERED {fault}")
    click.echo(
        f"{progress.events:,} events in {progress.seals:,} seals of {len(progress.heads):,} chains,"
        f" {progress.checkpoint:,} signed checkpoints: {f'faults found: {len(faults)}' if faults else 'verified'}"
    )
    sys.exit(1 if faults else 0)


@audit.command(name="rotate-key")
def rotate_key() -> None:
    """Make a new signing key, vouched for by the old one in the log itself."""
    key = _run(audit_commands.change_key)
    click.echo(f"from the next checkpoint on, {key} signs; keep the old key's file until everybody has this one")


@audit.command()
@click.option("--practice", required=True, type=click.UUID, help="Whose log.")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="A new folder.")
def export(*, practice: uuid.UUID, out: Path) -> None:
    """Write a practice's sealed log with a verifier that needs nothing of ours. The export is on record."""

    async def work(resources: Resources, scope: Scope) -> int:
        return await audit_export.export_log(resources.database, scope, out)

    events = _run(lambda resources: _for_practice(resources, practice, "export of the audit log", work))
    click.echo(f"{events:,} events in {out}; check them with: python {out / 'verify.py'} {out}")


@audit.command()
@click.option("--practice", required=True, type=click.UUID, help="Whose log.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="A file for the client to keep."
)
def witness(*, practice: uuid.UUID, out: Path) -> None:
    """Write a practice's newest signed seal, for the client to keep: any later log must contain it."""

    async def work(resources: Resources, scope: Scope) -> None:
        await audit_export.write_witness(resources.database, scope, out)

    _run(lambda resources: _for_practice(resources, practice, "witness for the client", work))


@audit.command()
@click.option("--practice", required=True, type=click.UUID, help="Whose event.")
@click.option("--event", required=True, type=click.UUID, help="The event's id.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The proof.")
def prove(*, practice: uuid.UUID, event: uuid.UUID, out: Path) -> None:
    """Write the proof that one event was sealed as it is; `verify.py --proof` checks it. The proof is on record."""

    async def work(resources: Resources, scope: Scope) -> None:
        await audit_export.write_proof(resources.database, scope, event, out)

    _run(lambda resources: _for_practice(resources, practice, "proof of an audit event", work))


@audit.command()
@click.option(
    "--days", default=31, show_default=True, type=click.IntRange(1, 2_196), help="How many days back from now."
)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file, as CSV.")
def strangers(*, days: int, out: Path) -> None:
    """Write the events that are of no company: sign-ins with unknown addresses, requests without a session, messages of nobody."""
    count = _run(lambda resources: write_strangers(resources, days=days, path=out))
    click.echo(f"events that no company sees: {count:,}; they are in {out}")


@audit.command()
@click.option("--practice", required=True, type=click.UUID, help="Whose events.")
@click.option("--reason", required=True, type=REASON, help="The matter, in words for the record; no patient's name.")
@click.option("--release", is_flag=True, help="End the hold instead.")
def hold(*, practice: uuid.UUID, reason: str, release: bool) -> None:
    """Place a practice's events under legal hold, so that they are not dropped however old they get."""

    async def work(resources: Resources, scope: Scope) -> None:
        async with open_transaction(resources.database, scope) as tx:
            await (release_hold if release else place_hold)(tx, reason)

    _run(lambda resources: _for_practice(resources, practice, "legal hold", work))


@audit.command()
@click.option("--month", required=True, help="As 2020-11; the whole month goes.")
@click.option("--operator", required=True, type=NAME, help="Your name, for the record.")
@click.option("--reason", required=True, type=REASON, help="Why, for the record.")
def expire(*, month: str, operator: str, reason: str) -> None:
    """Drop a month of events that is over six years old and held by nobody. What went stays on record, sealed."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise click.BadParameter("a month looks like 2020-11", param_hint="--month")
    dropped = _run(lambda resources: audit_commands.expire_month(resources, month, operator=operator, reason=reason))
    click.echo(f"{dropped:,} events of {month} were dropped; their seals and a record of it stay")


@audit.command(name="begin-epoch")
@click.option("--reason", required=True, type=REASON, help="Such as: restored from the dump of 26 November.")
def begin_epoch(*, reason: str) -> None:
    """Go on sealing in a database that was restored. Do this before anybody works with it."""
    _run(lambda resources: audit_commands.start_epoch(resources, reason))
    click.echo("a new epoch has begun; the next checkpoint says so")


async def _for_practice(
    resources: Resources, practice_id: uuid.UUID, purpose: str, work: Callable[[Resources, Scope], Awaitable[Answer]]
) -> Answer:
    return await work(resources, await audit_export.practice_scope(resources.database, practice_id, purpose))


def _run(work: Callable[[Resources], Awaitable[Answer]]) -> Answer:
    async def with_resources() -> Answer:
        resources = make_resources(load_settings())
        try:
            return await work(resources)
        finally:
            await resources.close()

    return asyncio.run(with_resources())
