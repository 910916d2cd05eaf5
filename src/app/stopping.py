"""How a process is told to end: once to finish what it is doing, twice to end at once."""

import asyncio
import os
import signal

ASKED = (signal.SIGTERM, signal.SIGINT)


def stop_when_asked() -> asyncio.Event:
    """Set by the first SIGTERM or Ctrl-C; the second ends the process as if the signal had never been handled.

    Call it in the running event loop, before anything is begun.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked(number: signal.Signals) -> None:
        if stopping.is_set():
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        stopping.set()

    for number in ASKED:
        loop.add_signal_handler(number, asked, number)
    return stopping


async def rest(stopping: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until the process is told to end."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
