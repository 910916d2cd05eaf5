"""Makes the shipped encounters anew: `python -m app.demo.generate` gives the same files, byte for byte.

Everything is drawn from a seed and from the names and services in `data/`. What was planted is counted here, without the
import's help, and written to `data/expected.toml`, so that a test can hold the import and the scrubber to it.
"""

import sys
from collections.abc import Collection
from importlib.resources import as_file
from pathlib import Path

import msgspec

from app.demo.draw import Draw
from app.demo.facts import (
    DemoFacts,
    DemoPractice,
    ExpectedPractice,
    PlantedFault,
    PlantedRefusal,
    data_folder,
    load_facts,
)
from app.demo.invented import Catalog, People, load_catalogs, load_people
from app.demo.patients import invent_patients
from app.demo.planting import FAULTS, FAULTS_OF, REFUSED_CELLS
from app.demo.visits import Visit, invent_visit, schedule
from interop.csv.templates import ENCOUNTER_COLUMNS
from tabular.csv_writer import write_text_cells

_SEED = "northgate billing day"
_FIRST_ENCOUNTER_NO = 20001  # the same in every practice, like the account numbers
_PATIENTS = {"riverbend": 168, "cedar-hill": 157}
_VISITS = {"riverbend": 248, "cedar-hill": 233}
_COLUMN_NAMES = tuple(column.name for column in ENCOUNTER_COLUMNS)


class PracticeFile(msgspec.Struct, frozen=True):
    """One practice's invented visits in file order, and what was planted in them."""

    practice: DemoPractice
    visits: tuple[Visit, ...]
    faults: tuple[PlantedFault, ...]
    refusals: tuple[PlantedRefusal, ...]


def generate(target: Path) -> None:
    """Write each practice's encounters and `expected.toml` under the target folder."""
    facts, people, catalogs = load_facts(), load_people(), load_catalogs()
    made = [invent_practice(facts, people, catalogs[practice.slug], practice) for practice in facts.practices]
    for practice_file in made:
        path = target / practice_file.practice.encounters_file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_text_cells(file, _COLUMN_NAMES, _rows(practice_file))
    (target / "expected.toml").write_text(_expected_toml([_expected(practice_file) for practice_file in made]))


def invent_practice(facts: DemoFacts, people: People, catalog: Catalog, practice: DemoPractice) -> PracticeFile:
    """All visits of one practice, with faults and refusals planted in visits of patients who came once."""
    draw = Draw(f"{_SEED}: {practice.slug}")
    providers = facts.providers_of(practice.slug)
    patients = invent_patients(draw, people, practice.slug, _PATIENTS[practice.slug])
    visits = [
        invent_visit(draw, people, catalog, providers, f"E-{number}", service_date, patient)
        for number, (service_date, patient) in enumerate(
            schedule(draw, patients, _VISITS[practice.slug]), start=_FIRST_ENCOUNTER_NO
        )
    ]
    single = _single_visits(visits)
    to_refuse = draw.some([visit for visit in single if len(visit.lines) > 1], len(REFUSED_CELLS))
    to_spoil = draw.some([visit for visit in single if visit not in to_refuse], len(FAULTS_OF[practice.slug]))
    refusals = tuple(_refuse(visits, *planted) for planted in zip(to_refuse, REFUSED_CELLS, strict=True))
    faults = tuple(_spoil(visit, fault) for visit, fault in zip(to_spoil, FAULTS_OF[practice.slug], strict=True))
    return PracticeFile(practice, tuple(visits), faults, refusals)


def _single_visits(visits: list[Visit]) -> list[Visit]:
    """Visits of patients who came once and wait for no enrollment: planting there touches nothing else."""
    accounts = [visit.cells["patient_account_no"] for visit in visits]
    return [
        visit
        for visit in visits
        if accounts.count(visit.cells["patient_account_no"]) == 1 and not visit.awaits_enrollment
    ]


def _spoil(visit: Visit, fault: str) -> PlantedFault:
    FAULTS[fault](visit)
    return PlantedFault(visit.encounter_no, fault)


def _refuse(visits: list[Visit], visit: Visit, cell: tuple[str, str]) -> PlantedRefusal:
    """Spoil a cell in the visit's last row. A line's cells win over the visit's, so a visit column can be spoiled there."""
    column, text = cell
    visit.lines[-1][column] = text
    rows_before = sum(len(other.lines) for other in visits[: visits.index(visit)])
    header_and_own_rows = 1 + len(visit.lines)
    return PlantedRefusal(visit.encounter_no, rows_before + header_and_own_rows, column, len(visit.lines))


def _rows(practice_file: PracticeFile) -> list[list[str]]:
    return [
        [(visit.cells | line).get(name, "") for name in _COLUMN_NAMES]
        for visit in practice_file.visits
        for line in visit.lines
    ]


def _expected(practice_file: PracticeFile) -> ExpectedPractice:
    refused = {refusal.encounter_no for refusal in practice_file.refusals}
    imported = [visit for visit in practice_file.visits if visit.encounter_no not in refused]
    return ExpectedPractice(
        practice=practice_file.practice.slug,
        file_rows=sum(len(visit.lines) for visit in practice_file.visits),
        encounters=len(imported),
        service_lines=sum(len(visit.lines) for visit in imported),
        patients=len({visit.cells["patient_account_no"] for visit in imported}),
        secondary_encounters=sum(bool(visit.patient.secondary_payer) for visit in imported),
        charge_cents=sum(visit.charge_cents for visit in imported),
        awaiting_enrollment=tuple(visit.encounter_no for visit in imported if visit.awaits_enrollment),
        faults=practice_file.faults,
        refusals=practice_file.refusals,
    )


def _expected_toml(practices: list[ExpectedPractice]) -> str:
    """The expectations as TOML: flat tables, numbers and ASCII words only, so JSON's notation of a value is TOML's too."""
    lines = ["# Made by app.demo.generate: what importing and scrubbing the shipped encounters must give."]
    for practice in practices:
        lines += ["", "[[practices]]", *_assignments(practice, leave_out={"faults", "refusals"})]
        for fault in practice.faults:
            lines += ["", "[[practices.faults]]", *_assignments(fault)]
        for refusal in practice.refusals:
            lines += ["", "[[practices.refusals]]", *_assignments(refusal)]
    return "\n".join(lines) + "\n"


def _assignments(struct: msgspec.Struct, leave_out: Collection[str] = ()) -> list[str]:
    return [
        f"{name} = {msgspec.json.encode(getattr(struct, name)).decode()}"
        for name in struct.__struct_fields__
        if name not in leave_out
    ]


def main() -> None:
    """Write the files where they are shipped from."""
    with as_file(data_folder()) as folder:
        generate(folder)
        sys.stdout.write(f"Made the encounters anew under {folder}\n")


if __name__ == "__main__":
    main()
