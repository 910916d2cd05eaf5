"""What a measure module answers: `run() -> list[Measure]`."""

from typing import TypedDict


class Measure(TypedDict):
    """One line of the table.

    `value` and `floor` are in the unit that the name ends with; `ratio` says how near the value comes to the floor, 1.0 being as
    good. `goal` is the least ratio wanted; without a goal, `ok` says nothing.
    """

    name: str
    value: float
    floor: float | None
    ratio: float | None
    goal: float | None
    ok: bool | None
    note: str


def against_floor(name: str, seconds: float, floor_seconds: float, *, goal: float | None, note: str) -> Measure:
    """Our seconds against those of the floor: the ratio is the floor's share of ours."""
    ratio = floor_seconds / seconds
    return Measure(
        name=name,
        value=round(seconds, 3),
        floor=round(floor_seconds, 3),
        ratio=round(ratio, 2),
        goal=goal,
        ok=None if goal is None else ratio >= goal,
        note=note,
    )


def part_of_whole(name: str, seconds: float, whole_seconds: float, *, note: str) -> Measure:
    """A part's seconds and its share of the whole; there is nothing to reach."""
    return Measure(
        name=name,
        value=round(seconds, 3),
        floor=round(whole_seconds, 3),
        ratio=round(seconds / whole_seconds, 2),
        goal=None,
        ok=None,
        note=note,
    )
