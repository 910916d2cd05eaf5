"""``python -m sandbox.payer --exchange DIR``: answer claims files until told to stop; prints ``ready`` when it watches."""

import argparse
import datetime as dt
import signal
import sys
import threading
from pathlib import Path

from sandbox.payer.desk import Desk

LOOK_SECONDS = 0.2


def main() -> None:
    """Read the command line and watch, or look once."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.payer", description="Payers that answer 837P files.")
    parser.add_argument("--exchange", type=Path, required=True, help="folder with one folder a practice")
    parser.add_argument("--today", type=dt.date.fromisoformat, help="the payers' date, such as 2026-09-30")
    parser.add_argument("--once", action="store_true", help="answer what is there and end")
    options = parser.parse_args()
    try:
        options.exchange.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        parser.error(f"--exchange: {options.exchange} cannot be used as a folder ({failure.strerror})")
    desk = Desk(options.exchange, options.today)
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    desk.sweep()
    while not options.once and not stopping.wait(LOOK_SECONDS):
        desk.sweep()


if __name__ == "__main__":
    main()
