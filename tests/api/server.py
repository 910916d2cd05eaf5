"""The real web process on a real socket, for what only a socket shows: slow senders, large headers, floods."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection

import msgspec

from kernel.settings import Settings

PATIENCE_SECONDS = 60.0


class Server(msgspec.Struct, frozen=True):
    """Where it listens."""

    port: int

    def raw(self, *pieces: bytes, pause_seconds: float = 0.0) -> bytes:
        """Send these bytes over one connection, with pauses, and read the answer until the server closes or says all."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS) as connection:
            for piece in pieces:
                try:
                    connection.sendall(piece)
                except (BrokenPipeError, ConnectionResetError):
                    break  # it answered before all was sent
                time.sleep(pause_seconds)
            return _read(connection)

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, *, source: str = "127.0.0.1"
    ) -> tuple[int, dict[str, str]]:
        """Status and headers of an ordinary request, sent from this address of the loopback network."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS, source_address=(source, 0))
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            answer = connection.getresponse()
            answer.read()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()


@contextmanager
def serving(settings: Settings, *, web: Mapping[str, str] | None = None, **limits: float) -> Iterator[Server]:
    """`billwright serve` over the test database, with these limits and web settings."""
    port = _free_port()
    database = settings.database
    environment = {
        **os.environ,
        "BILLWRIGHT_ENVIRONMENT": "test",
        "BILLWRIGHT_HOME": str(settings.home),
        "BILLWRIGHT_DATABASE__HOST": database.host,
        "BILLWRIGHT_DATABASE__PORT": str(database.port),
        "BILLWRIGHT_DATABASE__NAME": database.name,
        "BILLWRIGHT_DATABASE__ROLE_PREFIX": database.role_prefix,
        "BILLWRIGHT_WEB__PORT": str(port),
        "BILLWRIGHT_WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
        **{f"BILLWRIGHT_WEB__{name.upper()}": value for name, value in (web or {}).items()},
        **{f"BILLWRIGHT_LIMITS__{name.upper()}": str(value) for name, value in limits.items()},
    }
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "serve"], env=environment)
    try:
        _wait(process, port)
        yield Server(port)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not listen")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _read(connection: socket.socket) -> bytes:
    """Head and body, by Content-Length; what came when the server closed first."""
    answer = b""
    try:
        while piece := connection.recv(65_536):
            answer += piece
            head, found, body = answer.partition(b"\r\n\r\n")
            if found:
                lengths = [
                    line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
                ]
                if lengths and len(body) >= int(lengths[0]):
                    break
    except ConnectionResetError:
        pass
    return answer
