"""Whose address is counted and recorded behind a reverse proxy: the real server, asked from two addresses of the loopback network."""

from collections.abc import Iterator

import psycopg
import pytest
from tests.api.server import Server, serving

from kernel.settings import Settings

pytestmark = pytest.mark.slow

PROXY, STRANGER = "127.0.0.2", "127.0.0.3"
BURST = 4


@pytest.fixture(scope="module", params=["x-forwarded-for", "forwarded"])
def header(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(settings: Settings, header: str) -> Iterator[Server]:
    """A server with one trusted proxy, where an address gets a few requests and no more."""
    web = {"trusted_proxies": f'["{PROXY}/32"]', "proxy_header": header}
    with serving(settings, web=web, address_per_second=0.001, address_burst=BURST) as running:
        yield running


def naming(header: str, *addresses: str) -> dict[str, str]:
    if header == "forwarded":
        return {"Forwarded": ", ".join(f"for={one}" for one in addresses)}
    return {"X-Forwarded-For": ", ".join(addresses)}


def recorded(admin_url: str, settings: Settings, answer: dict[str, str]) -> str:
    """The address in the audit event of a refused request."""
    address = psycopg.conninfo.make_conninfo(admin_url, dbname=settings.database.name)
    with psycopg.connect(address) as admin:
        found = admin.execute("select address from app.audit_event where request_id = %s", [answer["x-request-id"]])
        return str(found.fetchone()[0])  # type: ignore[index]


def test_the_proxys_word_is_recorded_and_a_strangers_is_not(
    server: Server, header: str, admin_url: str, settings: Settings
) -> None:
    said = naming(header, "203.0.113.1", "198.51.100.7")
    believed = server.get("/api/v1/session", said, source=PROXY)
    ignored = server.get("/api/v1/session", said, source=STRANGER)
    assert (believed[0], ignored[0]) == (401, 401)
    assert recorded(admin_url, settings, believed[1]) == "198.51.100.7"
    assert recorded(admin_url, settings, ignored[1]) == STRANGER


def test_the_header_that_the_proxy_does_not_write_is_the_senders_own(
    server: Server, header: str, admin_url: str, settings: Settings
) -> None:
    other = {"forwarded": "x-forwarded-for", "x-forwarded-for": "forwarded"}[header]
    answer = server.get("/api/v1/session", naming(other, "203.0.113.9"), source=PROXY)
    both = naming(other, "203.0.113.9") | naming(header, "198.51.100.8")
    assert recorded(admin_url, settings, answer[1]) == PROXY
    assert recorded(admin_url, settings, server.get("/api/v1/session", both, source=PROXY)[1]) == "198.51.100.8"


def test_requests_are_counted_by_whom_the_proxy_names_and_a_stranger_cannot_change_its_name(
    server: Server, header: str
) -> None:
    one_client = [
        server.get("/health/live", naming(header, f"203.0.113.{turn}", "198.51.100.20"), source=PROXY)[0]
        for turn in range(BURST + 1)
    ]
    assert one_client == [200] * BURST + [429]
    assert server.get("/health/live", naming(header, "198.51.100.21"), source=PROXY)[0] == 200
    stranger = [
        server.get("/health/live", naming(header, f"203.0.113.{turn}"), source="127.0.0.4")[0]
        for turn in range(BURST + 1)
    ]
    assert stranger == [200] * BURST + [429]
