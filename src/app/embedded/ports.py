"""The loopback port the server listens on: the one asked for, else the one of last time, else any free one."""

import socket
from contextlib import closing

from app.embedded.errors import PostgresUnusable

HOST = "127.0.0.1"


def choose_port(wanted: int | None, remembered: int | None) -> int:
    """A port that is free at this moment; raises PostgresUnusable when the wanted one is not."""
    if wanted is not None:
        if not 1 <= wanted <= 65535:
            raise PostgresUnusable(f"{wanted} is not a port", f"{HOST}:{wanted}", "Choose one from 1024 to 65535.")
        if not _bindable(wanted):
            raise port_taken(wanted)
        return wanted
    if remembered is not None and _bindable(remembered):
        return remembered
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def port_taken(port: int) -> PostgresUnusable:
    """The refusal for a port that another program holds."""
    return PostgresUnusable(
        f"Port {port} is taken by another program or not allowed",
        f"{HOST}:{port}",
        "End that program, or start the database on another port.",
    )


def _bindable(port: int) -> bool:
    with closing(socket.socket()) as probe:
        # As the server does it: connections of an earlier server that still linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
