"""`python -m sandbox.payer --exchange FOLDER --today 2026-09-30`: answers files of claims until it is told to stop."""

import argparse
import datetime as dt
import signal
import sys
import threading
from pathlib import Path

from sandbox.payer.exchange import Exchange

REST_SECONDS = 0.2


def main() -> None:
    """Watch the exchange folder; `--once` answers what is there and ends."""
    parser = argparse.ArgumentParser(prog="sandbox.payer", description=__doc__)
    parser.add_argument("--exchange", type=Path, required=True, help="the folder with one folder a practice")
    parser.add_argument("--today", type=dt.date.fromisoformat, required=True, help="the date of the answers")
    parser.add_argument("--once", action="store_true", help="answer what is there, then end")
    options = parser.parse_args()
    options.exchange.mkdir(parents=True, exist_ok=True)
    exchange = Exchange(options.exchange, options.today)
    if options.once:
        exchange.answer_waiting()
        return
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not stopping.wait(REST_SECONDS):
        exchange.answer_waiting()


if __name__ == "__main__":
    main()
