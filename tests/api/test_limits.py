"""Limits as a stranger meets them: over real sockets, on the real server."""

import json
from collections.abc import Iterator

import pytest
from tests.api.server import Server, serving

from kernel.settings import Settings

pytestmark = pytest.mark.slow

SESSION = b"POST /api/v1/session HTTP/1.1\r\nHost: billwright.test\r\nSec-Fetch-Site: none\r\nContent-Type: application/json\r\n"
ENOUGH = {"address_per_second": 10_000.0, "address_burst": 10_000}


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[Server]:
    """A server that waits less than the default for bodies."""
    with serving(settings, body_idle_seconds=1.0, body_bytes_per_second=1_000.0, **ENOUGH) as running:
        yield running


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def detail_of(answer: bytes) -> str:
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["detail"])


def framed(body: bytes) -> bytes:
    return SESSION + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_an_ordinary_body_is_read_in_one_piece_and_in_several(server: Server) -> None:
    whole = framed(b'{"email": "nobody@northgate.example", "password": "no"}')
    assert status_of(server.raw(whole)) == 401
    assert status_of(server.raw(whole[:-20], whole[-20:], pause_seconds=0.2)) == 401


def test_an_announced_size_over_the_limit_is_refused_before_the_body_comes(server: Server) -> None:
    answer = server.raw(SESSION + b"Content-Length: 2000000\r\n\r\n")
    assert status_of(answer) == 413
    assert "1,000,000 bytes" in detail_of(answer)


def test_a_chunked_body_is_counted_as_it_comes(server: Server) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    answer = server.raw(SESSION + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 40)
    assert status_of(answer) == 413


def test_a_body_that_stops_coming_is_given_up(server: Server) -> None:
    answer = server.raw(framed(b'{"email": "nobody@northgate.example"}')[:-5])
    assert status_of(answer) == 408
    assert "in time" in detail_of(answer)


def test_a_body_that_drips_is_given_up_too(server: Server) -> None:
    whole = framed(b'{"email": "' + b"a" * 200 + b'"}')
    answer = server.raw(whole[:-60], *[bytes([one]) for one in whole[-60:-30]], pause_seconds=0.1)
    assert status_of(answer) == 408


@pytest.mark.parametrize(("body", "named"), [(b"[" * 1_000, "levels"), (b'{"email": ' + b"9" * 500 + b"}", "digits")])
def test_expensive_json_is_refused_unread(server: Server, body: bytes, named: str) -> None:
    answer = server.raw(framed(body))
    assert status_of(answer) == 400
    assert named in detail_of(answer)


def test_headers_have_a_limit_in_size_and_number(server: Server) -> None:
    plain = b"GET /health/live HTTP/1.1\r\nHost: billwright.test\r\n"
    assert status_of(server.raw(plain + b"X-Note: a\r\n\r\n")) == 200
    assert status_of(server.raw(plain + b"X-Note: " + b"a" * 33_000 + b"\r\n\r\n")) == 431
    assert status_of(server.raw(plain + b"".join(b"X-%d: a\r\n" % one for one in range(150)) + b"\r\n")) == 431


def test_a_flood_from_one_address_is_told_when_to_come_back(settings: Settings) -> None:
    with serving(settings, address_per_second=0.5, address_burst=3) as server:
        answers = [server.get("/health/live") for _ in range(4)]
        assert [status for status, _ in answers] == [200, 200, 200, 429]
        first, last = answers[0][1], answers[3][1]
        assert (first["ratelimit-limit"], first["ratelimit-remaining"]) == ("3", "2")
        assert last["ratelimit-remaining"] == "0"
        assert 1 <= int(last["retry-after"]) <= 2
        assert int(last["ratelimit-reset"]) >= 1
        assert last["content-type"].startswith("application/problem+json")
