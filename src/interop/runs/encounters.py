"""Import a file of encounters: what can be read is captured, what cannot comes back as a file with the reasons.

All of it is one transaction, so that a file is either in with all of its good encounters or not at all.
"""

import asyncio
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import msgspec
import sqlalchemy as sa

from audit.public import patients_named_about, record
from claims.public import capture_encounters
from directory.public import payers_by_id
from interop.csv.drafts import EncounterDraft
from interop.csv.encounters import Objection
from interop.runs.errors import ImportRunning, NoPayers
from interop.runs.mapping import coverages_of, encounter_of, patient_of
from interop.runs.reading import ReadFile, read_encounters, sha256_of
from interop.runs.tables import import_run
from kernel.clock import wall_now
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from kernel.ids import named_id
from kernel.storage.base import ObjectStore, Presigned, Shown
from patients.public import add_coverages, other_people, patients_numbered, register_patients
from tabular.refusals import RowError

TEMPLATE = "encounters"
SHOWN_PROBLEMS = 100
LINK_SECONDS = 300

ANOTHER_PERSON = Objection(
    "patient_birth_date",
    "is not the one that this account number is known by",
    "an account number of the patient's own",
)


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


async def import_encounters(tx: Tx, store: ObjectStore, *, file_name: str, file: BinaryIO) -> ImportResult:
    """Import a seekable file of the encounter template. The same bytes again answer with the first run and change nothing.

    Raises UnreadableFile or TooLarge for a file that cannot be read, NoPayers, ImportRunning, and EncounterChanged when it
    contradicts what is on file.
    """
    digest = await asyncio.to_thread(sha256_of, file)
    run_id = import_id(tx, digest)
    await _lock(tx, run_id)
    known = await _find(tx, run_id)
    if known is not None:
        return known
    payers = {payer.code: payer.id for payer in (await payers_by_id(tx)).values()}
    if not payers:
        raise NoPayers("the company has no payers yet; add those that the file names first")
    read = await _read(tx, file, payers)
    await _capture(tx, read.drafts, payers, source=f"import {run_id}")
    await _keep_run(tx, run_id, file_name, digest, read, await _store_rejects(tx, store, read))
    return await read_import(tx, run_id)


def import_id(tx: Tx, sha256: str) -> uuid.UUID:
    """The id of this practice's import of the file with this digest, imported already or not."""
    return named_id("import_run", tx.practice_id, TEMPLATE, sha256)


async def read_import(tx: Tx, run_id: uuid.UUID) -> ImportResult:
    """What became of an import. Raises NotFound."""
    found = await _find(tx, run_id)
    if found is None:
        raise NotFound("there is no such import in this practice")
    return found


async def read_rejects(tx: Tx, store: ObjectStore, run_id: uuid.UUID) -> bytes:
    """The refused rows as CSV, with the reasons beside them. Raises NotFound when there are none. The export is on record."""
    return await store.get(await _export_rejects(tx, run_id))


async def link_to_rejects(tx: Tx, store: ObjectStore, run_id: uuid.UUID) -> Presigned:
    """A link to the same file, good for five minutes and whoever has it. Making it is the export that is on record."""
    shown = Shown(content_type="text/csv", file_name=f"{run_id}-rejects.csv")
    return await store.presign_get(await _export_rejects(tx, run_id), shown, seconds=LINK_SECONDS)


async def _export_rejects(tx: Tx, run_id: uuid.UUID) -> str:
    row = (await tx.execute(_select(tx, run_id))).one_or_none()
    if row is None:
        raise NotFound("there is no such import in this practice")
    if not row.rejects_key:
        raise NotFound("this import has no refused rows")
    people = await patients_named_about(tx, "import_run", run_id)
    record(tx, "interop.rejects.exported", "import_run", run_id, patient_ids=people)
    key: str = row.rejects_key
    return key


_TRY_LOCK = sa.text("select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended(:key, 0))")


async def _lock(tx: Tx, run_id: uuid.UUID) -> None:
    if not await tx.scalar(_TRY_LOCK, {"key": f"import_run:{run_id}"}):
        raise ImportRunning("this file is being imported right now; ask again in a minute to see what became of it")


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


async def _read(tx: Tx, file: BinaryIO, payers: Mapping[str, uuid.UUID]) -> ReadFile:
    """Reading is work for a thread; a second time only when the books object to an encounter that reads well."""
    read = await asyncio.to_thread(read_encounters, file, payers)
    others = await other_people(tx, [patient_of(draft) for draft in read.drafts])
    objections = {
        draft.encounter_no: ANOTHER_PERSON
        for draft in read.drafts
        if (draft.patient.account_no, draft.patient.birth_date) in others
    }
    return await asyncio.to_thread(read_encounters, file, payers, objections) if objections else read


async def _capture(tx: Tx, drafts: Sequence[EncounterDraft], payers: Mapping[str, uuid.UUID], *, source: str) -> None:
    patients = await register_patients(tx, [patient_of(draft) for draft in drafts])
    told = [(draft, patients[draft.patient.account_no]) for draft in drafts]
    coverages = [coverages_of(draft, patient_id, payers) for draft, patient_id in told]
    ids = iter(await add_coverages(tx, [one for several in coverages for one in several]))
    await capture_encounters(
        tx,
        [
            encounter_of(draft, patient_id, [next(ids) for _ in several], source)
            for (draft, patient_id), several in zip(told, coverages, strict=True)
        ],
    )


async def _store_rejects(tx: Tx, store: ObjectStore, read: ReadFile) -> str:
    """Where the refused rows are kept: under what they are, because the same file may be refused for other reasons another time."""
    rejects = read.rejects()
    if not rejects:
        return ""
    key = f"{tx.practice_id}/imports/{hashlib.sha256(rejects).hexdigest()}-rejects.csv"
    await store.put(key, rejects)
    return key


async def _keep_run(tx: Tx, run_id: uuid.UUID, file_name: str, digest: str, read: ReadFile, rejects_key: str) -> None:
    problems = [_problem(error) for row in read.refused for error in row.errors][:SHOWN_PROBLEMS]
    await tx.execute(
        import_run.insert().values(
            practice_id=tx.practice_id,
            company_id=tx.company_id,
            id=run_id,
            template=TEMPLATE,
            file_name=file_name[:200],
            sha256=digest,
            accepted=len(read.drafts),
            refused=len(read.refused),
            rejects_key=rejects_key,
            problems=msgspec.to_builtins(problems),
            created_at=wall_now(),
        )
    )
    changed = {"accepted": len(read.drafts), "refused": len(read.refused)}
    # Whose rows were taken, the events of what became of them say; whoever downloads the refused rows sees these.
    people = await patients_numbered(tx, read.refused_accounts)
    record(tx, "interop.import.finished", "import_run", run_id, patient_ids=people, changed=changed)


def _problem(error: RowError) -> RowProblem:
    return RowProblem(error.line, error.column, error.reason, error.would_be_right)
