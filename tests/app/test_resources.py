"""What a process works with is given back when it ends."""

import asyncio

import pytest
from pydantic import SecretStr
from tests.plugins.web import make_test_resources

from kernel.errors import AppError
from kernel.settings import Settings

REFUSAL = b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


async def test_the_connections_to_the_card_processor_are_closed(settings: Settings) -> None:
    ended = asyncio.Event()

    async def processor(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(REFUSAL)
        await reader.read()  # until the other side hangs up
        writer.close()
        ended.set()

    own = settings.model_copy(deep=True)
    own.stripe.secret_key = SecretStr("sk_test_x")
    async with await asyncio.start_server(processor, "127.0.0.1", 0) as server:
        resources = make_test_resources(own, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(AppError):
            await resources.gateway.read_checkout("cs_test_x")
        assert not ended.is_set()
        await resources.close()
        async with asyncio.timeout(10):
            await ended.wait()
