"""Bodies that two readers would understand differently, or none at all: refused with words, and nothing is done."""

import codecs
import json
import re
from collections.abc import Iterator

import httpx
import pytest
from tests.api.server import Server, serving
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, base_of

from kernel.settings import Settings

PROVIDER = {"npi": "2999909023", "last_name": "Okafor", "first_name": "Ines", "taxonomy": "207Q00000X"}
WHOLE = json.dumps(PROVIDER).encode()
JSON = "application/json"

REFUSED = {
    "a name twice": (WHOLE[:-1] + b', "npi": "2999901012"}', JSON, 400, "stands twice"),
    "a name twice, once escaped": (WHOLE[:-1] + b', "n\\u0070i": "2999901012"}', JSON, 400, "stands twice"),
    "a mark before it": (codecs.BOM_UTF8 + WHOLE, JSON, 400, "byte order mark"),
    "UTF-16": (WHOLE.decode().encode("utf-16"), JSON, 400, "byte order mark"),
    "UTF-16 without a mark": (WHOLE.decode().encode("utf-16-be"), JSON, 400, ""),
    "UTF-32": (WHOLE.decode().encode("utf-32"), JSON, 400, "byte order mark"),
    "Windows-1252": (WHOLE.replace(b"Ines", "Zoë".encode("cp1252")), JSON, 400, "not UTF-8: byte 63"),
    "an overlong slash": (WHOLE.replace(b"Ines", b"\xc0\xaf"), JSON, 400, "not UTF-8"),
    "half a character": (WHOLE.replace(b"Ines", b"\xe2\x82"), JSON, 400, "not UTF-8"),
    "half of a pair": (WHOLE.replace(b"Ines", b"\\ud800"), JSON, 400, ""),
    "a charset that is not": (WHOLE, f"{JSON}; charset=iso-8859-1", 415, "UTF-8 alone"),
    "a charset in quotes": (WHOLE, f'{JSON}; v=1; Charset="UTF-16"', 415, "UTF-8 alone"),
    "a form": (b"npi=2999909023", "application/x-www-form-urlencoded", 415, "Content-Type: application/json"),
    "no type": (WHOLE, "", 415, "Content-Type: application/json"),
    "two values": (WHOLE + WHOLE, JSON, 400, ""),
    "a comment": (b"/* npi */" + WHOLE, JSON, 400, ""),
    "no number": (WHOLE.replace(b'"Ines"', b"NaN"), JSON, 400, ""),
    "a NUL": (WHOLE.replace(b"Ines", b"In\\u0000es"), JSON, 422, "control characters"),
    "XML": (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "text/xml",
        415,
        "JSON",
    ),
}


async def sent(head: httpx.AsyncClient, tenant: Tenant, body: bytes, kind: str) -> httpx.Response:
    headers = {"Content-Type": kind} if kind else {}
    return await head.post(f"{base_of(tenant)}/providers", content=body, headers=headers)


async def providers(head: httpx.AsyncClient, tenant: Tenant) -> list[str]:
    return [one["npi"] for one in (await head.get(f"{base_of(tenant)}/providers")).json()["items"]]


@pytest.mark.parametrize("what", REFUSED)
async def test_a_body_that_cannot_be_understood_in_one_way_is_refused(web: Web, tenant: Tenant, what: str) -> None:
    body, kind, status, named = REFUSED[what]
    head = await web.signed_in(tenant, "administrator")
    answer = await sent(head, tenant, body, kind)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert named in answer.json()["detail"]
    assert await providers(head, tenant) == []
    assert (await sent(head, tenant, WHOLE, f"{JSON}; charset=utf-8")).status_code == 201
    assert await providers(head, tenant) == [PROVIDER["npi"]]


async def test_a_name_that_stands_twice_is_pointed_at(web: Web, tenant: Tenant) -> None:
    head = await web.signed_in(tenant, "administrator", company_wide=True)
    body = b'{"email":"sam@northgate.example","display_name":"Sam","reason":"new","roles":[{"role":"biller","role":"auditor"}]}'
    answer = await head.post("/api/v1/invitations", content=body, headers={"Content-Type": JSON})
    assert answer.status_code == 400
    (fault,) = answer.json()["errors"]
    assert (fault["source"], fault["pointer"]) == ("body", "/roles/0/role")
    assert (await head.get("/api/v1/invitations")).json()["items"] == []


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[Server]:
    """The real server, which waits less than the default for bodies."""
    with serving(settings, body_idle_seconds=1.0, address_per_second=10_000.0, address_burst=10_000) as running:
        yield running


SESSION = b"POST /api/v1/session HTTP/1.1\r\nHost: billwright.test\r\nSec-Fetch-Site: none\r\nContent-Type: application/json\r\n"
CREDENTIALS = b'{"email": "nobody@northgate.example", "password": "no"}'
LENGTHS = {
    "right": (b"Content-Length: %d" % len(CREDENTIALS), {401}),
    "too long": (b"Content-Length: %d" % (len(CREDENTIALS) + 10), {408}),
    "too short": (b"Content-Length: %d" % (len(CREDENTIALS) - 10), {400}),
    "negative": (b"Content-Length: -1", {400}),
    "signed": (b"Content-Length: +55", {400}),
    "no number": (b"Content-Length: many", {400}),
    "two that differ": (b"Content-Length: 55\r\nContent-Length: 5", {400}),
    "in a list": (b"Content-Length: 55, 5", {400}),
    "hexadecimal": (b"Content-Length: 0x37", {400}),
    "beyond every number": (b"Content-Length: " + b"9" * 40, {400, 413}),
    "with chunks": (b"Content-Length: 5\r\nTransfer-Encoding: chunked", {400}),
    "none": (b"X-Length: 55", {400}),
}


@pytest.mark.parametrize("what", LENGTHS)
def test_a_length_that_is_not_the_bodys_never_makes_two_requests_of_one(server: Server, what: str) -> None:
    """What follows the body must not be taken for the next request's beginning (request smuggling, RFC 9112, 6.3)."""
    header, statuses = LENGTHS[what]
    answer = server.raw(SESSION + header + b"\r\n\r\n" + CREDENTIALS)
    first, *more = [int(one) for one in re.findall(rb"HTTP/1.1 (\d+)", answer)]
    assert first in statuses, answer
    assert set(more) <= {400}, "what is left over is no request"
