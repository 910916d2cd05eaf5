"""An export is read in pages that fit the memory, and no event is lost between two."""

import json

from tests.audit.sealed_log import Log

from audit.export import ExportPage, export_page


async def pages(log: Log, most: int) -> list[ExportPage]:
    found: list[ExportPage] = []
    async with log.practices[0].tx() as tx:
        while (page := await export_page(tx, found[-1].last if found else 0, [], most=most)).seals:
            found.append(page)
    return found


def sizes(found: list[ExportPage]) -> list[tuple[int, int]]:
    """Seals and events of each page."""
    return [(len(page.seals), len(page.events)) for page in found]


async def test_a_page_holds_as_many_seals_as_have_so_many_events(log: Log) -> None:
    await log.grow(rounds=3)
    assert sizes(await pages(log, most=100)) == [(3, 9)]
    assert sizes(await pages(log, most=6)) == [(2, 6), (1, 3)]


async def test_a_seal_with_more_events_than_a_page_comes_alone_and_whole(log: Log) -> None:
    await log.grow(rounds=2)
    assert sizes(await pages(log, most=1)) == [(1, 3), (1, 3)]


async def test_the_same_lines_come_in_the_same_order_whatever_the_size(log: Log) -> None:
    await log.grow(rounds=3)
    whole, split = await pages(log, most=100), await pages(log, most=1)
    assert [line for page in split for line in page.events] == whole[0].events
    objects = [json.loads(line)["object_id"] for line in whole[0].events]
    assert objects == [f"{what}_{number}" for number in range(3) for what in ("made", "read", "sent")]
