"""The good rows of one encounter, made into its draft."""

from collections.abc import Mapping, Sequence
from datetime import date

from interop.csv.drafts import (
    CoverageDraft,
    EncounterDraft,
    PatientDraft,
    ReferringDraft,
    ServiceLineDraft,
    SubscriberDraft,
)
from interop.csv.templates import DIAGNOSIS_COLUMNS, MODIFIER_COLUMNS
from tabular.columns import Value
from tabular.csv_reader import Row


class _Cells:
    """The values of one row by column, each as the type its column declares."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values

    def text(self, column: str) -> str:
        value = self._values.get(column)
        return value if isinstance(value, str) else ""

    def day(self, column: str) -> date:
        value = self._values[column]
        assert isinstance(value, date)
        return value

    def optional_day(self, column: str) -> date | None:
        return None if self._values.get(column) is None else self.day(column)

    def number(self, column: str) -> int:
        value = self._values[column]
        assert isinstance(value, int)
        return value


def draft_encounter(rows: Sequence[Row]) -> EncounterDraft:
    """The draft of an encounter whose rows are all good and agree; its lines are put in order of `line_no`."""
    visit = _Cells(rows[0].values)
    return EncounterDraft(
        encounter_no=visit.text("encounter_no"),
        service_date=visit.day("service_date"),
        patient=_patient(visit),
        primary=_coverage(visit, "primary"),
        secondary=_coverage(visit, "secondary") if visit.text("secondary_payer_id") else None,
        rendering_npi=visit.text("rendering_npi"),
        referring=_referring(visit),
        place_of_service=visit.text("place_of_service"),
        prior_authorization_no=visit.text("prior_authorization_no"),
        diagnoses=_diagnoses(visit),
        lines=tuple(sorted((_line(row) for row in rows), key=lambda line: line.line_no)),
    )


def _patient(visit: _Cells) -> PatientDraft:
    return PatientDraft(
        account_no=visit.text("patient_account_no"),
        last_name=visit.text("patient_last_name"),
        first_name=visit.text("patient_first_name"),
        birth_date=visit.day("patient_birth_date"),
        sex=visit.text("patient_sex"),
        address_1=visit.text("patient_address_1"),
        city=visit.text("patient_city"),
        state=visit.text("patient_state"),
        zip=visit.text("patient_zip"),
        phone=visit.text("patient_phone"),
    )


def _coverage(visit: _Cells, order: str) -> CoverageDraft:
    relationship = visit.text(f"{order}_relationship")
    subscriber = SubscriberDraft(
        last_name=visit.text(f"{order}_subscriber_last_name"),
        first_name=visit.text(f"{order}_subscriber_first_name"),
        birth_date=visit.optional_day(f"{order}_subscriber_birth_date"),
        sex=visit.text(f"{order}_subscriber_sex"),
    )
    return CoverageDraft(
        payer_id=visit.text(f"{order}_payer_id"),
        member_id=visit.text(f"{order}_member_id"),
        group_no=visit.text(f"{order}_group_no"),
        relationship=relationship,
        subscriber=None if relationship == "self" else subscriber,
    )


def _referring(visit: _Cells) -> ReferringDraft | None:
    referring = ReferringDraft(
        npi=visit.text("referring_npi"),
        last_name=visit.text("referring_last_name"),
        first_name=visit.text("referring_first_name"),
    )
    return None if referring == ReferringDraft("", "", "") else referring


def _diagnoses(visit: _Cells) -> tuple[str, ...]:
    codes = [visit.text(column).replace(".", "").upper() for column in DIAGNOSIS_COLUMNS]
    while codes and not codes[-1]:
        codes.pop()
    return tuple(codes)


def _line(row: Row) -> ServiceLineDraft:
    cells = _Cells(row.values)
    pointers = cells.text("diagnosis_pointers")
    modifiers = (cells.text(column).upper() for column in MODIFIER_COLUMNS)
    return ServiceLineDraft(
        file_line=row.line,
        line_no=cells.number("line_no"),
        procedure_code=cells.text("procedure_code").upper(),
        modifiers=tuple(modifier for modifier in modifiers if modifier),
        units=cells.number("units"),
        charge_cents=cells.number("charge"),
        diagnosis_pointers=tuple(int(pointer) for pointer in pointers.split(":")) if pointers else (),
        note=cells.text("line_note"),
    )
