"""Whoever keeps the keys, the log is signed in the same way: a folder, or KMS (played by moto, which is taught Ed25519)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.kms.models import Key, kms_backends
from tests.audit.sealed_log import SEALER, Log

from audit.aws import KmsSigners
from audit.keys import LocalSigners, Signers
from audit.sealing import rotate_key
from kernel.aws import aws_client
from kernel.db.transaction import open_transaction
from kernel.errors import Conflict
from kernel.settings import AwsSettings

REGION = "us-east-1"
MESSAGE = b"a checkpoint"


class Ed25519InKms:
    """A key as moto keeps one; the algorithm is KMS's name for RFC 8032 over the message itself."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    def sign(self, message: bytes, signing_algorithm: str) -> bytes:
        assert signing_algorithm == "ED25519_SHA_512"
        return self._key.sign(message)

    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[KmsSigners]:
    """Two keys, the second for the day when keys are changed."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr(Key, "signing_algorithms", ["ED25519_SHA_512"])
    with mock_aws():
        client = aws_client("kms", AwsSettings(region=REGION, endpoint_url=""))
        ids = [_key(client.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")) for _ in range(2)]
        yield KmsSigners(client, ids)


def _key(made: dict[str, dict[str, str]]) -> str:
    key_id = made["KeyMetadata"]["KeyId"]
    kms_backends[DEFAULT_ACCOUNT_ID][REGION].keys[key_id].private_key = Ed25519InKms()  # type: ignore[assignment]
    return key_id


@pytest.fixture(params=["folder", "kms"])
def signers(request: pytest.FixtureRequest, tmp_path: Path) -> Signers:
    if request.param == "folder":
        return LocalSigners(tmp_path / "keys")
    found: KmsSigners = request.getfixturevalue("kms")
    return found


def verify(public_key: str, signature: bytes) -> None:
    """Raises when this key did not sign the message."""
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(signature, MESSAGE)


async def test_a_signature_is_ed25519_over_the_message_itself(signers: Signers) -> None:
    first = await signers.first()
    verify(first.public_key, await first.sign(MESSAGE))
    again = await signers.first()
    assert again.public_key == first.public_key
    assert await again.sign(MESSAGE) == await first.sign(MESSAGE)


async def test_a_key_is_found_by_its_public_half_and_an_unknown_one_is_missed(signers: Signers) -> None:
    first = await signers.first()
    assert (await signers.of(first.public_key)).public_key == first.public_key
    with pytest.raises(Conflict, match="must sign next"):
        await signers.of("00" * 32)


async def test_a_key_file_that_holds_no_key_or_another_one_is_named(tmp_path: Path) -> None:
    key = await LocalSigners(tmp_path).new()
    other = await LocalSigners(tmp_path / "other").new()
    file = tmp_path / f"{key.public_key}.pem"
    assert (await LocalSigners(tmp_path).of(key.public_key)).public_key == key.public_key
    for content in (b"", b"garbled", (tmp_path / "other" / f"{other.public_key}.pem").read_bytes()):
        file.write_bytes(content)
        for asked in (LocalSigners(tmp_path).of(key.public_key), LocalSigners(tmp_path).first()):
            with pytest.raises(Conflict, match=f"{key.public_key}.pem in the key folder"):
                await asked


async def test_a_new_key_is_another_one_and_stays_findable(signers: Signers) -> None:
    first, new = await signers.first(), await signers.new()
    assert new.public_key != first.public_key
    verify(new.public_key, await (await signers.of(new.public_key)).sign(MESSAGE))


async def test_a_log_is_sealed_rotated_and_verified_under_either(log: Log, signers: Signers) -> None:
    log.signers = signers
    await log.grow(1)
    async with open_transaction(log.database, SEALER) as tx:
        rotated = await rotate_key(tx, log.signers)
    await log.grow(1)
    assert await log.verify() == []
    assert keys(log) == [rotated.key, rotated.next_key]


def keys(log: Log) -> Sequence[object]:
    """The keys that signed, in order."""
    rows = log.rows("select body::json ->> 'key' as key from app.audit_checkpoint group by 1 order by min(number)")
    return [key for (key,) in rows]
