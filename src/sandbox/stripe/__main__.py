"""``python -m sandbox.stripe``: start the stand-in; it prints ``ready http://127.0.0.1:PORT`` when it listens."""

import argparse
import asyncio
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


if __name__ == "__main__":
    main()
