"""A small HTTP load: some connections, each asking for the same thing again as soon as it was answered."""

import asyncio
import time

HEAD_END = b"\r\n\r\n"


class UnexpectedAnswer(Exception):
    """A measured request was not answered with 200, so its rate would say nothing."""


async def rate(port: int, path: str, *, cookie: str = "", connections: int, seconds: float) -> float:
    """Answers a second over this many keep-alive connections. Raises UnexpectedAnswer."""
    lines = [f"GET {path} HTTP/1.1", f"host: 127.0.0.1:{port}", "accept: application/json"]
    if cookie:
        lines.append(f"cookie: {cookie}")
    request = "\r\n".join([*lines, "", ""]).encode()
    until = time.perf_counter() + seconds
    began = time.perf_counter()
    counts = await asyncio.gather(*(_ask(port, request, until) for _ in range(connections)))
    return sum(counts) / (time.perf_counter() - began)


async def _ask(port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = 0
    try:
        while time.perf_counter() < until:
            writer.write(request)
            head = await reader.readuntil(HEAD_END)
            if not head.startswith(b"HTTP/1.1 200"):
                raise UnexpectedAnswer(head.partition(b"\r\n")[0].decode())
            await reader.readexactly(_length(head))
            answered += 1
    finally:
        writer.close()
        await writer.wait_closed()
    return answered


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0])
