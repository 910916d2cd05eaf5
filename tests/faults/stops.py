"""The web process stopped while many ask it to write: what became of each request, as its sender saw it and as the books say."""

import asyncio
import random
from collections import Counter

import msgspec
from tests.faults.processes import Running

from kernel.ids import new_id

CLIENTS = 8
HEAD_END = b"\r\n\r\n"


class Seen(msgspec.Struct):
    """Codes by what their senders saw: answered with 201, answered otherwise, a part of an answer, or nothing on an open connection."""

    made: set[str] = msgspec.field(default_factory=set)
    refused: dict[str, int] = msgspec.field(default_factory=dict)
    broken: set[str] = msgspec.field(default_factory=set)
    unanswered: set[str] = msgspec.field(default_factory=set)


async def stop_under_load(process: Running, port: int, cookie: str) -> Seen:
    """Many clients add payers one after the other; the process is told to stop somewhere in between, and ends."""
    seen = Seen()
    clients = [asyncio.create_task(_ask_on(port, cookie, seen)) for _ in range(CLIENTS)]
    while not seen.made:
        await asyncio.sleep(0.02)
        assert seen.refused == {}
        assert not all(one.done() for one in clients), seen
    await asyncio.sleep(random.uniform(0, 0.5))
    process.tell()
    assert await asyncio.to_thread(process.end) == 0, process.said()
    await asyncio.gather(*clients)
    return seen


async def _ask_on(port: int, cookie: str, seen: Seen) -> None:
    """One connection after the other, each used for as long as the server keeps it; until no connection is taken any more."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return
        try:
            while await _ask(reader, writer, cookie, seen):
                pass
        finally:
            writer.close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cookie: str, seen: Seen) -> bool:
    """One request; whether the connection can be used for another."""
    code = f"P{new_id().hex[-11:]}".upper()
    body = msgspec.json.encode(
        {
            "code": code,
            "name": "Blue Heron Health Plan",
            "kind": "commercial",
            "edi_id": "90003",
            "timely_filing_days": 180,
        }
    )
    lines = [
        "POST /api/v1/payers HTTP/1.1", "Host: 127.0.0.1", "Sec-Fetch-Site: same-origin", f"Cookie: {cookie}",
        "Content-Type: application/json", f"Content-Length: {len(body)}",
    ]  # fmt: skip
    head = b""
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = await reader.readuntil(HEAD_END)
        await reader.readexactly(_length(head))
    except asyncio.IncompleteReadError as broken:
        (seen.broken if head or broken.partial else seen.unanswered).add(code)
        return False
    except ConnectionError:
        (seen.broken if head else seen.unanswered).add(code)
        return False
    status = int(head.split(b" ", 2)[1])
    if status == 201:
        seen.made.add(code)
    else:
        seen.refused[code] = status
    return b"connection: close" not in head.lower()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0])


def counted(turns: list[Seen], written: set[str]) -> Counter[str]:
    """Requests by outcome over all turns, against what was written."""
    sums: Counter[str] = Counter(turns=len(turns))
    for seen in turns:
        sums["answered: made"] += len(seen.made)
        sums["answered: refused"] += len(seen.refused)
        sums["broken answers"] += len(seen.broken)
        sums["never taken, nothing written"] += len(seen.unanswered - written)
        sums["written without an answer"] += len((seen.unanswered | seen.broken | seen.refused.keys()) & written)
        sums["answered and not written"] += len(seen.made - written)
    return sums
