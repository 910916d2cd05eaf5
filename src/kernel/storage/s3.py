"""Object storage in S3, or in anything that speaks its protocol. The calls of the vendor's library block, so they run in threads."""

import asyncio
import base64
import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError

from kernel.clock import wall_now
from kernel.errors import NotFound, Unavailable
from kernel.storage.base import (
    NO_SUCH_FILE,
    PIECE_BYTES,
    Announced,
    Measure,
    Measured,
    Presigned,
    Shown,
    checked_key,
    not_replaced,
)

_MISSING = {"NoSuchKey", "404", "NotFound"}
_EXISTS = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_ENCRYPTION = "AES256"


class S3Store:
    """Objects of one bucket. `client` is an S3 client of `kernel.aws`.

        Writing once is the store's own promise: `If-None-Match: *` refuses a key that exists, and the digest that S3 checks on arrival
    refuses bytes that were changed on the way. An upload by link signs both, with size and media type.

        Every call raises Unavailable when the bucket cannot be reached or used.
    """

    def __init__(self, client: Any, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    async def put(self, key: str, content: bytes) -> None:
        """See ObjectStore. Raises Conflict when the key holds other bytes."""
        await asyncio.to_thread(self._put, checked_key(key), bytes(memoryview(content)))

    async def get(self, key: str) -> bytes:
        """See ObjectStore."""
        return await asyncio.to_thread(self._get, checked_key(key))

    async def copy_to(self, key: str, target: BinaryIO) -> Measured:
        """See ObjectStore."""
        return await asyncio.to_thread(self._copy_to, checked_key(key), target)

    async def delete(self, key: str) -> None:
        """See ObjectStore."""
        await asyncio.to_thread(self._delete, checked_key(key))

    async def presign_get(self, key: str, shown: Shown, *, seconds: int) -> Presigned:
        """See ObjectStore."""
        fixed = {
            "ResponseContentType": shown.content_type,
            "ResponseContentDisposition": shown.disposition,
            "ResponseCacheControl": "no-store",
        }
        url = await self._presign("get_object", checked_key(key), fixed, seconds)
        return Presigned(method="GET", url=url, headers={}, expires_at=_in(seconds))

    async def presign_put(self, key: str, announced: Announced, *, seconds: int) -> Presigned:
        """See ObjectStore. The size is signed too; every HTTP client sends it by itself."""
        checksum = base64.b64encode(bytes.fromhex(announced.sha256)).decode()
        fixed = {
            "ContentLength": announced.size_bytes,
            "ContentType": announced.content_type,
            "ChecksumSHA256": checksum,
            "IfNoneMatch": "*",
            "ServerSideEncryption": _ENCRYPTION,
        }
        headers = {
            "Content-Type": announced.content_type,
            "x-amz-checksum-sha256": checksum,
            "If-None-Match": "*",
            "x-amz-server-side-encryption": _ENCRYPTION,
        }
        url = await self._presign("put_object", checked_key(key), fixed, seconds)
        return Presigned(method="PUT", url=url, headers=headers, expires_at=_in(seconds))

    async def _presign(self, operation: str, key: str, fixed: dict[str, Any], seconds: int) -> str:
        """In a thread, because credentials may have to be renewed for it."""
        parameters = {"Bucket": self._bucket, "Key": key, **fixed}

        def sign() -> str:
            with _asking():
                return str(self._client.generate_presigned_url(operation, Params=parameters, ExpiresIn=seconds))

        return await asyncio.to_thread(sign)

    def _put(self, key: str, content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()
        with _asking():
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=content,
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                    Metadata={"sha256": digest},
                    ServerSideEncryption=_ENCRYPTION,
                )
            except ClientError as refused:
                if _code(refused) not in _EXISTS:
                    raise
                if self._get(key) != content:
                    raise not_replaced() from None

    def _get(self, key: str) -> bytes:
        with _asking():
            return bytes(self._open(key).read())

    def _copy_to(self, key: str, target: BinaryIO) -> Measured:
        measure = Measure(target)
        with _asking():
            for piece in self._open(key).iter_chunks(PIECE_BYTES):
                measure.write(piece)
        return measure.taken()

    def _delete(self, key: str) -> None:
        with _asking():
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def _open(self, key: str) -> Any:
        """The body of an object, to be read to its end."""
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        except ClientError as refused:
            if _code(refused) in _MISSING:
                raise NotFound(NO_SUCH_FILE) from None
            raise


@contextmanager
def _asking() -> Iterator[None]:
    """What keeps us from the bucket is told by its name alone: the vendor's sentences hold addresses and keys."""
    try:
        yield
    except ClientError as refused:
        raise Unavailable(f"the file store does not answer as asked ({_code(refused)}); try again later") from refused
    except BotoCoreError as error:
        name = type(error).__name__
        raise Unavailable(f"the file store does not answer as asked ({name}); try again later") from error


def _code(refused: ClientError) -> str:
    return str(refused.response["Error"]["Code"])


def _in(seconds: int) -> dt.datetime:
    return wall_now() + dt.timedelta(seconds=seconds)
