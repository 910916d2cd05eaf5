"""`billwright doctor`: what is wrong with this installation, and what to do about it."""

import asyncio

import click
import msgspec

from app.doctor import examine
from app.doctor_findings import Check
from kernel.settings import MissingSecrets, WrongSettings, load_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def doctor(*, as_json: bool) -> None:
    """Check settings, storage, database, policies, roles, broker and clock, and that the processes do their work. Exits 1 when
    anything is wrong.
    """
    try:
        checks = asyncio.run(examine(load_settings()))
    except (MissingSecrets, WrongSettings) as wrong:
        checks = [Check("settings", ok=False, said=str(wrong))]
    for check in checks:
        if as_json:
            click.echo(msgspec.json.encode(check))
        else:
            click.echo(f"{'ok   ' if check.ok else 'WRONG'}  {check.name:14} {check.said}")
    if not all(check.ok for check in checks):
        raise SystemExit(1)
