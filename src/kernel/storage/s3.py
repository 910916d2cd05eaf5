"""Object storage in S3, or in anything that speaks its protocol. The calls of the vendor's library block, so they run in threads."""

import asyncio
import hashlib
from typing import Any

from botocore.exceptions import ClientError

from kernel.errors import Conflict, NotFound
from kernel.storage.base import checked_key

_MISSING = {"NoSuchKey", "404", "NotFound"}
_EXISTS = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


class S3Store:
    """Objects of one bucket. `client` is an S3 client of `kernel.aws`.

    Writing once is the store's own promise: `If-None-Match: *` refuses a key that exists, and the digest that S3 checks on arrival
    refuses bytes that were changed on the way.
    """

    def __init__(self, client: Any, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    async def put(self, key: str, content: bytes) -> None:
        """See ObjectStore. Raises Conflict when the key holds other bytes."""
        await asyncio.to_thread(self._put, checked_key(key), bytes(memoryview(content)))

    async def get(self, key: str) -> bytes:
        """See ObjectStore."""
        return await asyncio.to_thread(self._get, checked_key(key))

    def _put(self, key: str, content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                IfNoneMatch="*",
                ChecksumAlgorithm="SHA256",
                Metadata={"sha256": digest},
                ServerSideEncryption="AES256",
            )
        except ClientError as refused:
            if _code(refused) not in _EXISTS:
                raise
            if self._get(key) != content:
                raise Conflict("a stored file cannot be replaced by other content") from None

    def _get(self, key: str) -> bytes:
        try:
            content: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as refused:
            if _code(refused) in _MISSING:
                raise NotFound("no such stored file") from None
            raise
        return content


def _code(refused: ClientError) -> str:
    return str(refused.response["Error"]["Code"])
