"""Serves API and pages on the loopback address until told to stop."""

import asyncio
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar
from litestar.datastructures import State

from sandbox.stripe.answers import refuse
from sandbox.stripe.api import API_ROUTES
from sandbox.stripe.checkout import expire_overdue
from sandbox.stripe.desk import Desk
from sandbox.stripe.pages import PAGE_ROUTES
from sandbox.stripe.store import Store
from sandbox.stripe.webhooks import Deliveries

_HOST = "127.0.0.1"
_EXPIRY_CHECK_SECONDS = 5
_LARGEST_BODY_BYTES = 1_000_000


async def serve(port: int, folder: Path, webhook_url: str, webhook_secret: str) -> None:
    """Answer on ``port`` until SIGTERM or SIGINT, with state in ``folder``.

    Raises:
        OSError: Something listens on the port already.
    """
    _refuse_taken(port)
    store = Store(folder)
    desk = Desk(store, Deliveries(store, webhook_url, webhook_secret), f"http://{_HOST}:{port}")
    # In this process, not in workers: what is killed is then the whole stand-in, and SQLite has one writer.
    server = Server(
        _application(desk), address=_HOST, port=port, interface=Interfaces.ASGI, log_enabled=False, websockets=False
    )
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    serving = asyncio.create_task(server.serve())
    others = [asyncio.create_task(desk.deliveries.run()), asyncio.create_task(_expire_in_time(desk))]
    try:
        await _until_listening(port, serving)
        sys.stdout.write(f"ready {desk.base_url}\n")
        sys.stdout.flush()
        waiting = asyncio.create_task(stopping.wait())
        # Whichever ends first ends the process: a stand-in that no longer delivers must not look alive.
        await asyncio.wait([waiting, serving, *others], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # granian leaves it without annotations
        for task in others:
            task.cancel()
        await asyncio.gather(serving, *others, return_exceptions=True)
        store.close()
    for task in (serving, *others):
        if not task.cancelled() and (failure := task.exception()) is not None:
            raise failure


def _refuse_taken(port: int) -> None:
    """Granian shares its port with whoever else is willing to; two stand-ins would answer by turns."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((_HOST, port))


def _application(desk: Desk) -> Litestar:
    return Litestar(
        route_handlers=[*API_ROUTES, *PAGE_ROUTES],
        state=State({"desk": desk}),
        exception_handlers={Exception: refuse},
        openapi_config=None,
        request_max_body_size=_LARGEST_BODY_BYTES,
        logging_config=None,
    )


async def _expire_in_time(desk: Desk) -> None:
    while True:
        expire_overdue(desk.store)
        desk.deliveries.wake()
        await asyncio.sleep(_EXPIRY_CHECK_SECONDS)


async def _until_listening(port: int, serving: "asyncio.Task[None]") -> None:
    while not serving.done():
        with suppress(OSError):
            _, writer = await asyncio.open_connection(_HOST, port)
            writer.close()
            await writer.wait_closed()
            return
        await asyncio.sleep(0.01)
    serving.result()
