"""The encounter template: rows become drafts; one bad row refuses its encounter and no other."""

import io
from datetime import date

import pytest
from tests.interop.encounter_rows import NAMES, drafts, encounter_file, refusals, row

from interop.csv.drafts import CoverageDraft, ReferringDraft, SubscriberDraft
from interop.csv.encounters import RefusedEncounter, open_encounters
from interop.csv.templates import ENCOUNTER_COLUMNS
from tabular.cells import parse_cell
from tabular.refusals import FileRefused
from tabular.rejects import write_rejects

SECONDARY = {"secondary_payer_id": "MCAID", "secondary_member_id": "SYN7", "secondary_relationship": "self"}


def told(file_refusals: list[RefusedEncounter]) -> list[str]:
    return [str(error) for refused in file_refusals for bad in refused.rows for error in bad.errors]


def test_every_example_in_the_template_is_a_right_cell() -> None:
    for column in ENCOUNTER_COLUMNS:
        assert parse_cell(column, column.example) is not None, column.name


def test_the_rows_of_an_encounter_become_one_draft() -> None:
    visit = {
        "patient_phone": "614-555-0100",
        "primary_relationship": "Child",
        "primary_subscriber_last_name": "Example",
        "primary_subscriber_first_name": "Sam",
        "primary_subscriber_birth_date": "5/17/1955",
        "primary_subscriber_sex": "M",
        "referring_npi": "2999909007",
        "referring_last_name": "Sample",
        "diagnosis_2": "i10",
        **SECONDARY,
    }
    (draft,) = drafts(
        encounter_file(
            row(line_no=2, procedure_code="j1885", units="3", charge="$18.45", diagnosis_pointers="2:1", **visit),
            row(line_no=1, modifier_1="25", modifier_3="kx", line_note="Left knee", **visit),
        )
    )
    assert (draft.encounter_no, draft.service_date, draft.rendering_npi) == ("E-1", date(2026, 6, 1), "2999901012")
    assert (draft.patient.account_no, draft.patient.birth_date) == ("10001", date(1980, 5, 17))
    assert draft.primary.relationship == "child"
    assert draft.primary.subscriber == SubscriberDraft("Example", "Sam", date(1955, 5, 17), "M")
    assert draft.secondary == CoverageDraft("MCAID", "SYN7", "", "self", None)
    assert draft.referring == ReferringDraft("2999909007", "Sample", "")
    assert draft.diagnoses == ("E119", "I10")
    assert [(line.line_no, line.file_line) for line in draft.lines] == [(1, 3), (2, 2)]
    first, second = draft.lines
    assert (first.modifiers, first.note, first.charge_cents) == (("25", "KX"), "Left knee", 12500)
    assert (second.procedure_code, second.units, second.charge_cents) == ("J1885", 3, 1845)
    assert second.diagnosis_pointers == (2, 1)
    assert draft.charge_cents == 14345


def test_without_secondary_and_referral_there_is_none() -> None:
    (draft,) = drafts(encounter_file(row()))
    assert draft.secondary is None
    assert draft.referring is None
    assert draft.primary.subscriber is None


@pytest.mark.parametrize(
    "fault",
    [
        {"referring_npi": "2999909008"},
        {"rendering_npi": "12"},
        {"diagnosis_1": ""},
        {"diagnosis_1": "", "diagnosis_2": "I10"},
        {"diagnosis_1": "not a code"},
        {"diagnosis_pointers": "1:4"},
        {"diagnosis_pointers": ""},
        {"procedure_code": "GO439"},
        {"service_date": "2026-10-12"},
        {"patient_birth_date": "2026-06-04"},
        {"charge": "0.00"},
        {"units": "0"},
        {"primary_member_id": ""},
        {"patient_zip": "4321"},
        {"patient_state": "Ohio"},
        {"modifier_1": "KX", "modifier_2": "KX"},
        {"modifier_1": "long"},
        {"primary_relationship": "spouse"},
        {"place_of_service": "999"},
    ],
)
def test_what_only_a_claim_can_be_faulted_for_is_imported(fault: dict[str, str]) -> None:
    assert len(drafts(encounter_file(row(**fault)))) == 1


def test_a_missing_first_diagnosis_keeps_the_place_of_the_second() -> None:
    (draft,) = drafts(encounter_file(row(diagnosis_1="", diagnosis_2="I10", diagnosis_pointers="2")))
    assert draft.diagnoses == ("", "I10")


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("service_date", "31.06.2026", "is not a date"),
        ("units", "two", "is not a whole number"),
        ("units", "-1", "is less than allowed"),
        ("units", "1000000", "is more than allowed"),
        ("charge", "100000000.00", "is more than allowed"),
        ("charge", "a lot", "is not an amount of dollars and cents"),
        ("rendering_npi", "", "is empty but required"),
        ("primary_payer_id", "", "is empty but required"),
        ("patient_sex", "woman", "is none of the choices"),
        ("diagnosis_pointers", "first", "does not have the expected shape"),
        ("line_no", "0", "is less than allowed"),
    ],
)
def test_a_malformed_row_refuses_its_encounter_and_the_others_go_on(column: str, text: str, reason: str) -> None:
    file = encounter_file(row("E-1"), row("E-2", 1), row("E-2", 2) | {column: text}, row("E-3"))
    assert [draft.encounter_no for draft in drafts(file)] == ["E-1", "E-3"]
    (refused,) = refusals(file)
    assert refused.encounter_no == "E-2"
    assert [(bad.line, error.column, error.reason) for bad in refused.rows for error in bad.errors] == [
        (3, "encounter_no", "another row of this encounter was refused"),
        (4, column, reason),
    ]


