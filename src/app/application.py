"""Litestar, answering HEAD wherever it answers GET."""

from typing import Any, cast

from litestar import Litestar
from litestar.types import Message, Send


class Application(Litestar):
    """The web application. A HEAD is a GET whose answer leaves without its body (RFC 9110, 9.3.2)."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one connection."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        await super().__call__(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = cast("Message", {**message, "body": b""})
        await send(message)

    return send_head
