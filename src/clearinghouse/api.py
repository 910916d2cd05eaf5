"""JSON endpoints for connections and the files exchanged over them."""

import uuid
from typing import Annotated

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, QueryParameter

from audit.public import record
from clearinghouse.connections import Connection, NewConnection, add_connection, connections
from clearinghouse.files import Direction, EdiFile, PatientsInFile, list_edi_files, read_file
from clearinghouse.inbound import request_poll
from clearinghouse.permissions import EXCHANGE_FILES, MANAGE_CONNECTIONS, READ_FILES
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.http.files import X12, sends_file
from kernel.http.once import post_once
from kernel.http.pages import Page, page_of
from kernel.http.scoping import AnyRequest, requires


class ConnectionAdded(msgspec.Struct, frozen=True):
    """The id of the connection, or of the one with this name."""

    id: uuid.UUID


class PollRequested(msgspec.Struct, frozen=True):
    """The mailboxes will be read by a job."""

    state: str = "requested"


class ClearinghouseController(Controller):
    """Connections and files of a practice."""

    path = "/api/v1/practices/{practice_id:uuid}"
    tags = ("Clearinghouse",)

    @post_once("/connections", guards=[requires(MANAGE_CONNECTIONS)], status_code=201, summary="Set up a connection")
    async def add(self, tx: NamedDependency[Tx], data: Annotated[NewConnection, Body()]) -> ConnectionAdded:
        """Set up a connection; the same name finds the same one."""
        return ConnectionAdded(await add_connection(tx, data))

    @get("/connections", guards=[requires(READ_FILES)], summary="Connections to partners")
    async def list_connections(
        self, request: AnyRequest, tx: NamedDependency[Tx], page: NamedDependency[PageAsked]
    ) -> Page[Connection]:
        """The practice's connections, by name."""
        found = await connections(tx, page)
        record(tx, "clearinghouse.connection.listed", "connection", changed={"shown": len(found[: page.limit])})
        return page_of(request, page, found, lambda one: (one.name,))

    @post_once("/edi-files/poll", guards=[requires(EXCHANGE_FILES)], status_code=202, summary="Read the mailboxes now")
    async def poll(self, tx: NamedDependency[Tx]) -> PollRequested:
        """Ask for the partners' mailboxes to be read now rather than at the next scheduled time."""
        await request_poll(tx)
        return PollRequested()

    @get("/edi-files", guards=[requires(READ_FILES)], summary="Files sent and received")
    async def list_files(
        self,
        request: AnyRequest,
        tx: NamedDependency[Tx],
        page: NamedDependency[PageAsked],
        direction: Annotated[Direction | None, QueryParameter(description="Only what came in, or went out.")] = None,
        in_state: Annotated[str | None, QueryParameter(name="state", description="Only files in this state.")] = None,
    ) -> Page[EdiFile]:
        """Files oldest first, the refused ones with their problem; `?state=refused` lists what needs a person."""
        files = await list_edi_files(tx, direction=direction, state=in_state, page=page)
        record(tx, "clearinghouse.file.listed", "edi_file", changed={"shown": len(files[: page.limit])})
        return page_of(request, page, files, lambda one: (one.created_at, one.name, one.id))

    @get(
        "/edi-files/{edi_file_id:uuid}/content",
        guards=[requires(READ_FILES)],
        summary="A file as it is",
        opt=sends_file(X12),
    )
    async def download(
        self, request: AnyRequest, tx: NamedDependency[Tx], edi_file_id: FromPath[uuid.UUID]
    ) -> Response[bytes]:
        """The bytes as they were sent or came; the download is on record."""
        content = await read_file(tx, request.app.state.store, edi_file_id)
        concerned: PatientsInFile = request.app.state.patients_in_file
        people = await concerned(tx, edi_file_id)
        record(tx, "clearinghouse.file.downloaded", "edi_file", edi_file_id, patient_ids=people)
        headers = {"Content-Disposition": f'attachment; filename="{edi_file_id}.edi"'}
        return Response(content, media_type=X12, headers=headers)
