"""Files of encounters as a practice would send them, and a practice that can take them in."""

import io
from pathlib import Path

import sqlalchemy as sa
from tests.factories.directory import have_payer, have_provider
from tests.interop.encounter_rows import NAMES
from tests.plugins.tenants import Tenant

from claims.tables import charge, encounter
from interop.runs.encounters import ImportResult, import_encounters
from kernel.jobs.outbox import outbox
from kernel.storage.folder import FolderStore
from patients.tables import coverage, patient
from tabular.csv_writer import write_text_cells


def csv_bytes(*rows: dict[str, str]) -> bytes:
    """These rows under the template's header."""
    content = io.BytesIO()
    write_text_cells(content, NAMES, ([cells.get(name, "") for name in NAMES] for cells in rows))
    return content.getvalue()


async def have_clinic(tenant: Tenant) -> None:
    """The payers and the provider that the files name."""
    await have_payer(tenant)
    await have_payer(tenant, code="HARBOR", name="Harbor Supplemental", kind="supplement", edi_id="90005")
    await have_provider(tenant)


async def take_in(tenant: Tenant, store: FolderStore, content: bytes, name: str = "encounters.csv") -> ImportResult:
    """Import these bytes."""
    async with tenant.tx() as tx:
        return await import_encounters(tx, store, file_name=name, file=io.BytesIO(content))


async def counted(tenant: Tenant) -> dict[str, int]:
    """How many rows of each kind the practice has."""
    async with tenant.tx() as tx:
        return {
            table.name: await tx.scalar(
                sa.select(sa.func.count()).select_from(table).where(table.c.practice_id == tenant.practice_id)
            )
            for table in (patient, coverage, encounter, charge, outbox)
        }


def new_store(folder: Path) -> FolderStore:
    """An object store of the test's own."""
    return FolderStore(folder / "files")
