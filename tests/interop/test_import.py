"""Files of encounters, imported into a practice: what is good goes in once, what is not comes back with its reasons."""

import asyncio
import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories.directory import have_payer
from tests.interop.encounter_rows import row
from tests.interop.import_files import counted, csv_bytes, have_clinic, new_store, take_in
from tests.plugins.tenants import MakeTenant, Tenant

from app.demo.facts import encounters_file, load_expected, load_facts
from audit.public import count_by_action
from claims.errors import EncounterChanged
from claims.tables import encounter
from interop.runs.encounters import RowProblem, import_encounters, read_import, read_rejects
from interop.runs.errors import ImportRunning, NoPayers, UnreadableFile
from kernel.errors import NotFound
from kernel.jobs.outbox import outbox
from kernel.storage.folder import FolderStore
from patients.public import coverages_by_id
from patients.tables import coverage

SECONDARY = {
    "secondary_payer_id": "HARBOR",
    "secondary_member_id": "SYN7",
    "secondary_relationship": "spouse",
    "secondary_subscriber_last_name": "Example",
    "secondary_subscriber_first_name": "Alex",
}


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return new_store(tmp_path)


@pytest.fixture
async def clinic(tenant: Tenant) -> Tenant:
    """A practice with payers and a provider."""
    await have_clinic(tenant)
    return tenant


async def test_a_visit_goes_in_with_patient_coverages_and_charges(clinic: Tenant, store: FolderStore) -> None:
    result = await take_in(clinic, store, csv_bytes(row(**SECONDARY), row(line_no=2, charge="40.50", **SECONDARY)))
    assert (result.encounters_accepted, result.rows_refused, result.has_rejects) == (1, 0, False)
    assert await counted(clinic) == {"patient": 1, "coverage": 2, "encounter": 1, "charge": 2, "outbox": 1}
    async with clinic.tx() as tx:
        visit = (await tx.execute(sa.select(encounter).where(encounter.c.practice_id == clinic.practice_id))).one()
        coverages = await coverages_by_id(tx, [visit.primary_coverage_id, visit.secondary_coverage_id])
        topics = await tx.execute(sa.select(outbox.c.topic).where(outbox.c.practice_id == clinic.practice_id))
        assert list(topics.scalars()) == ["claims.encounters.captured"]
    primary, secondary = coverages[visit.primary_coverage_id], coverages[visit.secondary_coverage_id]
    assert (visit.number, visit.diagnoses, visit.source) == ("E-1", ["E119"], f"import {result.id}")
    assert (primary.rank, primary.relationship, primary.subscriber_last_name) == (1, "self", "")
    assert (secondary.rank, secondary.relationship, secondary.subscriber_first_name) == (2, "spouse", "Alex")


async def test_the_same_file_again_answers_with_the_first_run_and_changes_nothing(
    clinic: Tenant, store: FolderStore
) -> None:
    content = csv_bytes(row("E-1"), row("E-2", units="two"))
    first = await take_in(clinic, store, content)
    before = await counted(clinic)
    assert await take_in(clinic, store, content, "renamed.csv") == first
    assert await counted(clinic) == before
    async with clinic.tx() as tx:
        assert (await count_by_action(tx))["interop.import.finished"] == 1
        assert await read_import(tx, first.id) == first


async def test_the_same_visits_in_another_file_are_known(clinic: Tenant, store: FolderStore) -> None:
    await take_in(clinic, store, csv_bytes(row("E-1")))
    await take_in(clinic, store, csv_bytes(row("E-1"), row("E-2")))
    assert (await counted(clinic))["encounter"] == 2


async def test_bad_rows_come_back_as_a_file_that_goes_in_once_corrected(clinic: Tenant, store: FolderStore) -> None:
    result = await take_in(clinic, store, csv_bytes(row("E-1"), row("E-2"), row("E-2", 2, units="two")))
    assert (result.encounters_accepted, result.rows_refused, result.has_rejects) == (1, 2, True)
    assert [(one.line, one.column) for one in result.problems] == [(3, "encounter_no"), (4, "units")]
    async with clinic.tx() as tx:
        rejects = (await read_rejects(tx, store, result.id)).decode("utf-8-sig")
    async with clinic.tx() as tx:
        assert (await count_by_action(tx))["interop.rejects.exported"] == 1
    assert [line.split(",")[0] for line in rejects.splitlines()[1:]] == ["E-2", "E-2"]
    assert '4,units,"units is not a whole number' in rejects
    corrected = await take_in(clinic, store, rejects.replace(",two,", ",2,").encode())
    assert (corrected.encounters_accepted, corrected.rows_refused) == (1, 0)
    assert (await counted(clinic))["encounter"] == 2


async def test_an_unknown_payer_is_refused_with_the_codes_that_are_known(clinic: Tenant, store: FolderStore) -> None:
    result = await take_in(clinic, store, csv_bytes(row("E-1", primary_payer_id="BHERRON"), row("E-2")))
    assert result.encounters_accepted == 1
    (problem,) = result.problems
    assert (problem.line, problem.column) == (2, "primary_payer_id")
    assert "one of BHERON, HARBOR" in problem.would_be_right
    assert "BHERRON" not in problem.reason


async def test_a_company_without_payers_is_told_to_add_them(tenant: Tenant, store: FolderStore) -> None:
    content = csv_bytes(row())
    with pytest.raises(NoPayers, match="add those that the file names"):
        await take_in(tenant, store, content)
    await have_payer(tenant)
    assert (await take_in(tenant, store, content)).encounters_accepted == 1


