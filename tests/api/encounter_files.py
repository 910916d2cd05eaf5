"""Encounter files as a practice would upload them."""

import io

from tests.interop.encounter_rows import NAMES

from tabular.csv_writer import write_text_cells


def csv_bytes(*rows: dict[str, str]) -> bytes:
    """These rows as the bytes of a file."""
    content = io.BytesIO()
    write_text_cells(content, NAMES, ([cells.get(name, "") for name in NAMES] for cells in rows))
    return content.getvalue()
