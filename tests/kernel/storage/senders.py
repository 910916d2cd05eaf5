"""Somebody who has a link and nothing else, at either kind of store."""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
from litestar import Litestar
from litestar.datastructures import State
from tests.kernel.storage.signed_s3 import refusal_of
from tests.plugins.aws import AwsServer

from kernel.aws import aws_client
from kernel.clock import wall_now
from kernel.http.bodies import BodyLimits
from kernel.http.problems import answer_problem
from kernel.http.stored_files import download_stored, upload_stored
from kernel.ids import new_id
from kernel.settings import LimitSettings
from kernel.storage.base import ObjectStore, Presigned
from kernel.storage.folder import FolderStore
from kernel.storage.folder_door import FolderDoor
from kernel.storage.s3 import S3Store

ADDRESS = "http://files.test"
Send = Callable[[Presigned, bytes], Awaitable[httpx.Response]]


class Passing:
    """The time, which a test lets pass."""

    def __init__(self) -> None:
        self._passed = dt.timedelta()

    def now(self) -> dt.datetime:
        """The time now."""
        return wall_now() + self._passed

    def let_pass(self, seconds: float) -> None:
        """From now on it is later."""
        self._passed += dt.timedelta(seconds=seconds)


class Stored(msgspec.Struct, frozen=True):
    """A store, how a presigned request is sent to it, and its time."""

    store: ObjectStore
    send: Send
    time: Passing


@asynccontextmanager
async def folder(root: Path) -> AsyncIterator[Stored]:
    """A folder, with our own process at its door."""
    time = Passing()
    store = FolderStore(root, FolderDoor(b"a secret of a test", ADDRESS, time.now))
    app = Litestar(
        route_handlers=[download_stored, upload_stored],
        middleware=[BodyLimits(LimitSettings())],
        exception_handlers={Exception: answer_problem},
        state=State({"store": store}),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as client:

        async def send(asked: Presigned, content: bytes = b"") -> httpx.Response:
            return await client.request(asked.method, asked.url, content=content, headers=dict(asked.headers))

        yield Stored(store, send, time)


@asynccontextmanager
async def s3(server: AwsServer) -> AsyncIterator[Stored]:
    """A bucket of its own at the stand-in, before which stands what S3 would refuse."""
    s3_client, bucket, time = aws_client("s3", server.settings), f"files-{new_id()}", Passing()
    s3_client.create_bucket(Bucket=bucket)
    async with httpx.AsyncClient() as client:

        async def send(asked: Presigned, content: bytes = b"") -> httpx.Response:
            if refused := refusal_of(asked.method, asked.url, asked.headers, content, now=time.now()):
                return httpx.Response(refused[0], text=refused[1])
            return await client.request(asked.method, asked.url, content=content, headers=dict(asked.headers))

        yield Stored(S3Store(s3_client, bucket), send, time)
    s3_client.close()
