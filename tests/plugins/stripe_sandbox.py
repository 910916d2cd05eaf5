"""The Stripe stand-in as a real process, and a small server that receives its webhooks.

with WebhookReceiver() as receiver, StripeSandbox(tmp_path, receiver.url) as sandbox:
    gateway = StripeGateway(api_key="sk_test_x", webhook_secret=sandbox.webhook_secret, api_base=sandbox.url)
"""

import http.client
import json
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

_START_WITHIN_SECONDS = 20
_STOP_WITHIN_SECONDS = 10

GOOD_CARD = {
    "email": "pat@example.com",
    "card_number": "4242 4242 4242 4242",
    "card_expiry": "04 / 39",
    "card_cvc": "123",
    "billing_name": "Pat Example",
    "billing_postal_code": "60614",
}
"""A card form that is paid; replace `card_number` for other answers of the bank."""
DECLINED_NUMBER = "4000 0000 0000 0002"
INSUFFICIENT_FUNDS_NUMBER = "4000 0000 0000 9995"


class PageAnswer(NamedTuple):
    """What the hosted page answered: status, where it sends the browser, and its HTML."""

    status: int
    location: str | None
    html: str


class StripeSandbox:
    """The stand-in between `start` and `stop`; it may be killed and started again on its state folder."""

    def __init__(self, folder: Path, webhook_url: str, port: int | None = None) -> None:
        self.port = free_port() if port is None else port
        self.url = f"http://127.0.0.1:{self.port}"
        self.webhook_secret = f"whsec_{secrets.token_hex(16)}"
        self.state = folder / "stripe"
        self._webhook_url = webhook_url
        self._secret_file = folder / "webhook-secret"
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: TracebackType | type[BaseException] | BaseException | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and wait for its `ready` line."""
        self._secret_file.parent.mkdir(parents=True, exist_ok=True)
        self._secret_file.write_text(self.webhook_secret, encoding="utf-8")
        command = [sys.executable, "-m", "sandbox.stripe", "--port", str(self.port), "--state", str(self.state)]
        command += ["--webhook-url", self._webhook_url, "--webhook-secret-file", str(self._secret_file)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], _START_WITHIN_SECONDS)
        line = self._process.stdout.readline() if readable else ""
        if line != f"ready {self.url}\n":
            self.kill()
            raise RuntimeError(f"The Stripe stand-in did not start; it said {line!r}.")

    def stop(self) -> int | None:
        """Ask it to stop, and answer its exit status; nothing happens when it does not run."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int | None:
        """End it as a crash would."""
        return self._end(signal.SIGKILL)

    def show(self, checkout_url: str) -> PageAnswer:
        """Open the hosted page, as a browser without script would."""
        return _page("GET", checkout_url, None)

    def submit(self, checkout_url: str, fields: Mapping[str, str]) -> PageAnswer:
        """Send the hosted page's card form, without following where it leads."""
        return _page("POST", checkout_url, fields)

    def redeliver(self, event_id: str) -> dict[str, Any]:
        """Have an event delivered once more, now; answers the receiver's status."""
        answer = _page("POST", f"{self.url}/_sandbox/events/{event_id}/deliver", {})
        body: dict[str, Any] = json.loads(answer.html)
        return body

    def _end(self, number: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        process.send_signal(number)
        try:
            return process.wait(_STOP_WITHIN_SECONDS)
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


class Delivery(NamedTuple):
    """A webhook as it arrived."""

    payload: bytes
    signature: str

    @property
    def event(self) -> dict[str, Any]:
        """The event, unchecked."""
        body: dict[str, Any] = json.loads(self.payload)
        return body


class WebhookReceiver:
    """A web server on a free loopback port that keeps what arrives, and refuses as often as it was told to."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.refuse_next = 0
        self._changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name http.server asks for
                payload = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver._take(Delivery(payload, self.headers["Stripe-Signature"])))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server uses
                """Tests say what arrived; the server need not."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/stripe"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: TracebackType | type[BaseException] | BaseException | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait_for(self, *kinds: str, where: Callable[[dict[str, Any]], bool] = lambda _: True) -> list[Delivery]:
        """The first delivery of each kind about which `where` holds; fails after twenty seconds without them."""
        deadline = time.monotonic() + 20
        with self._changed:
            while True:
                found = [self._first(kind, where) for kind in kinds]
                complete = [delivery for delivery in found if delivery is not None]
                if len(complete) == len(kinds):
                    return complete
                if not self._changed.wait(deadline - time.monotonic()):
                    arrived = [delivery.event["type"] for delivery in self.deliveries]
                    raise AssertionError(f"waited for {kinds}, and only {arrived} arrived")

    def of_kind(self, kind: str) -> list[Delivery]:
        """What arrived so far of one kind."""
        with self._changed:
            return [delivery for delivery in self.deliveries if delivery.event["type"] == kind]

    def _first(self, kind: str, where: Callable[[dict[str, Any]], bool]) -> Delivery | None:
        for delivery in self.deliveries:
            if delivery.event["type"] == kind and where(delivery.event):
                return delivery
        return None

    def _take(self, delivery: Delivery) -> int:
        with self._changed:
            if self.refuse_next > 0:
                self.refuse_next -= 1
                return 503
            self.deliveries.append(delivery)
            self._changed.notify_all()
            return 200


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _page(method: str, url: str, fields: Mapping[str, str] | None) -> PageAnswer:
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        body = None if fields is None else urllib.parse.urlencode(fields)
        connection.request(method, parts.path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        response = connection.getresponse()
        return PageAnswer(response.status, response.getheader("Location"), response.read().decode())
    finally:
        connection.close()
