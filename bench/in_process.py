"""The whole web application in this process, spoken to as its server does, without a socket between."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import structlog
from litestar import Litestar
from litestar.types import ControllerRouterHandler

from app.asgi import create_app
from app.providers import make_resources
from app.routes import ROUTES
from kernel.logging import configure_logging
from kernel.settings import Settings

MANY = 1_000_000


class UnexpectedStatus(Exception):
    """A request was not answered as it should be, so its time would say nothing."""


class Web:
    """A running application, and the session of whoever signed in."""

    def __init__(self, app: Litestar, origin: str) -> None:
        self._app = app
        self._headers = [(b"host", origin.removeprefix("http://").encode()), (b"origin", origin.encode())]

    async def sign_in(self, email: str, password: str) -> None:
        """From now on every request carries this person's cookie."""
        answer = await self.post("/api/v1/session", {"email": email, "password": password}, status=201)
        cookie = SimpleCookie(dict(answer["headers"])[b"set-cookie"].decode())
        pair = "; ".join(f"{name}={one.value}" for name, one in cookie.items())
        self._headers.append((b"cookie", pair.encode()))

    async def post(self, path: str, body: Mapping[str, str] | None = None, *, status: int) -> Mapping[str, Any]:
        """Send one request; how its answer starts. Raises UnexpectedStatus for any other."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = [*self._headers, (b"content-length", str(len(content)).encode())]
        if body is not None:
            headers.append((b"content-type", b"application/json"))
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http", "path": path,
            "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers, "client": ("127.0.0.1", 40_000),
            "server": ("127.0.0.1", 80),
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)  # type: ignore[arg-type]
        started: Mapping[str, Any] = sent[0]
        if started["status"] != status:
            raise UnexpectedStatus(f"{path} was answered with {started['status']}")
        return started


@asynccontextmanager
async def in_process(settings: Settings, *routes: ControllerRouterHandler) -> AsyncIterator[Web]:
    """Start the application with these routes besides its own. It logs as in production, into a file of the installation."""
    own = settings.model_copy(deep=True)
    own.limits.address_per_second = own.limits.address_burst = MANY
    own.limits.caller_per_second = own.limits.caller_burst = MANY
    _log_into(own.home / "requests.log")
    app = create_app(make_resources(own), (*ROUTES, *routes))
    async with app.lifespan():
        yield Web(app, own.web.public_url)


def _log_into(path: Path) -> None:
    """Loggers keep the file for as long as the process lives."""
    configure_logging()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(path.open("w", encoding="utf-8")))
