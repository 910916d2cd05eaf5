"""Stretches of one person's events: hours that held many patients, refusals one after the other. Pure."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from audit.public import PersonEvent
from compliance.anomalies.thresholds import AN_HOUR, TURNED_AWAY


def bursts(events: Sequence[PersonEvent], most: int) -> Iterator[tuple[Sequence[PersonEvent], int]]:
    """Stretches in which an hour held so many different patients, with the most that one hour held."""
    if not _reaches(events, most):
        return
    begin, counted = 0, Counter[uuid.UUID]()
    stretches: list[list[int]] = []
    for place, event in enumerate(events):
        counted.update(event.patient_ids)
        while event.recorded_at - events[begin].recorded_at >= AN_HOUR:
            _count_down(counted, events[begin].patient_ids)
            begin += 1
        if len(counted) < most:
            continue
        if stretches and begin <= stretches[-1][1]:
            stretches[-1][1:] = [place, max(stretches[-1][2], len(counted))]
        else:
            stretches.append([begin, place, len(counted)])
    for first, last, patients in stretches:
        yield events[first : last + 1], patients


def _reaches(events: Sequence[PersonEvent], most: int) -> bool:
    """Whether some hour may hold so many: patients seen twice count twice here, which is quickly added up."""
    begin = shown = 0
    for event in events:
        shown += len(event.patient_ids)
        while event.recorded_at - events[begin].recorded_at >= AN_HOUR:
            shown -= len(events[begin].patient_ids)
            begin += 1
        if shown >= most:
            return True
    return False


def _count_down(counted: Counter[uuid.UUID], patients: Iterable[uuid.UUID]) -> None:
    for key in patients:
        counted[key] -= 1
        if not counted[key]:
            del counted[key]


def refusals_in_rows(events: Iterable[PersonEvent], apart: dt.timedelta) -> Iterator[list[PersonEvent]]:
    """Refusals with nothing between them that worked, and not far apart."""
    row: list[PersonEvent] = []
    for event in events:
        turned_away = event.outcome == "refused" and event.status in TURNED_AWAY
        if row and (event.outcome == "done" or (turned_away and event.recorded_at - row[-1].recorded_at > apart)):
            yield row
            row = []
        if turned_away:
            row.append(event)
    if row:
        yield row
