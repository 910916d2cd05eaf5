"""Cursors that somebody made up, changed, or took from another list: each list takes its own, whole, and nothing else."""

import base64
import uuid
from collections.abc import Iterator

import httpx
import pytest
from tests.api.conftest import Furnished
from tests.api.test_pages import office, paged_paths
from tests.plugins.tenants import MakeTenant, Tenant
from tests.plugins.web import Web

from kernel.http.pages import PageSeal

__all__ = ["office"]

MADE_UP = {
    "empty": "",
    "a number": "2",
    "base64 of a key": base64.urlsafe_b64encode(b'[["str", "10001"]]').decode(),
    "sql": "' or 1=1; --",
    "a NUL": "a\0b",
    "another alphabet": "äöü漢字",
    "padding": "====",
    "long": "A" * 2_000,
    "too long": "A" * 2_001,
    "under another key": PageSeal(b"k" * 32).seal(("10001",), "[]"),
}


def changed(cursor: str) -> Iterator[str]:
    """The cursor with each of its bytes changed, cut off at each length, and made longer."""
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for place in range(len(raw)):
        other = bytearray(raw)
        other[place] ^= 1
        yield base64.urlsafe_b64encode(bytes(other)).decode().rstrip("=")
    yield from (base64.urlsafe_b64encode(raw[:length]).decode() for length in range(len(raw)))
    yield base64.urlsafe_b64encode(raw + b"\0").decode().rstrip("=")
    yield cursor + cursor


async def cursors(client: httpx.AsyncClient, ids: dict[str, uuid.UUID]) -> dict[str, str]:
    """A cursor of every list that has two rows or more, by its address."""
    found = {}
    for path in paged_paths((await client.get("/api/v1/openapi/openapi.json")).json()):
        address = path.format(**ids)
        page = (await client.get(address, params={"limit": 1})).json()
        if page["next"] is not None:
            found[address] = page["next"]
    return found


def refused_as_no_cursor(answer: httpx.Response) -> bool:
    told = [(one["source"], one["pointer"]) for one in answer.json().get("errors", ())]
    return answer.status_code == 400 and told == [("query", "/cursor")]


async def test_a_cursor_of_one_list_opens_no_other(office: tuple[httpx.AsyncClient, Furnished]) -> None:
    boss, ours = office
    own = await cursors(boss, ours.ids)
    assert len(own) >= 8
    for address in own:
        for made_for, cursor in own.items():
            answer = await boss.get(address, params={"cursor": cursor})
            assert (answer.status_code == 200) == (made_for == address), (made_for, address, answer.text)
            assert answer.status_code == 200 or refused_as_no_cursor(answer)


async def test_a_cursor_of_another_company_opens_nothing_here(
    web: Web,
    office: tuple[httpx.AsyncClient, Furnished],
    make_tenant: MakeTenant,
) -> None:
    boss, ours = office
    stranger = await web.signed_in(await make_tenant(), "administrator", company_wide=True)
    for address, cursor in (await cursors(boss, ours.ids)).items():
        assert (await boss.get(address, params={"cursor": cursor})).status_code == 200
        answer = await stranger.get(address, params={"cursor": cursor})
        assert refused_as_no_cursor(answer) or answer.status_code in {403, 404}, (address, answer.text)


@pytest.fixture
async def claims(web: Web, tenant: Tenant) -> tuple[httpx.AsyncClient, str, str]:
    """Somebody, a list of several rows, and a cursor of it."""
    boss = await web.signed_in(tenant, "administrator", company_wide=True)
    for _ in range(2):
        await web.member(tenant, "biller")
    page = (await boss.get("/api/v1/members", params={"limit": 1})).json()
    return boss, "/api/v1/members", page["next"]


async def test_a_changed_cursor_is_none(claims: tuple[httpx.AsyncClient, str, str]) -> None:
    boss, address, cursor = claims
    tried = list(changed(cursor))
    assert len(tried) > 100
    for one in tried:
        assert refused_as_no_cursor(await boss.get(address, params={"cursor": one})), one
    assert (await boss.get(address, params={"cursor": cursor})).status_code == 200


@pytest.mark.parametrize("what", MADE_UP)
async def test_a_cursor_that_was_made_up_is_none(claims: tuple[httpx.AsyncClient, str, str], what: str) -> None:
    boss, address, cursor = claims
    assert refused_as_no_cursor(await boss.get(address, params={"cursor": MADE_UP[what]}))
    both = await boss.get(address, params=[("cursor", cursor), ("cursor", MADE_UP[what])])
    assert refused_as_no_cursor(both)


async def test_a_cursor_tells_the_one_who_holds_it_nothing(claims: tuple[httpx.AsyncClient, str, str]) -> None:
    boss, address, cursor = claims
    name = (await boss.get(address)).json()["items"][0]["display_name"]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert name.encode() not in raw
    assert (await boss.get(address, params={"limit": 1})).json()["next"] != cursor, "it differs each time"
