"""Addresses that try to leave the folder they are about, in every spelling: each is an ordinary 404 or no request at all."""

import itertools
import re
from collections.abc import Iterator

import httpx
import pytest
from tests.api.server import Server, serving
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web

from kernel.ids import new_id
from kernel.settings import Settings
from ui.static_files import PREFIX, static_url

UP = [
    "..", "%2e%2e", "%2E%2e", ".%2e", "%252e%252e", "..%00", "..;", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae", "%uff0e%uff0e",
    "....", "..\\", "..%5c", "%5c..", ".. ", "..%09",
]  # fmt: skip
SLASH = ["/", "%2f", "%252f", "%5c", "//", "%c0%af"]
ROOTS = [PREFIX, "/api/v1/openapi/", "/files/", "/bill/link/", "/"]
ABSOLUTE = [
    "/static//etc/passwd",
    "/static/%2fetc%2fpasswd",
    "/static/file:///etc/passwd",
    "//etc/passwd",
    "/static/C:%5cboot.ini",
]
FORBIDDEN = (b"root:", b"Traceback", b"FileNotFoundError", b"/home", b".py")


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[Server]:
    """The real server: clients tidy addresses up before they send them."""
    with serving(settings, address_per_second=10_000.0, address_burst=10_000) as running:
        yield running


def asked(server: Server, path: str) -> tuple[int, bytes]:
    answer = server.raw(
        b"GET " + path.encode("latin-1") + b" HTTP/1.1\r\nHost: billwright.test\r\nConnection: close\r\n\r\n"
    )
    found = re.match(rb"HTTP/1.1 (\d+)", answer)
    assert found is not None, (path, answer)
    return int(found[1]), answer


def ways_out() -> Iterator[str]:
    for root, up, slash in itertools.product(ROOTS, UP, SLASH):
        yield root + (up + slash) * 6 + "etc/passwd"
    yield from ABSOLUTE


def test_no_spelling_of_an_address_leaves_its_folder(server: Server) -> None:
    assert asked(server, static_url("app.css"))[0] == 200
    wrong = {}
    for path in ways_out():
        status, answer = asked(server, path)
        if status not in {400, 404} or any(word in answer for word in FORBIDDEN):
            wrong[path] = (status, answer[:300])
    assert wrong == {}


async def test_an_id_with_something_behind_it_is_none(web: Web, tenant: Tenant) -> None:
    """So that what a guard compares is what a query asks for."""
    biller: httpx.AsyncClient = await web.signed_in(tenant, "biller")
    own = str(tenant.practice_id)
    assert (await biller.get(f"/api/v1/practices/{own}")).status_code == 200
    for other in (f"{own}%00", f"{own}%20", f"{own};a=b", f"{own}%2f..%2f{new_id()}"):
        assert (await biller.get(f"/api/v1/practices/{other}")).status_code in {400, 404}, other
