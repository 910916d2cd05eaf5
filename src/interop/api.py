"""JSON endpoints for imports."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PureWindowsPath
from typing import Annotated, BinaryIO, cast

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, QueryParameter

from audit.public import record
from interop.permissions import IMPORT_ENCOUNTERS, READ_ENCOUNTERS
from interop.runs.encounters import ImportResult, import_encounters, link_to_rejects, read_import, read_rejects
from interop.runs.errors import UnreadableFile
from interop.runs.reading import LIMITS
from interop.runs.uploads import begin_encounters, find_encounters, import_upload
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import TooLarge
from kernel.http.files import CSV, sends_file, takes_file
from kernel.http.scoping import AnyRequest, request_scope, requires
from kernel.storage.base import Presigned
from kernel.storage.uploads import BegunUpload, fetch_upload

_IN_MEMORY_BYTES = 2_000_000


FileName = Annotated[str, QueryParameter(max_length=200, description="The name of the file, for people.")]


class FileAnnounced(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file to come: its size in bytes, and the SHA-256 of its bytes in hexadecimal."""

    size_bytes: Annotated[int, msgspec.Meta(ge=1, examples=[4_200_000])]
    sha256: Annotated[
        str,
        msgspec.Meta(
            pattern="^[0-9a-f]{64}$", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
        ),
    ]


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
        file_name: FileName = "",
    ) -> ImportResult:
        """Import the CSV file in the body. Encounters that cannot be read are refused and come back as a file; the others go on.

        The transaction is opened when the file has arrived, so that a slow upload holds no connection.
        """
        state = request.app.state
        with _spooled() as file:
            await _receive(request, file)
            async with open_transaction(state.database, request_scope(request)) as tx:
                return await import_encounters(tx, state.store, file_name=_plain(file_name), file=file)

    @post("/encounters/uploads", guards=[requires(IMPORT_ENCOUNTERS)], status_code=201, summary="Begin an upload")
    async def begin_upload(
        self, request: AnyRequest, tx: NamedDependency[Tx], data: Annotated[FileAnnounced, Body()]
    ) -> BegunUpload:
        """Announce a file, and get the link to put it to. Then import it by the upload's id, within a day.

        The link takes exactly the announced bytes, sent with the headers of the answer.
        """
        return await begin_encounters(tx, request.app.state.store, size_bytes=data.size_bytes, sha256=data.sha256)

    @post(
        "/encounters/uploads/{upload_id:uuid}",
        guards=[requires(IMPORT_ENCOUNTERS)],
        status_code=201,
        summary="Import an upload",
    )
    async def run_upload(
        self, request: AnyRequest, upload_id: FromPath[uuid.UUID], file_name: FileName = ""
    ) -> ImportResult:
        """Import the file that was put to the upload's link, as if it had come in the body. The same upload again answers the same.

        The file is fetched between two transactions, so that it holds no connection.
        """
        state, scope = request.app.state, request_scope(request)
        async with open_transaction(state.database, scope) as tx:
            found, known = await find_encounters(tx, upload_id)
        if known is not None:
            return known
        with _spooled() as file:
            await fetch_upload(state.store, found, file)
            async with open_transaction(state.database, scope) as tx:
                return await import_upload(tx, state.store, found, file_name=_plain(file_name), file=file)

    @get("/{run_id:uuid}", guards=[requires(READ_ENCOUNTERS)], summary="An import")
    async def read(self, tx: NamedDependency[Tx], run_id: FromPath[uuid.UUID]) -> ImportResult:
        """What became of a file."""
        found = await read_import(tx, run_id)
        record(tx, "interop.import.read", "import_run", run_id)
        return found

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

    @post(
        "/{run_id:uuid}/rejects/link",
        guards=[requires(READ_ENCOUNTERS)],
        status_code=201,
        summary="Link to the refused rows",
    )
    async def link_rejects(
        self, request: AnyRequest, tx: NamedDependency[Tx], run_id: FromPath[uuid.UUID]
    ) -> Presigned:
        """A link to download the refused rows, for a browser: it needs no sign-in and is good for five minutes. It counts as the export."""
        return await link_to_rejects(tx, request.app.state.store, run_id)


@contextmanager
def _spooled() -> Iterator[BinaryIO]:
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spooled:
        yield cast("BinaryIO", spooled)


def _plain(file_name: str) -> str:
    """Browsers and scripts may send a whole path; this class splits those of every system."""
    return PureWindowsPath(file_name).name or "encounters.csv"


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
