"""The hierarchical levels (HL) of a transaction set: numbered from 1, each below a level that was opened before (level 4)."""

from array import array
from collections.abc import Iterator

from edi.situations import Place, finding
from edi.x12.findings import Finding

_PARENT_LEVELS = {
    "21": ("20",),
    "19": ("21",),
    "22": ("20", "21", "19"),
    "23": ("22",),
    "PT": ("19",),
    "EV": ("22", "23"),
    "SS": ("EV",),
}
"""HL03 of a level to those it may stand under, in any of the guides."""


class _Levels:
    """The kind of each level opened so far and whether it announced none below it. Four bytes each while they are numbered in
    sequence, so that a set of millions of levels is no burden; what is numbered otherwise stands in a table.
    """

    def __init__(self) -> None:
        self._in_sequence = array("I", [0])
        """Twice the number of the kind, plus 1 for a level that announced none below it."""
        self._kinds: dict[str, int] = {}
        self._names: list[str] = []
        self._otherwise: dict[str, tuple[str, bool]] = {}

    def __len__(self) -> int:
        return len(self._in_sequence) - 1 + len(self._otherwise)

    @property
    def irregular(self) -> bool:
        """Whether any level is numbered out of sequence."""
        return bool(self._otherwise)

    def get(self, number: str) -> tuple[str, bool] | None:
        """Kind of a level, and whether it announced none; None when it was not opened."""
        if self._otherwise and number in self._otherwise:
            return self._otherwise[number]
        at = self._place(number)
        if not at:
            return None
        kind, none_below = divmod(self._in_sequence[at], 2)
        return self._names[kind], bool(none_below)

    def put(self, number: str, kind: str, *, none_below: bool) -> None:
        """Remember a level, in place of an earlier one of this number."""
        if kind not in self._kinds:
            self._kinds[kind] = len(self._names)
            self._names.append(kind)
        value = 2 * self._kinds[kind] + none_below
        if not self._otherwise and number == str(len(self._in_sequence)):
            self._in_sequence.append(value)
        elif at := self._place(number):
            self._in_sequence[at] = value
        else:
            self._otherwise[number] = (kind, none_below)

    def _place(self, number: str) -> int:
        at = int(number) if number.isdecimal() and number.isascii() and len(number) < 12 else 0
        return at if 0 < at < len(self._in_sequence) and str(at) == number else 0


class HierarchyCheck:
    """HL segments of one transaction set: numbered from 1, each below a level that was opened before."""

    def __init__(self) -> None:
        self._levels = _Levels()
        self._latest: dict[str, str] = {}
        """The last level of each kind."""
        self._latest_kinds: dict[str, tuple[str, bool]] = {}
        """The same levels by number, as `_levels` has them: what stands below nearly always stands below one of them."""
        self._promised: dict[str, Place] = {}

    def take(self, values: list[str], place: Place) -> list[Finding]:
        """One HL segment."""
        number, parent, level, children = (values + [""] * 5)[1:5]
        found: list[Finding] = []
        expected = str(len(self._levels) + 1)
        if number != expected:
            message = "Hierarchical levels are not numbered in sequence."
            found.append(finding("situation.hierarchy", 4, message, f"HL01 = {expected}", place, "HL01", number))
        above = self._latest_kinds.get(parent) or self._levels.get(parent)
        if above is not None:
            self._below(level, parent, above, place, found)
        elif parent:
            message = "The parent level was not opened before."
            found.append(finding("situation.hierarchy", 4, message, "an HL01 that came before", place, "HL02", parent))
        earlier = self._levels.get(number) if number != expected or self._levels.irregular else None
        self._remember(number, level, none_below=children == "0" or (earlier is not None and earlier[1]))
        self._promised.pop(parent, None)
        if children == "1":
            self._promised[number] = place
        return found

    def _remember(self, number: str, level: str, *, none_below: bool) -> None:
        self._levels.put(number, level, none_below=none_below)
        self._latest_kinds.pop(self._latest.get(level, ""), None)
        self._latest[level] = number
        self._latest_kinds[number] = (level, none_below)

    def _below(self, level: str, parent: str, above: tuple[str, bool], place: Place, found: list[Finding]) -> None:
        kind, announced_none = above
        allowed = _PARENT_LEVELS.get(level)
        if allowed and (kind not in allowed or self._latest.get(kind) != parent):
            message = "The level stands under another than the one it follows."
            expected = f"the last level of kind {' or '.join(allowed)}"
            found.append(finding("situation.hierarchy", 4, message, expected, place, "HL02", parent))
        if announced_none:
            message = "The level above announced that none would follow below it."
            right = "HL04 = 1 of the level above"
            found.append(finding("situation.hierarchy", 4, message, right, place, "HL02", parent))
            self._levels.put(parent, kind, none_below=False)
            self._latest_kinds.pop(parent, None)

    def finish(self) -> Iterator[Finding]:
        """Levels that announced levels below them, and have none."""
        for place in self._promised.values():
            message = "The level announces levels below it, and none follow."
            yield finding("situation.hierarchy", 4, message, "HL04 = 0, or a level below", place, "HL04", "1")
