"""JSON endpoints for imports."""

import tempfile
import uuid
from pathlib import PureWindowsPath
from typing import Annotated, BinaryIO, cast

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from interop.permissions import IMPORT_ENCOUNTERS, READ_ENCOUNTERS
from interop.runs.encounters import ImportResult, import_encounters, read_import, read_rejects
from interop.runs.errors import UnreadableFile
from interop.runs.reading import LIMITS
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import TooLarge
from kernel.http.files import CSV, sends_file, takes_file
from kernel.http.scoping import AnyRequest, request_scope, requires

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
        opt=takes_file(CSV),
        request_max_body_size=None,  # the limit is ours to enforce while reading, with an answer that names it
    )
    async def run(
        self,
        request: AnyRequest,
        file_name: Annotated[str, QueryParameter(max_length=200, description="The name of the file, for people.")] = "",
    ) -> ImportResult:
        """Import the CSV file in the body. Encounters that cannot be read are refused and come back as a file; the others go on.

        The transaction is opened when the file has arrived, so that a slow upload holds no connection.
        """
        state = request.app.state
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spooled:
            file = cast("BinaryIO", spooled)
            await _receive(request, file)
            async with open_transaction(state.database, request_scope(request)) as tx:
                # Browsers and scripts may send a whole path; this class splits those of every system.
                name = PureWindowsPath(file_name).name or "encounters.csv"
                return await import_encounters(tx, state.store, file_name=name, file=file)

    @get("/{run_id:uuid}", guards=[requires(READ_ENCOUNTERS)], summary="An import")
    async def read(self, tx: NamedDependency[Tx], run_id: FromPath[uuid.UUID]) -> ImportResult:
        """What became of a file."""
        return await read_import(tx, run_id)

    @get(
        "/{run_id:uuid}/rejects",
        guards=[requires(READ_ENCOUNTERS)],
        summary="The refused rows",
        opt=sends_file(CSV),
    )
    async def rejects(
        self, request: AnyRequest, tx: NamedDependency[Tx], run_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        """The refused rows as CSV with line, column and reason: correct them and import that file."""
        content = await read_rejects(tx, request.app.state.store, run_id)
        headers = {"Content-Disposition": f'attachment; filename="{run_id}-rejects.csv"'}
        return Response(content, media_type=CSV, headers=headers)


async def _receive(request: AnyRequest, file: BinaryIO) -> None:
    """Take the body in pieces; a file over the limit is answered as soon as that is known, without keeping it."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise UnreadableFile("the body is a form; send the CSV file itself as the body, as text/csv")
    if int(request.headers.get("content-length") or 0) > LIMITS.max_bytes:
        raise _too_large()
    received = 0
    async for piece in request.stream():
        received += len(piece)
        if received > LIMITS.max_bytes:
            raise _too_large()
        file.write(piece)


def _too_large() -> TooLarge:
    return TooLarge(
        f"the file is over {LIMITS.max_bytes // 1_000_000} MB, the most that is accepted;"
        " split it into smaller files, each with the header line"
    )