async def test_an_account_number_of_somebody_else_refuses_that_visit_only(clinic: Tenant, store: FolderStore) -> None:
    await take_in(clinic, store, csv_bytes(row("E-1")))
    result = await take_in(
        clinic, store, csv_bytes(row("E-2", patient_birth_date="2011-01-02"), row("E-2", 2, patient_birth_date="2011-01-02"),
                                 row("E-3"))
    )  # fmt: skip
    assert (result.encounters_accepted, result.rows_refused) == (1, 2)
    assert result.problems[0] == RowProblem(
        2,
        "patient_birth_date",
        "is not the one that this account number is known by",
        "an account number of the patient's own",
    )
    assert (await counted(clinic))["patient"] == 1


async def test_two_people_of_one_account_number_in_one_file_are_both_refused(
    clinic: Tenant, store: FolderStore
) -> None:
    visits = (row("E-1"), row("E-2", patient_birth_date="2011-01-02"), row("E-3", patient_account_no="10002"))
    result = await take_in(clinic, store, csv_bytes(*visits))
    assert [one.line for one in result.problems] == [2, 3]
    assert await counted(clinic) | {"coverage": 0, "charge": 0, "outbox": 0} == {
        "patient": 1, "encounter": 1, "coverage": 0, "charge": 0, "outbox": 0,
    }  # fmt: skip


async def test_a_visit_that_changed_refuses_the_file_and_nothing_of_it_stays(
    clinic: Tenant, store: FolderStore
) -> None:
    await take_in(clinic, store, csv_bytes(row("E-1")))
    before = await counted(clinic)
    with pytest.raises(EncounterChanged, match="E-1 are on file with other content"):
        await take_in(clinic, store, csv_bytes(row("E-1", charge="1.00"), row("E-2", patient_account_no="10002")))
    assert await counted(clinic) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04 and more", "not a CSV file"),
        (b"%PDF-1.7 and more", "PDF document, not a CSV file"),
        ("encounter_no\r\nE-1\r\n".encode("utf-16"), "UTF-16"),
        (csv_bytes(row(patient_last_name="Brontë")).decode("utf-8-sig").encode("cp1252"), "Line 2: .*Windows-1252"),
        (b"name,birth date\r\nRobin,1980\r\n", "names none of the columns expected"),
        (csv_bytes(row()) + b'"E-2', "Line 3: .*not closed"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_as_a_whole(
    clinic: Tenant, store: FolderStore, content: bytes, message: str
) -> None:
    before = await counted(clinic)
    with pytest.raises(UnreadableFile, match=message) as refusal:
        await take_in(clinic, store, content)
    assert "Robin" not in refusal.value.message
    assert await counted(clinic) == before


async def test_two_at_once_are_one_import(clinic: Tenant, store: FolderStore) -> None:
    content = csv_bytes(row("E-1"))
    async with clinic.tx() as tx:
        first = await import_encounters(tx, store, file_name="a.csv", file=io.BytesIO(content))
        with pytest.raises(ImportRunning, match="being imported right now"):
            await take_in(clinic, store, content)
    assert await take_in(clinic, store, content) == first


async def test_two_files_with_the_same_people_at_once_both_go_in(clinic: Tenant, store: FolderStore) -> None:
    files = (csv_bytes(row("E-1"), row("E-2")), csv_bytes(row("E-3"), row("E-4")))
    results = await asyncio.gather(*(take_in(clinic, store, content) for content in files))
    assert [one.encounters_accepted for one in results] == [2, 2]
    found = await counted(clinic)
    assert (found["patient"], found["coverage"], found["encounter"]) == (1, 1, 4)


async def test_another_practices_import_is_not_there(
    clinic: Tenant, make_tenant: MakeTenant, store: FolderStore
) -> None:
    result = await take_in(clinic, store, csv_bytes(row("E-1"), row("E-2", units="two")))
    sister = await make_tenant(company_id=clinic.company_id)
    async with sister.tx() as tx:
        with pytest.raises(NotFound, match="no such import"):
            await read_import(tx, result.id)
        with pytest.raises(NotFound, match="no such import"):
            await read_rejects(tx, store, result.id)
    own = await take_in(sister, store, csv_bytes(row("E-1"), row("E-2", units="two")))
    assert own.id != result.id


async def test_a_patient_sees_only_own_coverages_of_an_import(clinic: Tenant, store: FolderStore) -> None:
    await take_in(clinic, store, csv_bytes(row("E-1"), row("E-2", patient_account_no="10002")))
    async with clinic.tx() as tx:
        owner = await tx.scalar(sa.select(coverage.c.patient_id).where(coverage.c.practice_id == clinic.practice_id))
    async with clinic.tx("patient", owner) as tx:
        rows = await tx.execute(sa.select(coverage.c.patient_id).where(coverage.c.practice_id == clinic.practice_id))
        assert list(rows.scalars()) == [owner]


async def test_the_shipped_file_gives_what_was_planted_in_it(tenant: Tenant, store: FolderStore) -> None:
    facts = load_facts()
    practice = facts.practice("riverbend")
    expected = load_expected()[practice.slug]
    for payer in facts.payers:
        await have_payer(tenant, code=payer.code, name=payer.name, kind=payer.kind, edi_id=payer.x12_payer_id)
    result = await take_in(tenant, store, encounters_file(practice).read_bytes())
    found = await counted(tenant)
    assert result.encounters_accepted == expected.encounters == found["encounter"]
    assert (found["patient"], found["charge"]) == (expected.patients, expected.service_lines)
    assert result.rows_refused == sum(refusal.rows for refusal in expected.refusals)
    planted = {(refusal.line, refusal.column) for refusal in expected.refusals}
    assert planted == {(one.line, one.column) for one in result.problems if one.column != "encounter_no"}