def test_the_facts_of_a_visit_must_be_the_same_in_each_row() -> None:
    file = encounter_file(row("E-1", 1), row("E-1", 2, patient_last_name="Other", rendering_npi="2999901020"))
    assert drafts(file) == []
    assert told(refusals(file)) == [
        "line 2, column encounter_no: another row of this encounter was refused; expected all rows of it right",
        "line 3, column patient_last_name: differs from line 2 of the same encounter; "
        "expected the same in every row of an encounter",
        "line 3, column rendering_npi: differs from line 2 of the same encounter; "
        "expected the same in every row of an encounter",
    ]


def test_facts_written_differently_are_the_same() -> None:
    (draft,) = drafts(encounter_file(row("E-1", 1), row("E-1", 2, service_date="6/1/2026", patient_sex="f")))
    assert len(draft.lines) == 2


def test_a_line_number_stands_once_in_an_encounter() -> None:
    file = encounter_file(row("E-1", 1), row("E-1", 1))
    assert drafts(file) == []
    assert told(refusals(file))[1] == (
        "line 3, column line_no: stands already at line 2 of the same encounter; expected each line number once"
    )


@pytest.mark.parametrize("missing", ["secondary_payer_id", "secondary_relationship"])
def test_a_secondary_insurance_names_payer_and_relationship(missing: str) -> None:
    assert len(drafts(encounter_file(row(**SECONDARY)))) == 1
    file = encounter_file(row(**SECONDARY | {missing: ""}))
    assert drafts(file) == []
    assert [error.column for refused in refusals(file) for bad in refused.rows for error in bad.errors] == [missing]


def test_an_encounter_whose_rows_lie_apart_comes_out_whole() -> None:
    file = encounter_file(row("E-1", 1), row("E-2", 1), row("E-1", 2), row("E-2", 2))
    assert [(draft.encounter_no, len(draft.lines)) for draft in drafts(file)] == [("E-1", 2), ("E-2", 2)]


def test_a_row_without_encounter_may_be_a_line_of_its_neighbors_so_both_are_refused() -> None:
    file = encounter_file(row("E-1"), row("E-2"), row(""), row(""), row("E-3"), row("E-4"))
    assert [draft.encounter_no for draft in drafts(file)] == ["E-1", "E-4"]
    assert [(refused.encounter_no, [bad.line for bad in refused.rows]) for refused in refusals(file)] == [
        ("E-2", [3]),
        ("", [4]),
        ("", [5]),
        ("E-3", [6]),
    ]
    assert "line 5 beside this row names no encounter" in told(refusals(file))[0]


def short_row(names: tuple[str, ...]) -> bytes:
    """Two encounters of two rows; the second row of the first one has lost its last cell."""
    rows = [row("E-1", 1), row("E-1", 2), row("E-2", 1), row("E-2", 2)]
    lines = [",".join(names), *(",".join(cells.get(name, "") for name in names) for cells in rows)]
    lines[2] = lines[2].rpartition(",")[0]
    return "\n".join(lines).encode()


def test_a_row_that_lost_a_cell_refuses_the_encounter_it_names() -> None:
    file = open_encounters(io.BytesIO(short_row(NAMES)))
    assert [draft.encounter_no for draft in drafts(file)] == ["E-2"]
    assert [refused.encounter_no for refused in refusals(file)] == ["E-1"]


def test_where_the_lost_cell_may_have_moved_the_encounter_number_the_neighbors_are_refused_too() -> None:
    file = open_encounters(io.BytesIO(short_row((*NAMES[1:], NAMES[0]))))
    assert drafts(file) == []
    assert [refused.encounter_no for refused in refusals(file)] == ["E-1", "", "E-2"]


def test_broken_quotes_anywhere_refuse_the_file_before_the_first_encounter() -> None:
    names = ",".join(NAMES)
    good = ",".join(row().get(name, "") for name in NAMES)
    with pytest.raises(FileRefused) as refused:
        open_encounters(io.BytesIO(f'{names}\n{good}\n"E-2,never closed\n'.encode()))
    assert (refused.value.code, refused.value.line) == ("quoting", 3)


def test_missing_columns_are_named() -> None:
    with pytest.raises(FileRefused, match=r"Missing: encounter_no, units\."):
        encounter_file(row(), names=tuple(name for name in NAMES if name not in {"encounter_no", "units"}))


def test_rejects_come_back_with_reasons_and_are_imported_once_corrected() -> None:
    file = encounter_file(row("E-1"), row("E-2", 1), row("E-2", 2, units="two"))
    target = io.BytesIO()
    assert write_rejects(target, file.header, (bad for refused in refusals(file) for bad in refused.rows)) == 2
    text = target.getvalue().decode("utf-8-sig")
    assert text.startswith(",".join(NAMES) + ",line,column,reason\r\n")
    assert "another row of this encounter was refused" in text
    (draft,) = drafts(open_encounters(io.BytesIO(text.replace(",two,", ",2,").encode())))
    assert (draft.encounter_no, len(draft.lines)) == ("E-2", 2)


def test_no_refusal_repeats_what_a_person_wrote() -> None:
    secret = {"patient_birth_date": "Zzsecret", "patient_sex": "Zzsecret", "units": "Zzsecret"}
    assert "Zzsecret" not in " ".join(told(refusals(encounter_file(row(**secret)))))
