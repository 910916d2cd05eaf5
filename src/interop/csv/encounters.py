"""Reading the encounter template: each encounter comes out as a draft, or refused with every fault of its rows.

A claim that lacks a line is worse than no claim, so one bad row refuses its whole encounter; the others go on. The file
is read twice: first to count each encounter's rows, so that one whose rows lie apart still comes out whole, then
to read them. Memory holds the numbers of all encounters and the rows of those that are open.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

import msgspec

from interop.csv.agreement import disagreements
from interop.csv.drafting import draft_encounter
from interop.csv.drafts import EncounterDraft
from interop.csv.templates import columns_for
from tabular.csv_reader import CsvTable, Record, Row, open_csv
from tabular.inspection import Limits
from tabular.refusals import RefusedRow, RowError

_DEFAULT_LIMITS = Limits()


class RefusedEncounter(msgspec.Struct, frozen=True):
    """An encounter that is not imported, with all of its rows. `encounter_no` is "" for a row that belongs to none."""

    encounter_no: str
    rows: tuple[RefusedRow, ...]


class Objection(msgspec.Struct, frozen=True):
    """What is wrong with an encounter that reads well, as only the books can tell: words as in `RowError`."""

    column: str
    reason: str
    would_be_right: str


class EncounterFile:
    """An opened encounter file. Iterating gives drafts and refusals in the order in which encounters end."""

    def __init__(self, table: CsvTable) -> None:
        self._table = table
        self._outline = _Outline(table)

    @property
    def header(self) -> tuple[str, ...]:
        """The file's own header, for the rejects file (`tabular.rejects.write_rejects`)."""
        return self._table.header

    def accounts_in(self, refused: Iterable[RefusedRow]) -> set[str]:
        """The patients' account numbers that stand in refused rows, as far as the rows are long enough to hold one."""
        place = self._table.layout.positions["patient_account_no"]
        return {row.cells[place].strip() for row in refused if len(row.cells) > place} - {""}

    @property
    def row_count(self) -> int:
        """How many rows the file has under its header, blank ones left out."""
        return self._outline.row_count

    def __iter__(self) -> Iterator[EncounterDraft | RefusedEncounter]:
        for encounter_no, rows in self._encounters():
            yield self._finish(encounter_no, rows) if encounter_no else RefusedEncounter("", (rows[0].refused(),))

    def refuse(self, objections: Mapping[str, Objection]) -> Iterator[RefusedEncounter]:
        """Read the file once more, and refuse the encounters of these numbers at their first row."""
        for encounter_no, rows in self._encounters():
            if (found := objections.get(encounter_no)) is not None:
                error = RowError(rows[0].line, found.column, found.reason, found.would_be_right)
                yield RefusedEncounter(encounter_no, tuple(_refused(row, [error]) for row in rows))

    def _encounters(self) -> Iterator[tuple[str, Sequence[Row]]]:
        """The rows of each encounter once it is complete; a row that names none comes alone, under ""."""
        open_rows: dict[str, list[Row]] = {}
        for record in self._table.records():
            row = self._table.parse(record)
            encounter_no = self._outline.encounter_no(record)
            if not encounter_no:
                yield "", (row,)
                continue
            rows = open_rows.setdefault(encounter_no, [])
            rows.append(row)
            if len(rows) == self._outline.rows_of(encounter_no):
                yield encounter_no, open_rows.pop(encounter_no)

    def _finish(self, encounter_no: str, rows: Sequence[Row]) -> EncounterDraft | RefusedEncounter:
        errors = [error for row in rows for error in row.errors] or disagreements(rows)
        stray_line = self._outline.stray_line_beside(encounter_no)
        if stray_line is not None:
            reason = f"line {stray_line} beside this row names no encounter and may belong to this one"
            errors.append(RowError(rows[0].line, "encounter_no", reason, "an encounter number in each row"))
        if errors:
            return RefusedEncounter(encounter_no, tuple(_refused(row, errors) for row in rows))
        return draft_encounter(rows)


def open_encounters(
    file: BinaryIO, limits: Limits = _DEFAULT_LIMITS, *, payer_codes: Collection[str] = ()
) -> EncounterFile:
    """Open a seekable binary file as encounter template. FileRefused when it cannot be read as a whole.

    With `payer_codes`, a row that names another payer is refused; without, any code is taken.

    Everything that concerns the whole file, broken quotes included, is found here, before the first draft comes out.
    """
    return EncounterFile(open_csv(file, columns_for(payer_codes), limits))


def _refused(row: Row, errors: Sequence[RowError]) -> RefusedRow:
    own = tuple(error for error in errors if error.line == row.line)
    another = RowError(row.line, "encounter_no", "another row of this encounter was refused", "all rows of it right")
    return RefusedRow(row.line, row.cells, own or (another,))


class _Outline:
    """The first pass: how many rows each encounter has, and which encounters stand beside a row that names none.

    Such a stray row may be a line of either neighbor, so neither can be taken as complete.
    """

    def __init__(self, table: CsvTable) -> None:
        self._position = table.layout.positions["encounter_no"]
        self._width = len(table.header)
        self._rows: Counter[str] = Counter()
        self._stray_line_beside: dict[str, int] = {}
        self.row_count = 0
        before = ""
        stray_line: int | None = None
        for record in table.records():
            self.row_count += 1
            encounter_no = self.encounter_no(record)
            if not encounter_no:
                stray_line = record.line
                self._stray_line_beside[before] = record.line
                continue
            if stray_line is not None:
                self._stray_line_beside[encounter_no] = stray_line
            before, stray_line = encounter_no, None
            self._rows[encounter_no] += 1

    def encounter_no(self, record: Record) -> str:
        """The encounter a record names, or "". Where cells are missing or too many, only the first one is trusted."""
        if len(record.cells) != self._width and self._position > 0:
            return ""
        return record.cells[self._position].strip()

    def rows_of(self, encounter_no: str) -> int:
        return self._rows[encounter_no]

    def stray_line_beside(self, encounter_no: str) -> int | None:
        return self._stray_line_beside.get(encounter_no)
