"""The shipped encounters: made by the generator, imported by the reader, and holding what was planted."""

import io
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from app.demo.facts import DemoPractice, ExpectedPractice, data_folder, encounters_file, load_expected, load_facts
from app.demo.generate import generate
from interop.csv.drafts import EncounterDraft
from interop.csv.encounters import RefusedEncounter, open_encounters

FACTS = load_facts()
EXPECTED = load_expected()
PRACTICES = pytest.mark.parametrize("practice", FACTS.practices, ids=lambda practice: practice.slug)


def imported(practice: DemoPractice) -> tuple[list[EncounterDraft], list[RefusedEncounter]]:
    with encounters_file(practice).open("rb") as file:
        outcomes = list(open_encounters(io.BytesIO(file.read())))
    return (
        [outcome for outcome in outcomes if isinstance(outcome, EncounterDraft)],
        [outcome for outcome in outcomes if isinstance(outcome, RefusedEncounter)],
    )


def expected(practice: DemoPractice) -> ExpectedPractice:
    return EXPECTED[practice.slug]


def test_the_generator_makes_the_shipped_files_byte_for_byte(tmp_path: Path) -> None:
    generate(tmp_path)
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert made == ["cedar-hill/encounters.csv", "expected.toml", "riverbend/encounters.csv"]
    for name in made:
        assert (tmp_path / name).read_bytes() == (data_folder() / name).read_bytes(), name


@PRACTICES
def test_the_import_gives_what_is_expected(practice: DemoPractice) -> None:
    drafts, _ = imported(practice)
    facts = expected(practice)
    assert len(drafts) == facts.encounters >= 220
    assert sum(len(draft.lines) for draft in drafts) == facts.service_lines
    assert sum(draft.charge_cents for draft in drafts) == facts.charge_cents
    assert len({draft.patient.account_no for draft in drafts}) == facts.patients < facts.encounters
    assert sum(draft.secondary is not None for draft in drafts) == facts.secondary_encounters


@PRACTICES
def test_exactly_the_planted_rows_are_refused(practice: DemoPractice) -> None:
    _, refused = imported(practice)
    another = "another row of this encounter was refused"
    faulty = [
        (encounter.encounter_no, error.line, error.column, len(encounter.rows))
        for encounter in refused
        for row in encounter.rows
        for error in row.errors
        if error.reason != another
    ]
    planted = [(plant.encounter_no, plant.line, plant.column, plant.rows) for plant in expected(practice).refusals]
    assert sorted(faulty) == sorted(planted)
    assert len(planted) == 3


@PRACTICES
def test_faults_are_planted_in_encounters_that_import_and_wait_for_nothing(practice: DemoPractice) -> None:
    drafts, _ = imported(practice)
    facts = expected(practice)
    spoiled = {fault.encounter_no for fault in facts.faults}
    assert 8 <= len(facts.faults) <= 12
    assert len(spoiled) == len(facts.faults)
    assert spoiled <= {draft.encounter_no for draft in drafts}
    assert not spoiled & set(facts.awaiting_enrollment)
    visits = Counter(draft.patient.account_no for draft in drafts)
    assert {visits[draft.patient.account_no] for draft in drafts if draft.encounter_no in spoiled} == {1}


@PRACTICES
def test_the_pending_application_holds_exactly_its_encounters(practice: DemoPractice) -> None:
    drafts, _ = imported(practice)
    (pending,) = (
        enrollment
        for enrollment in FACTS.enrollments()
        if enrollment.practice == practice.slug and enrollment.effective_date is None
    )
    waiting = [
        draft
        for draft in drafts
        if (draft.rendering_npi, draft.primary.payer_id) == (pending.provider_npi, pending.payer)
    ]
    assert tuple(draft.encounter_no for draft in waiting) == expected(practice).awaiting_enrollment
    assert waiting
    assert pending.retroactive_effective_date is not None
    assert all(pending.retroactive_effective_date < draft.service_date for draft in waiting)
    # A secondary claim of that pair would be a second reason to wait, which the demonstration does not show.
    assert not any(
        draft.secondary and (draft.rendering_npi, draft.secondary.payer_id) == (pending.provider_npi, pending.payer)
        for draft in drafts
    )


@PRACTICES
def test_everything_else_is_enrolled_in_time(practice: DemoPractice) -> None:
    drafts, _ = imported(practice)
    effective = {
        (enrollment.provider_npi, enrollment.payer): enrollment.effective_date
        for enrollment in FACTS.enrollments()
        if enrollment.practice == practice.slug and enrollment.effective_date is not None
    }
    for draft in drafts:
        if draft.encounter_no not in expected(practice).awaiting_enrollment:
            assert effective[(draft.rendering_npi, draft.primary.payer_id)] < draft.service_date


@PRACTICES
def test_the_mix_is_that_of_a_billing_day(practice: DemoPractice) -> None:
    drafts, _ = imported(practice)
    spoiled = {fault.encounter_no: fault.fault for fault in expected(practice).faults}
    can_be_primary = {payer.code for payer in FACTS.payers if payer.can_be_primary}
    can_be_secondary = {payer.code for payer in FACTS.payers if payer.can_be_secondary}
    assert {draft.primary.payer_id for draft in drafts} == can_be_primary
    secondary = [draft.secondary for draft in drafts if draft.secondary]
    assert {coverage.payer_id for coverage in secondary} == can_be_secondary
    assert 0.15 < len(secondary) / len(drafts) < 0.25
    assert {len(draft.lines) for draft in drafts} == {1, 2, 3, 4, 5, 6}
    assert {draft.primary.relationship for draft in drafts} == {"self", "spouse", "child"}
    assert any(draft.referring for draft in drafts)
    codes = {line.procedure_code for draft in drafts if draft.encounter_no not in spoiled for line in draft.lines}
    assert {code[0] for code in codes} == set("AEGJLQ" if practice.slug == "cedar-hill" else "AEGJQ")
    for draft in drafts:
        if spoiled.get(draft.encounter_no) != "service_date_future":
            assert date(2026, 6, 1) <= draft.service_date <= date(2026, 9, 25)


@PRACTICES
def test_a_patient_is_the_same_in_every_encounter(practice: DemoPractice) -> None:
    drafts, _ = imported(practice)
    patients = {(draft.patient, draft.primary, draft.secondary) for draft in drafts}
    assert len(patients) == expected(practice).patients


def test_the_practices_share_numbers_and_no_patient() -> None:
    riverbend, cedar_hill = (imported(practice)[0] for practice in FACTS.practices)
    assert len(riverbend) != len(cedar_hill)
    assert {draft.encounter_no for draft in riverbend} & {draft.encounter_no for draft in cedar_hill}
    by_account = {draft.patient.account_no: draft.patient for draft in riverbend}
    shared = [draft.patient for draft in cedar_hill if draft.patient.account_no in by_account]
    assert len(shared) > 100
    assert not any(patient == by_account[patient.account_no] for patient in shared)
