"""Events on their way to a seal: hashed as they are read, gathered by chain and month. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from audit.encoding import EventRow, chain_name, event_line, month_of
from audit.merkle import leaf_hash

EXPIRED = "audit.events.expired"
"""The action of the event that says which month of its chain was dropped."""


class Batch(msgspec.Struct):
    """Events of one chain and month that one checkpoint seals, in order: their hashes, their ids, and whose they are."""

    company_id: str | None = None
    practice_id: str | None = None
    leaves: list[bytes] = []
    ids: list[str] = []
    dropped: list[str] = []
    """What those of the action `audit.events.expired` say, as JSON."""


Batches = Mapping[tuple[str, str], Batch]
"""The events of one checkpoint by chain and month."""


class Gathering:
    """Takes events in sealing order and shares them out among checkpoints, `ends` being the positions below which each one's are."""

    def __init__(self, ends: Sequence[int]) -> None:
        self._ends = ends
        self.batches: list[dict[tuple[str, str], Batch]] = [{} for _ in ends]

    def take(self, rows: Iterable[EventRow]) -> None:
        """The next events. Raises IndexError for one at the last end or beyond."""
        for row in rows:
            of_checkpoint = self.batches[bisect_right(self._ends, int(row.position))]
            key = chain_name(row.company_id, row.practice_id), month_of(row.recorded_at)
            batch = of_checkpoint.get(key)
            if batch is None:
                batch = of_checkpoint[key] = Batch(row.company_id, row.practice_id)
            batch.leaves.append(leaf_hash(event_line(row).encode()))
            batch.ids.append(row.id)
            if row.action == EXPIRED:
                batch.dropped.append(row.changed)
