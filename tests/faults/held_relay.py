"""A relay process that has sent a batch, says so, and waits to be killed before it commits the mark."""

import asyncio
import sys
import time
from collections.abc import Sequence

from app.providers import make_broker, make_database
from kernel.jobs.message import JobMessage
from kernel.jobs.relay import relay_batch
from kernel.settings import load_settings


def main() -> None:
    """Relay one batch as the worker process does, with a pause where the mark would be committed next."""
    settings = load_settings()
    broker = make_broker(settings, role="relay")

    def send_and_wait(messages: Sequence[JobMessage]) -> None:
        broker.send(messages)
        sys.stdout.write(f"sent {len(messages)}\n")
        sys.stdout.flush()
        time.sleep(600)

    asyncio.run(relay_batch(make_database(settings), send_and_wait))


if __name__ == "__main__":
    main()
