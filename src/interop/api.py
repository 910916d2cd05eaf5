"""JSON endpoints for imports."""

import tempfile
import uuid
from pathlib import PurePath
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from interop.permissions import IMPORT_ENCOUNTERS
from interop.runs.encounters import ImportResult, import_encounters, read_import, read_rejects
from kernel.db.transaction import Tx
from kernel.errors import TooLarge
from kernel.http.scoping import AnyRequest, requires

LARGEST_BYTES = 50_000_000
_IN_MEMORY_BYTES = 2_000_000


class ImportController(Controller):
    """Files of encounters."""

    path = "/api/v1/practices/{practice_id:uuid}/imports"
    tags = ("Imports",)

    @post(
        "/encounters",
        guards=[requires(IMPORT_ENCOUNTERS)],
        status_code=201,
        summary="Import encounters",
        request_max_body_size=None,  # the limit is ours to enforce while reading, with an answer that names it
    )
    async def run(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        file_name: Annotated[str, QueryParameter(max_length=200, description="The name of the file, for people.")] = "",
    ) -> ImportResult:
        """Import the CSV file in the body. Encounters that cannot be read are refused and come back as a file; the others go on."""
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
            await _receive(request, file)
            file.seek(0)
            return await import_encounters(
                tx,
                request.app.state.store,
                file_name=PurePath(file_name).name or "encounters.csv",
                file=file,  # type: ignore[arg-type]
            )

    @get("/{run_id:uuid}", guards=[requires(IMPORT_ENCOUNTERS)], summary="An import")
    async def read(self, tx: NamedDependency[Tx], run_id: FromPath[uuid.UUID]) -> ImportResult:
        """What became of a file."""
        return await read_import(tx, run_id)

    @get("/{run_id:uuid}/rejects", guards=[requires(IMPORT_ENCOUNTERS)], summary="The refused rows")
    async def rejects(
        self, request: AnyRequest, tx: NamedDependency[Tx], run_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        """The refused rows as CSV with line, column and reason: correct them and import that file."""
        content = await read_rejects(tx, request.app.state.store, run_id)
        headers = {"Content-Disposition": f'attachment; filename="{run_id}-rejects.csv"'}
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


async def _receive(request: AnyRequest, file: tempfile.SpooledTemporaryFile[bytes]) -> None:
    """Take the body in pieces; a file over the limit is answered as soon as that is known, without keeping it."""
    announced = int(request.headers.get("content-length") or 0)
    received = 0
    if announced <= LARGEST_BYTES:
        async for piece in request.stream():
            received += len(piece)
            if received > LARGEST_BYTES:
                break
            file.write(piece)
    if max(announced, received) > LARGEST_BYTES:
        size = f"{max(announced, received):,} bytes"
        raise TooLarge(f"the file has {size} or more; the largest accepted is {LARGEST_BYTES:,}: split it by date")
