"""Keys and copies in AWS: Ed25519 signatures by KMS, checkpoints in an S3 bucket with object lock.

KMS signs (key spec ECC_NIST_EDWARDS25519, algorithm ED25519_SHA_512 over the raw message, which is RFC 8032's Ed25519), rather than
wrapping a key that we would hold: a key that nobody ever had cannot be stolen, and clients verify as before.
"""

import asyncio
import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from audit.witness import is_witness_name
from kernel.clock import wall_now
from kernel.errors import Conflict, NotFound, Unavailable

LOCKED_YEARS = 7
"""Longer than events are kept, so that what was sealed last can be shown until its events go."""
_DAYS_A_YEAR = 366
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}


class KmsSigner:
    """One key of KMS."""

    def __init__(self, client: Any, key_id: str, public_key: str) -> None:
        self._client = client
        self._key_id = key_id
        self.public_key = public_key

    async def sign(self, message: bytes) -> bytes:
        """See Signer."""
        with _answering("KMS does not sign"):
            answer = await asyncio.to_thread(
                self._client.sign,
                KeyId=self._key_id,
                Message=message,
                MessageType="RAW",
                SigningAlgorithm="ED25519_SHA_512",
            )
        return bytes(answer["Signature"])


class KmsSigners:
    """The keys named in the settings, oldest first; to change keys, make one in KMS and add it at the end."""

    def __init__(self, client: Any, key_ids: Sequence[str]) -> None:
        self._client = client
        self._key_ids = key_ids
        self._known: dict[str, KmsSigner] = {}

    async def first(self) -> KmsSigner:
        """See Signers."""
        return await self._signer(self._key_ids[0])

    async def of(self, public_key: str) -> KmsSigner:
        """See Signers."""
        for key_id in self._key_ids:
            signer = await self._signer(key_id)
            if signer.public_key == public_key:
                return signer
        raise Conflict(f"none of the KMS keys in the settings is {public_key}, which must sign next")

    async def new(self) -> KmsSigner:
        """See Signers. Raises Conflict when only one key is named."""
        if len(self._key_ids) == 1:
            raise Conflict("name the new KMS key after the present one in BILLWRIGHT_AUDIT__KMS_KEYS")
        return await self._signer(self._key_ids[-1])

    async def _signer(self, key_id: str) -> KmsSigner:
        if key_id not in self._known:
            with _answering(f"KMS does not show the public half of key {key_id}"):
                answer = await asyncio.to_thread(self._client.get_public_key, KeyId=key_id)
            public = load_der_public_key(answer["PublicKey"])
            if not isinstance(public, Ed25519PublicKey):
                raise Conflict(f"KMS key {key_id} is no Ed25519 key; make one of spec ECC_NIST_EDWARDS25519")
            raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
            self._known[key_id] = KmsSigner(self._client, key_id, raw)
        return self._known[key_id]


class S3Witness:
    """Copies in a bucket with object lock in compliance mode: for seven years nobody deletes one, the account's owner included."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def put(self, name: str, content: bytes) -> None:
        """See WitnessStore."""
        with _answering("the bucket of copies takes no copy"):
            if await asyncio.to_thread(self._put, name, content):
                return
        if await self.get(name) != content:
            raise Conflict("another checkpoint of this number is kept already: the log has forked")

    async def get(self, name: str) -> bytes:
        """See WitnessStore. The first version counts: a later one under the same key is somebody's attempt to hide it."""
        with _answering("the bucket of copies shows no copy"):
            found = await asyncio.to_thread(self._first_version, name)
        if found is None:
            raise NotFound("no such copy")
        return found

    async def names_after(self, name: str) -> list[str]:
        """See WitnessStore. Copies that somebody marked as deleted are there: their versions cannot be."""
        with _answering("the bucket of copies does not list them"):
            return await asyncio.to_thread(self._list, name)

    def _put(self, name: str, content: bytes) -> bool:
        """Whether it was written; not when the key is taken."""
        until = wall_now().replace(microsecond=0) + dt.timedelta(days=LOCKED_YEARS * _DAYS_A_YEAR)
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=name,
                Body=content,
                ContentType="application/json",
                IfNoneMatch="*",
                ChecksumAlgorithm="SHA256",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=until,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in _TAKEN:
                raise
            return False
        return True

    def _first_version(self, name: str) -> bytes | None:
        listed = self._client.list_object_versions(Bucket=self._bucket, Prefix=name)
        versions = [one for one in listed.get("Versions", ()) if one["Key"] == name]
        if not versions:
            return None
        # The newest comes first; times are whole seconds, so among equals the order says which was first.
        first = min(reversed(versions), key=lambda one: one["LastModified"])
        answer = self._client.get_object(Bucket=self._bucket, Key=name, VersionId=first["VersionId"])
        return bytes(answer["Body"].read())

    def _list(self, name: str) -> list[str]:
        start = {"KeyMarker": name} if name else {}
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, **start)
        found = {one["Key"] for page in pages for one in page.get("Versions", ())}
        return sorted(one for one in found if one > name and is_witness_name(one))


@contextmanager
def _answering(failed: str) -> Iterator[None]:
    """Says in our words that AWS does not do what was asked. Raises Unavailable."""
    try:
        yield
    except ClientError as error:
        raise Unavailable(f"{failed}: {error.response['Error']['Code']}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{failed}: {type(error).__name__}") from error
