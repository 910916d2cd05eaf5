"""Use cases: events that fit what is asked, in pages or as a file. Each is on record itself."""

from collections.abc import Sequence

from audit.public import EventFilter, FoundEvent, export_events, find_events
from compliance.events.shown import ShownEvent, shown_event
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from tenancy.public import names_of_people

MOST_LINES = 20_000


async def search_events(tx: Tx, asked: EventFilter, page: PageAsked) -> list[ShownEvent]:
    """Events of the practice, or of the company where the transaction acts for none; newest first, a page and one more."""
    return await _shown(tx, await find_events(tx, asked, page))


async def file_events(tx: Tx, asked: EventFilter) -> list[ShownEvent]:
    """The same for a file, oldest first. Raises Invalid for more lines than a file may have."""
    return await _shown(tx, await export_events(tx, asked, most=MOST_LINES))


async def _shown(tx: Tx, found: Sequence[FoundEvent]) -> list[ShownEvent]:
    names = await names_of_people(tx, (one.user_id for one in found))
    return [shown_event(one, names) for one in found]
