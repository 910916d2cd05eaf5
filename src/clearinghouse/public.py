"""The door to the clearinghouse: connections, files out, files in."""

from clearinghouse.connections import (
    Connection,
    NewConnection,
    add_connection,
    connections,
    default_connection,
    next_interchange_number,
)
from clearinghouse.errors import FolderTaken, NoConnection
from clearinghouse.files import EdiFile, PatientsInFile, list_edi_files, outgoing_files, read_file, refuse_file
from clearinghouse.inbound import handle_poll_due, request_poll
from clearinghouse.outbound import handle_file_queued, queue_file

__all__ = [
    "Connection",
    "EdiFile",
    "FolderTaken",
    "NewConnection",
    "NoConnection",
    "PatientsInFile",
    "add_connection",
    "connections",
    "default_connection",
    "handle_file_queued",
    "handle_poll_due",
    "list_edi_files",
    "next_interchange_number",
    "outgoing_files",
    "queue_file",
    "read_file",
    "refuse_file",
    "request_poll",
]
