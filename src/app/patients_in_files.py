"""Whom an EDI file is about, told by the packages that know; a download names them in the audit log."""

import uuid

from audit.public import patients_named_about
from claims.public import patients_submitted_in
from kernel.db.transaction import Tx
from payments.public import patients_remitted_in


async def patients_in_file(tx: Tx, edi_file_id: uuid.UUID) -> list[uuid.UUID]:
    """The patients of the claims that were sent in this file, or answered by it.

    Which claims an acknowledgment was about is in the log alone, from when it was taken in.
    """
    sent, remitted = await patients_submitted_in(tx, edi_file_id), await patients_remitted_in(tx, edi_file_id)
    return sorted({*sent, *remitted, *await patients_named_about(tx, "edi_file", edi_file_id)})
