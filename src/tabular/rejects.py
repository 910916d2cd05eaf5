"""The file of refused rows: what came, with line, column and reason behind it, ready to be corrected and sent again."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from tabular.csv_writer import write_text_cells
from tabular.header import REJECT_COLUMNS
from tabular.refusals import RefusedRow


def write_rejects(target: BinaryIO, header: Sequence[str], refused: Iterable[RefusedRow]) -> int:
    """Write refused rows with the original header; how many were written.

    Cells come back as they were, except that text a spreadsheet would run as a formula carries an apostrophe before it
    (`tabular.formulas`; reading takes it away again). A row with several faults stands there once, its columns and
    reasons joined. The reader ignores the three added columns, so the corrected file can be imported as it is.
    """
    width = len(header)
    return write_text_cells(target, [*header, *REJECT_COLUMNS], (_cells(row, width) for row in refused))


def _cells(row: RefusedRow, width: int) -> list[str]:
    reasons = "; ".join(f"{error.column} {error.reason}, expected {error.would_be_right}" for error in row.errors)
    cells = list(row.cells[:width]) + [""] * (width - len(row.cells))
    # Cells beyond the header have no column to stand in; they are kept in the last one rather than lost.
    if len(row.cells) > width:
        cells[-1] = ",".join(row.cells[width - 1 :])
    return [*cells, str(row.line), "; ".join(error.column for error in row.errors), reasons]
