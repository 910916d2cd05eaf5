"""Rows of the encounter template for tests: one good row, and what a test changes in it."""

import io

from interop.csv.drafts import EncounterDraft
from interop.csv.encounters import EncounterFile, RefusedEncounter, open_encounters
from interop.csv.templates import ENCOUNTER_COLUMNS
from tabular.csv_writer import write_text_cells

NAMES = tuple(column.name for column in ENCOUNTER_COLUMNS)

GOOD = {
    "encounter_no": "E-1",
    "service_date": "2026-06-01",
    "patient_account_no": "10001",
    "patient_last_name": "Example",
    "patient_first_name": "Robin",
    "patient_birth_date": "1980-05-17",
    "patient_sex": "F",
    "primary_payer_id": "BHERON",
    "primary_member_id": "SYN100200",
    "primary_relationship": "self",
    "rendering_npi": "2999901012",
    "place_of_service": "11",
    "diagnosis_1": "E11.9",
    "line_no": "1",
    "procedure_code": "G0439",
    "units": "1",
    "charge": "125.00",
    "diagnosis_pointers": "1",
}


def row(encounter_no: str = "E-1", line_no: int = 1, **changed: str) -> dict[str, str]:
    """A good row with these cells changed."""
    return GOOD | {"encounter_no": encounter_no, "line_no": str(line_no)} | changed


def encounter_file(*rows: dict[str, str], names: tuple[str, ...] = NAMES) -> EncounterFile:
    """These rows, as a file that was opened."""
    content = io.BytesIO()
    write_text_cells(content, names, ([cells.get(name, "") for name in names] for cells in rows))
    return open_encounters(content)


def drafts(file: EncounterFile) -> list[EncounterDraft]:
    """The encounters that were read."""
    return [outcome for outcome in file if isinstance(outcome, EncounterDraft)]


def refusals(file: EncounterFile) -> list[RefusedEncounter]:
    """The encounters that were refused."""
    return [outcome for outcome in file if isinstance(outcome, RefusedEncounter)]
