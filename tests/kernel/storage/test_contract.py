"""What every object store promises, held against the folder and against S3's protocol on a real socket."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.plugins.aws import AwsServer

from app.providers import make_store
from kernel.aws import aws_client
from kernel.errors import Conflict, NotFound, Unavailable
from kernel.ids import new_id
from kernel.settings import Settings
from kernel.storage.base import ObjectStore
from kernel.storage.folder import FolderStore
from kernel.storage.s3 import S3Store

KEY = "practice/edi/one.edi"


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    """One of each kind, empty."""
    if request.param == "folder":
        yield FolderStore(tmp_path / "store")
        return
    server: AwsServer = request.getfixturevalue("aws")
    client, bucket = aws_client("s3", server.settings), f"files-{new_id()}"
    client.create_bucket(Bucket=bucket)
    yield S3Store(client, bucket)
    client.close()


async def test_what_was_put_is_got(store: ObjectStore) -> None:
    await store.put(KEY, b"ISA*00")
    await store.put(KEY, b"ISA*00")
    assert await store.get(KEY) == b"ISA*00"


async def test_other_bytes_under_a_key_are_refused_and_the_first_stay(store: ObjectStore) -> None:
    await store.put(KEY, b"ISA*00")
    with pytest.raises(Conflict, match="cannot be replaced"):
        await store.put(KEY, b"ISA*01")
    assert await store.get(KEY) == b"ISA*00"


async def test_of_many_writers_one_wins(store: ObjectStore) -> None:
    contents = [bytes([number]) * 100_000 for number in range(4)]
    outcomes = await asyncio.gather(*(store.put(KEY, one) for one in contents), return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict"] * 3 + ["NoneType"]
    assert await store.get(KEY) == contents[outcomes.index(None)]


async def test_only_bytes_are_kept(store: ObjectStore) -> None:
    with pytest.raises(TypeError):
        await store.put(KEY, "text is not bytes")  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        await store.get(KEY)


@pytest.mark.parametrize(
    "key", ["../outside", "a/../../outside", "/etc/outside", "a//b", "", ".", "a/./b", "k" * 1_001]
)
async def test_a_key_that_leads_elsewhere_is_no_key(store: ObjectStore, key: str) -> None:
    with pytest.raises(NotFound):
        await store.get(key)
    with pytest.raises(NotFound):
        await store.put(key, b"x")


async def test_what_was_never_put_is_not_found(store: ObjectStore) -> None:
    with pytest.raises(NotFound, match="no such stored file"):
        await store.get(KEY)


async def test_settings_choose_the_store(settings: Settings, aws: AwsServer) -> None:
    own = settings.model_copy(deep=True)
    assert isinstance(make_store(own), FolderStore)
    own.storage.bucket, own.aws = "files", aws.settings
    assert isinstance(make_store(own), S3Store)


@pytest.mark.parametrize("fault", ["no such bucket", "nobody listens"])
async def test_a_bucket_that_cannot_be_used_is_said_without_its_name(aws: AwsServer, fault: str) -> None:
    client, bucket = aws_client("s3", aws.settings), f"files-{new_id()}"
    client.create_bucket(Bucket=bucket)
    await S3Store(client, bucket).put(KEY, b"ISA*00")
    client.close()
    settings = aws.settings.model_copy()
    if fault == "no such bucket":
        bucket = f"none-{new_id()}"
    else:
        settings.endpoint_url = "http://127.0.0.1:9"
    away = aws_client("s3", settings)
    store = S3Store(away, bucket)
    for ask in (store.put(KEY, b"ISA*00"), store.get(KEY), store.copy_to(KEY, io.BytesIO()), store.delete(KEY)):
        with pytest.raises(Unavailable, match="the file store does not answer as asked") as refused:
            await ask
        assert bucket not in str(refused.value)
    away.close()
