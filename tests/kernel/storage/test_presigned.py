"""Links to stored files: what they allow, and nothing besides, at the folder's door and at S3's."""

import asyncio
import hashlib
import io
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from tests.kernel.storage.senders import Stored, folder, s3
from tests.plugins.aws import AwsServer

from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.storage.base import Announced, Measured, Presigned, Shown

CONTENT = b"encounter_no,service_date\r\nE-1,2026-03-02\r\n"
SHOWN = Shown(content_type="text/csv", file_name="rejects.csv")
MINUTE = 60


@pytest.fixture
def key() -> str:
    return f"{new_id()}/uploads/{new_id()}"


def announced(content: bytes = CONTENT) -> Announced:
    return Announced(size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), content_type="text/csv")


async def test_what_was_announced_is_put_and_got_by_links_alone(stored: Stored, key: str) -> None:
    link = await stored.store.presign_put(key, announced(), seconds=MINUTE)
    assert (await stored.send(link, CONTENT)).status_code in {200, 204}
    assert await stored.store.get(key) == CONTENT
    answer = await stored.send(await stored.store.presign_get(key, SHOWN, seconds=MINUTE), b"")
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["Content-Type"].partition(";")[0] == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="rejects.csv"'


@pytest.mark.parametrize(
    "content",
    [CONTENT + b"E-2", CONTENT[:-1], CONTENT.replace(b"E-1", b"E-2"), b""],
    ids=["longer", "shorter", "other", "empty"],
)
async def test_a_link_takes_no_other_bytes_than_announced(stored: Stored, key: str, content: bytes) -> None:
    link = await stored.store.presign_put(key, announced(), seconds=MINUTE)
    assert (await stored.send(link, content)).status_code in {400, 403, 422}
    with pytest.raises(NotFound):
        await stored.store.get(key)
    assert (await stored.send(link, CONTENT)).status_code in {200, 204}, "a failed try does not use the link up"


async def test_what_is_there_is_not_replaced_by_link(stored: Stored, key: str) -> None:
    await stored.store.put(key, b"something else")
    link = await stored.store.presign_put(key, announced(), seconds=MINUTE)
    assert (await stored.send(link, CONTENT)).status_code in {409, 412}
    assert await stored.store.get(key) == b"something else"


async def test_of_uploads_at_once_by_one_link_all_leave_the_same_bytes(stored: Stored, key: str) -> None:
    link = await stored.store.presign_put(key, announced(), seconds=MINUTE)
    answers = await asyncio.gather(*(stored.send(link, CONTENT) for _ in range(4)))
    assert {one.status_code for one in answers} <= {200, 204, 412}
    assert min(one.status_code for one in answers) in {200, 204}
    assert await stored.store.get(key) == CONTENT


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_link_is_over_when_its_time_is(stored: Stored, key: str, method: str) -> None:
    if method == "GET":
        await stored.store.put(key, CONTENT)
        link = await stored.store.presign_get(key, SHOWN, seconds=MINUTE)
    else:
        link = await stored.store.presign_put(key, announced(), seconds=MINUTE)
    stored.time.let_pass(MINUTE + 1)
    assert (await stored.send(link, CONTENT if method == "PUT" else b"")).status_code in {403, 404}
    stored.time.let_pass(-MINUTE)
    assert (await stored.send(link, CONTENT if method == "PUT" else b"")).status_code in {200, 204}


async def test_a_link_is_good_for_its_own_method_and_address_alone(stored: Stored, key: str) -> None:
    other = f"{new_id()}/uploads/{new_id()}"
    for one in (key, other):
        await stored.store.put(one, CONTENT)
    to_get = await stored.store.presign_get(key, SHOWN, seconds=MINUTE)
    to_put = await stored.store.presign_put(other, announced(b"new"), seconds=MINUTE)
    for changed in (
        msgspec.structs.replace(to_get, method="PUT"),
        msgspec.structs.replace(to_put, method="GET"),
        msgspec.structs.replace(to_get, url=_bent(to_get.url)),
        msgspec.structs.replace(to_put, url=_bent(to_put.url)),
    ):
        assert (await stored.send(changed, b"new" if changed.method == "PUT" else b"")).status_code in {403, 404}
    assert await stored.store.get(other) == CONTENT
    assert (await stored.send(to_get, b"")).content == CONTENT


def _bent(url: str) -> str:
    """The same address with one letter of its path changed."""
    path = urlsplit(url).path
    before, _, last = path.rpartition("/")
    letter = "B" if last[0] != "B" else "C"
    return url.replace(path, f"{before}/{letter}{last[1:]}", 1)


async def test_every_header_of_an_upload_must_be_sent_as_it_is(aws: AwsServer, key: str) -> None:
    """S3 signs them all; the folder's door knows what was announced from the link itself."""
    async with s3(aws) as stored:
        link = await stored.store.presign_put(key, announced(), seconds=MINUTE)
        for name in link.headers:
            without = {one: value for one, value in link.headers.items() if one != name}
            refused = await stored.send(msgspec.structs.replace(link, headers=without), CONTENT)
            assert refused.status_code == 403, name
        assert (await stored.send(link, CONTENT)).status_code == 200


async def test_an_address_shows_nothing_of_what_it_leads_to(tmp_path: Path, key: str) -> None:
    async with folder(tmp_path / "store") as stored:
        links = [
            await stored.store.presign_get(key, SHOWN, seconds=MINUTE),
            await stored.store.presign_put(key, announced(), seconds=MINUTE),
        ]
    for link in links:
        assert key not in link.url
        assert "rejects" not in link.url
    assert len({link.url for link in links}) == 2


@pytest.mark.parametrize("token", ["", "a", "A" * 60, "%20", "..%2f..%2fsecrets", "é" * 20, "A" * 5_000])
async def test_what_is_no_link_is_nothing(tmp_path: Path, token: str) -> None:
    async with folder(tmp_path / "store") as stored:
        good = await stored.store.presign_get("a/b", SHOWN, seconds=MINUTE)
        for method in ("GET", "PUT"):
            made = Presigned(
                method=method,  # type: ignore[arg-type]
                url=f"{good.url.rpartition('/')[0]}/{token}",
                headers={},
                expires_at=good.expires_at,
            )
            answer = await stored.send(made, b"x" if method == "PUT" else b"")
            assert answer.status_code in {404, 405}, (method, token)
    assert not (tmp_path / "store").exists()


async def test_a_file_is_copied_out_and_measured(stored: Stored, key: str) -> None:
    content = bytes(range(256)) * 10_000
    await stored.store.put(key, content)
    target = io.BytesIO()
    measured = await stored.store.copy_to(key, target)
    assert target.getvalue() == content
    assert measured == Measured(size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(NotFound):
        await stored.store.copy_to("none/such", target)


async def test_what_is_deleted_is_gone_and_deleting_again_is_no_fault(stored: Stored, key: str) -> None:
    await stored.store.put(key, CONTENT)
    for _ in range(2):
        await stored.store.delete(key)
    with pytest.raises(NotFound):
        await stored.store.get(key)


async def test_an_upload_that_fails_leaves_no_draft_behind(tmp_path: Path, key: str) -> None:
    async with folder(tmp_path / "store") as stored:
        link = await stored.store.presign_put(key, announced(), seconds=MINUTE)
        assert (await stored.send(link, b"x" * 10_000)).status_code == 422
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []
