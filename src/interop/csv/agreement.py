"""Do the rows of one encounter make one visit? Faults that no row shows by itself."""

from collections.abc import Sequence

from interop.csv.templates import ENCOUNTER_COLUMNS, VISIT_COLUMN_NAMES
from tabular.columns import Column
from tabular.csv_reader import Row
from tabular.refusals import RowError

_COLUMNS: dict[str, Column] = {column.name: column for column in ENCOUNTER_COLUMNS}
_SECONDARY_COLUMNS = tuple(name for name in VISIT_COLUMN_NAMES if name.startswith("secondary_"))


def disagreements(rows: Sequence[Row]) -> list[RowError]:
    """What is wrong between and within the rows of one encounter, each error at the later or faulty row's line.

    The visit's facts differ from its first row, a line number stands twice, or a secondary insurance is told in part.
    """
    first = rows[0]
    return [*_differing_facts(first, rows[1:]), *_repeated_line_numbers(rows), *_incomplete_secondary(first)]


def _differing_facts(first: Row, others: Sequence[Row]) -> list[RowError]:
    return [
        RowError(
            row.line,
            name,
            f"differs from line {first.line} of the same encounter",
            "the same in every row of an encounter",
        )
        for row in others
        for name in VISIT_COLUMN_NAMES
        if row.values.get(name) != first.values.get(name)
    ]


def _repeated_line_numbers(rows: Sequence[Row]) -> list[RowError]:
    seen: dict[object, int] = {}
    errors = []
    for row in rows:
        line_no = row.values["line_no"]
        if line_no in seen:
            reason = f"stands already at line {seen[line_no]} of the same encounter"
            errors.append(RowError(row.line, "line_no", reason, "each line number once"))
        seen.setdefault(line_no, row.line)
    return errors


def _incomplete_secondary(row: Row) -> list[RowError]:
    """A secondary insurance needs its payer and the relationship: without them it cannot be told whose it is."""
    if not any(row.values.get(name) for name in _SECONDARY_COLUMNS):
        return []
    return [
        RowError(row.line, name, "is empty, but other secondary columns are filled", _COLUMNS[name].would_be_right())
        for name in ("secondary_payer_id", "secondary_relationship")
        if not row.values.get(name)
    ]
