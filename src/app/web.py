"""The web process: one parent that listens and is told to stop, one worker of it that answers."""

import asyncio
import os
import signal
import socket
from types import FrameType
from typing import NoReturn

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from app.providers import make_database
from kernel.context import Audience
from kernel.settings import Settings, WebSettings

WEB_ROLES: tuple[Audience, ...] = ("staff", "practice", "patient", "identity", "intake")


class AddressTaken(Exception):
    """The address to listen on cannot be had; the message says what to do."""


def run_web(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C: requests in flight are answered, within a limit. A second signal ends it at once.

    Raises AddressTaken, RoleCanBypass and MissingSecrets, in words, before a worker is started that would refuse with a stack.
    """
    web = settings.web
    _refuse_taken(web)
    asyncio.run(_refuse_early(settings))
    server = MPServer(
        "app.asgi:from_environment",
        factory=True,
        address=web.host,
        port=web.port,
        interface=Interfaces.ASGI,
        workers=1,
        workers_kill_timeout=web.stop_seconds,
        log_access=False,
        log_level="warning",  # type: ignore[arg-type]
        http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=131_072),  # milliseconds, bytes
    )

    def asked(number: int, _frame: FrameType | None) -> None:
        if server.interrupt_signal:
            _end_at_once(server, number)
        server.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    def listen_for_signals() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, asked)

    # Granian sets handlers of its own first, for which a second signal is like the first.
    server.on_startup(listen_for_signals)
    server.serve()


def _refuse_taken(web: WebSettings) -> None:
    """Granian ends in a stack where something else listens, and shares the address with another of its own, which is worse."""
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    try:
        socket.create_server((web.host, web.port), family=family).close()
    except OSError as error:
        raise AddressTaken(
            f"cannot listen on {web.host}, port {web.port} ({os.strerror(error.errno or 0)}): stop what does, or set"
            " BILLWRIGHT_WEB__HOST and BILLWRIGHT_WEB__PORT"
        ) from error


async def _refuse_early(settings: Settings) -> None:
    database = make_database(settings)
    try:
        await database.verify(*WEB_ROLES)
    finally:
        await database.close()


def _end_at_once(server: MPServer, number: int) -> NoReturn:
    for worker in server.wrks:
        worker.kill()  # type: ignore[no-untyped-call]
    os._exit(128 + number)
