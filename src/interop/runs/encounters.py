"""Import a file of encounters: what can be read is captured, what cannot comes back as a file with the reasons.

All of it is one transaction, so that a file is either in with all of its good encounters or not at all.
"""

import hashlib
import io
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any, BinaryIO

import msgspec
import sqlalchemy as sa

from audit.public import record
from claims.public import NewCharge, NewEncounter, capture_encounters
from directory.public import Payer, payers_by_id
from interop.csv.drafts import CoverageDraft, EncounterDraft
from interop.csv.encounters import RefusedEncounter, open_encounters
from interop.runs.tables import import_run
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.errors import Invalid, NotFound
from kernel.ids import named_id
from kernel.storage.base import ObjectStore
from patients.public import NewCoverage, NewPatient, add_coverages, register_patients
from tabular.refusals import FileRefused, RefusedRow, RowError
from tabular.rejects import write_rejects

TEMPLATE = "encounters"
SHOWN_PROBLEMS = 100


class RowProblem(msgspec.Struct, frozen=True):
    """Why a row was refused: the line in the file, the column, what is wrong and what would be right."""

    line: int
    column: str
    reason: str
    would_be_right: str


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file. Refused rows come back under `rejects`, the first problems are listed here."""

    id: uuid.UUID
    file_name: str
    encounters_accepted: int
    rows_refused: int
    problems: list[RowProblem]
    has_rejects: bool


class UnreadableFile(Invalid):
    """The file as a whole cannot be read; the message says why and what would be right."""

    slug = "file-unreadable"


async def import_encounters(tx: Tx, store: ObjectStore, *, file_name: str, file: BinaryIO) -> ImportResult:
    """Import a file of the encounter template. The same bytes again answer with the first run and change nothing.

    Raises UnreadableFile for a file that is no such template, EncounterChanged when it contradicts what is on file.
    """
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    run_id = named_id("import_run", tx.practice_id, TEMPLATE, digest)
    known = await _find(tx, run_id)
    if known is not None:
        return known
    file.seek(0)
    drafts, refused, header = _read(file, {payer.code for payer in (await payers_by_id(tx)).values()})
    await _capture(tx, drafts, source=f"import {run_id}")
    rejects = _rejects(header, refused)
    rejects_key = f"{tx.practice_id}/imports/{run_id}-rejects.csv" if rejects else ""
    if rejects:
        await store.put(rejects_key, rejects)
    problems = [_problem(error) for row in refused for error in row.errors][:SHOWN_PROBLEMS]
    await tx.execute(
        import_run.insert().values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=run_id,
            template=TEMPLATE,
            file_name=file_name[:200],
            sha256=digest,
            accepted=len(drafts),
            refused=len(refused),
            rejects_key=rejects_key,
            problems=msgspec.to_builtins(problems),
            created_at=wall_now(),
        )
    )
    changed = {"accepted": len(drafts), "refused": len(refused)}
    await record(tx, "interop.import.finished", "import_run", run_id, changed=changed)
    return await read_import(tx, run_id)


async def read_import(tx: Tx, run_id: uuid.UUID) -> ImportResult:
    """What became of an import. Raises NotFound."""
    found = await _find(tx, run_id)
    if found is None:
        raise NotFound("there is no such import in this practice")
    return found


async def read_rejects(tx: Tx, store: ObjectStore, run_id: uuid.UUID) -> bytes:
    """The refused rows as CSV, with the reasons beside them. Raises NotFound when there are none. The export is on record."""
    row = (await tx.execute(_select(tx, run_id))).one_or_none()
    if row is None or not row.rejects_key:
        raise NotFound("this import has no refused rows")
    await record(tx, "interop.rejects.exported", "import_run", run_id)
    return await store.get(row.rejects_key)


def _select(tx: Tx, run_id: uuid.UUID) -> sa.Select[Any]:
    return sa.select(import_run).where(import_run.c.practice_id == tx.practice_id, import_run.c.id == run_id)


async def _find(tx: Tx, run_id: uuid.UUID) -> ImportResult | None:
    row = (await tx.execute(_select(tx, run_id))).one_or_none()
    if row is None:
        return None
    return ImportResult(
        id=row.id,
        file_name=row.file_name,
        encounters_accepted=row.accepted,
        rows_refused=row.refused,
        problems=msgspec.convert(row.problems, list[RowProblem]),
        has_rejects=bool(row.rejects_key),
    )


def _read(file: BinaryIO, payer_codes: Collection[str]) -> tuple[list[EncounterDraft], list[RefusedRow], Sequence[str]]:
    try:
        opened = open_encounters(file, payer_codes=payer_codes)
        drafts, refused = list[EncounterDraft](), list[RefusedRow]()
        for one in opened:
            if isinstance(one, RefusedEncounter):
                refused += one.rows
            else:
                drafts.append(one)
    except FileRefused as refusal:
        raise UnreadableFile(f"{refusal.what} {refusal.would_be_right}".strip()) from refusal
    return drafts, refused, opened.header


def _problem(error: RowError) -> RowProblem:
    return RowProblem(error.line, error.column, error.reason, error.would_be_right)


def _rejects(header: Sequence[str], refused: Sequence[RefusedRow]) -> bytes:
    if not refused:
        return b""
    target = io.BytesIO()
    write_rejects(target, header, refused)
    return target.getvalue()


async def _capture(tx: Tx, drafts: Sequence[EncounterDraft], *, source: str) -> None:
    patients = await register_patients(tx, [_patient(one) for one in drafts])
    payers = {payer.code: payer for payer in (await payers_by_id(tx)).values()}
    ranked = [
        (place, rank, coverage)
        for place, one in enumerate(drafts)
        for rank, coverage in ((1, one.primary), (2, one.secondary))
        if coverage is not None
    ]
    coverages = [
        _coverage(coverage, rank, patients[drafts[place].patient.account_no], payers)
        for place, rank, coverage in ranked
    ]
    ids = await add_coverages(tx, coverages)
    by_place = {(place, rank): key for (place, rank, _), key in zip(ranked, ids, strict=True)}
    await capture_encounters(
        tx,
        [
            _encounter(one, patients[one.patient.account_no], by_place[place, 1], by_place.get((place, 2)), source)
            for place, one in enumerate(drafts)
        ],
    )


def _patient(one: EncounterDraft) -> NewPatient:
    person = one.patient
    return NewPatient(
        account_number=person.account_no,
        last_name=person.last_name,
        first_name=person.first_name,
        birth_date=person.birth_date,
        sex=person.sex,
        address=person.address_1,
        city=person.city,
        state_code=person.state,
        zip=person.zip,
        phone=person.phone,
    )


def _coverage(one: CoverageDraft, rank: int, patient_id: uuid.UUID, payers: Mapping[str, Payer]) -> NewCoverage:
    subscriber = one.subscriber
    return NewCoverage(
        patient_id=patient_id,
        rank=rank,
        payer_id=payers[one.payer_id].id,
        member_id=one.member_id,
        group_number=one.group_no,
        relationship=one.relationship,
        subscriber_last_name=subscriber.last_name if subscriber else "",
        subscriber_first_name=subscriber.first_name if subscriber else "",
        subscriber_birth_date=subscriber.birth_date if subscriber else None,
        subscriber_sex=subscriber.sex if subscriber else "",
    )


def _encounter(
    one: EncounterDraft, patient_id: uuid.UUID, primary: uuid.UUID, secondary: uuid.UUID | None, source: str
) -> NewEncounter:
    referring = one.referring
    return NewEncounter(
        number=one.encounter_no,
        patient_id=patient_id,
        service_date=one.service_date,
        rendering_npi=one.rendering_npi,
        referring_npi=referring.npi if referring else "",
        referring_last_name=referring.last_name if referring else "",
        referring_first_name=referring.first_name if referring else "",
        place_of_service=one.place_of_service,
        prior_authorization=one.prior_authorization_no,
        diagnoses=one.diagnoses,
        primary_coverage_id=primary,
        secondary_coverage_id=secondary,
        source=source,
        charges=tuple(
            NewCharge(
                line_number=line.line_no,
                procedure_code=line.procedure_code,
                modifiers=line.modifiers,
                units=line.units,
                charge_cents=line.charge_cents,
                pointers=line.diagnosis_pointers,
            )
            for line in one.lines
        ),
    )
