"""The door to the clearinghouse: connections, files out, files in."""

from clearinghouse.connections import (
    Connection,
    NewConnection,
    NoConnection,
    add_connection,
    default_connection,
    next_interchange_number,
)
from clearinghouse.files import (
    EdiFile,
    handle_file_queued,
    handle_poll_due,
    list_edi_files,
    queue_file,
    read_file,
    request_poll,
)

__all__ = [
    "Connection",
    "EdiFile",
    "NewConnection",
    "NoConnection",
    "add_connection",
    "default_connection",
    "handle_file_queued",
    "handle_poll_due",
    "list_edi_files",
    "next_interchange_number",
    "queue_file",
    "read_file",
    "request_poll",
]
