"""``python -m sandbox.stripe``: start the stand-in; it prints ``ready http://127.0.0.1:PORT`` when it listens."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from sandbox.stripe.server import serve


def main() -> None:
    """Read the command line and serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.stripe", description="A stand-in for Stripe's API.")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1 to listen on")
    parser.add_argument("--state", type=Path, required=True, help="folder that keeps everything between starts")
    parser.add_argument("--webhook-url", required=True, help="where events are delivered")
    parser.add_argument("--webhook-secret-file", type=Path, required=True, help="file with the signing secret")
    options = parser.parse_args()
    try:
        secret = options.webhook_secret_file.read_text(encoding="utf-8").strip()
    except OSError as failure:
        parser.error(f"--webhook-secret-file: cannot read {options.webhook_secret_file} ({failure.strerror})")
    if not secret:
        parser.error(f"--webhook-secret-file: {options.webhook_secret_file} is empty; write whsec_ and random letters")
    try:
        asyncio.run(serve(options.port, options.state, options.webhook_url, secret))
    except OSError as failure:
        parser.exit(
            1, f"The Stripe stand-in cannot start on port {options.port} with {options.state}: {failure.strerror}\n"
        )
    _leave()


def _leave() -> None:
    """End without taking the interpreter apart: everything is stored and closed by now.

    Granian's embedded server leaves threads behind that still hold connections. One that asks for the interpreter while it is
    being taken apart aborts the whole process (granian issue 693; about 1 stop in 15 with connections kept alive).
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
