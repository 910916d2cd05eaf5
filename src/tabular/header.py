"""The header line: which delimiter, which declared column stands where, and what is missing or unknown."""

import csv
import difflib
import re
from collections.abc import Sequence

import msgspec

from tabular.columns import Column
from tabular.refusals import FileRefused

REJECT_COLUMNS = ("line", "column", "reason")
"""What a rejects file adds behind the original columns; ignored when such a file comes back corrected."""

_DELIMITERS = (",", ";", "\t", "|")
# Only what looks like a column name is repeated in an error: a file without header begins with a person's data.
_LOOKS_LIKE_A_NAME = re.compile(r"[A-Za-z][A-Za-z_ -]{0,30}[0-9]{0,2}")


class Header(msgspec.Struct, frozen=True):
    """The header as found: `names` as they stood, and for each declared column present its position.

    `ignored_columns` counts those behind them that a rejects file added.
    """

    names: tuple[str, ...]
    delimiter: str
    positions: dict[str, int]
    ignored_columns: int


def read_header(text: str, line: int, columns: Sequence[Column]) -> Header:
    """Read the header line. Names match whatever their case and with spaces or hyphens for underscores.

    Unknown columns are refused rather than ignored: a mistyped name ("modifer_1") would silently lose its cells.
    Columns that are not required may be absent. FileRefused names what is missing, unknown or there twice.
    """
    declared = {column.name: column for column in columns}
    delimiter, names = max(
        ((delimiter, _split(text, delimiter)) for delimiter in _DELIMITERS),
        key=lambda found: sum(_canonical(name) in declared for name in found[1]),
    )
    canonical = [_canonical(name) for name in names]
    ignored = 0
    if tuple(canonical[-3:]) == REJECT_COLUMNS and not declared.keys() & set(REJECT_COLUMNS):
        ignored = len(REJECT_COLUMNS)
        names, canonical = names[:-ignored], canonical[:-ignored]
    if not declared.keys() & set(canonical):
        raise FileRefused(
            "header",
            "This line names none of the columns expected.",
            f"The first line holds the column names, for example: {', '.join(list(declared)[:5])}.",
            line=line,
        )
    _refuse_faults(names, canonical, declared, line)
    return Header(tuple(names), delimiter, {name: position for position, name in enumerate(canonical)}, ignored)


def _split(text: str, delimiter: str) -> list[str]:
    cells = next(csv.reader([text], delimiter=delimiter), [])
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _canonical(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip()).casefold()


def _refuse_faults(names: list[str], canonical: list[str], declared: dict[str, Column], line: int) -> None:
    faults = []
    missing = [name for name, column in declared.items() if column.required and name not in canonical]
    if missing:
        faults.append(f"Missing: {', '.join(missing)}.")
    twice = sorted({name for name in canonical if name in declared and canonical.count(name) > 1})
    if twice:
        faults.append(f"There twice: {', '.join(twice)}.")
    unknown = [_unknown(position, names[position], declared) for position in _unknown_positions(canonical, declared)]
    if unknown:
        faults.append(f"Unknown: {', '.join(unknown)}.")
    if faults:
        raise FileRefused(
            "header",
            f"The columns are not those expected. {' '.join(faults)}",
            "Name each column as the template does, and remove columns that it does not have.",
            line=line,
        )


def _unknown_positions(canonical: list[str], declared: dict[str, Column]) -> list[int]:
    return [position for position, name in enumerate(canonical) if name not in declared]


def _unknown(position: int, name: str, declared: dict[str, Column]) -> str:
    if not _LOOKS_LIKE_A_NAME.fullmatch(name.strip()):
        return f"column {position + 1}"
    close = difflib.get_close_matches(_canonical(name), declared, n=1, cutoff=0.8)
    return f"{name.strip()} (meant {close[0]}?)" if close else name.strip()
