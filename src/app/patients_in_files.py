"""Whom an EDI file is about, told by the packages that know; a download names them in the audit log."""

import uuid

from claims.public import patients_submitted_in
from kernel.db.transaction import Tx
from payments.public import patients_remitted_in


async def patients_in_file(tx: Tx, edi_file_id: uuid.UUID) -> list[uuid.UUID]:
    """The patients of the claims that were sent, or answered by a remittance, in this file."""
    return sorted({*await patients_submitted_in(tx, edi_file_id), *await patients_remitted_in(tx, edi_file_id)})
