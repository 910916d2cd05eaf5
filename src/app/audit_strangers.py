"""Writes what belongs to no company into a file: who knocked without an account or a session, what came in and was claimed by nobody."""

import asyncio
import datetime as dt
from pathlib import Path

from app.audit_commands import SEALER
from app.resources import Resources
from audit.public import EventFilter, export_events
from compliance.public import EVENT_COLUMNS, event_rows, shown_event
from kernel.clock import wall_now
from kernel.db.transaction import open_transaction
from tabular.csv_writer import write_csv

MOST_LINES = 100_000


async def write_strangers(resources: Resources, *, days: int, path: Path) -> int:
    """The events of the last days as CSV, oldest first; how many. That it was written is on record.

    Raises Invalid when they are more than a file may have.
    """
    now = wall_now()
    asked = EventFilter(since=now - dt.timedelta(days=days), until=now)
    async with open_transaction(resources.database, SEALER) as tx:
        found = await export_events(tx, asked, most=MOST_LINES)
    rows = event_rows(shown_event(one, {}) for one in found)
    with path.open("wb") as file:
        return await asyncio.to_thread(write_csv, file, EVENT_COLUMNS, rows)
