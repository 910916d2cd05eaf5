"""Every store of copies keeps the same promises: the folder, and S3 with object lock (played by moto)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from audit.aws import KmsSigners, S3Witness
from audit.witness import FolderWitness, WitnessStore, number_of, witness_name
from kernel.aws import aws_client
from kernel.errors import Conflict, NotFound
from kernel.settings import AwsSettings

BUCKET = "witness"
NAMES = [witness_name(1, 9), witness_name(1, 10), witness_name(1, 10_000), witness_name(2, 10_001)]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsSettings]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield AwsSettings(region="us-east-1", endpoint_url="")


@pytest.fixture
def bucket(aws: AwsSettings) -> S3Witness:
    client = aws_client("s3", aws)
    client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    return S3Witness(client, BUCKET)


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> WitnessStore:
    if request.param == "folder":
        return FolderWitness(tmp_path / "witness")
    bucket: S3Witness = request.getfixturevalue("bucket")
    return bucket


async def test_a_copy_is_kept_as_it_came_and_never_replaced(store: WitnessStore) -> None:
    with pytest.raises(NotFound):
        await store.get(NAMES[0])
    await store.put(NAMES[0], b"checkpoint")
    await store.put(NAMES[0], b"checkpoint")
    with pytest.raises(Conflict):
        await store.put(NAMES[0], b"another")
    assert await store.get(NAMES[0]) == b"checkpoint"


async def test_copies_are_listed_in_the_order_of_their_checkpoints(store: WitnessStore) -> None:
    for name in reversed(NAMES):
        await store.put(name, name.encode())
    assert await store.names_after("") == NAMES
    assert [number_of(name) for name in await store.names_after(NAMES[1])] == [10_000, 10_001]


async def test_files_are_read_only(tmp_path: Path) -> None:
    await FolderWitness(tmp_path).put(NAMES[0], b"checkpoint")
    assert (tmp_path / NAMES[0]).stat().st_mode & 0o777 == 0o444


async def test_an_object_is_locked_and_a_second_version_hides_nothing(bucket: S3Witness, aws: AwsSettings) -> None:
    await bucket.put(NAMES[0], b"checkpoint")
    client = aws_client("s3", aws)
    kept = client.head_object(Bucket=BUCKET, Key=NAMES[0])
    assert kept["ObjectLockMode"] == "COMPLIANCE"
    version = kept["VersionId"]
    with pytest.raises(ClientError):
        client.delete_object(Bucket=BUCKET, Key=NAMES[0], VersionId=version)
    client.put_object(Bucket=BUCKET, Key=NAMES[0], Body=b"another")
    assert await bucket.get(NAMES[0]) == b"checkpoint"


async def test_a_kms_key_of_another_kind_is_refused(aws: AwsSettings) -> None:
    client = aws_client("kms", aws)
    key = client.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
    with pytest.raises(Conflict, match="ECC_NIST_EDWARDS25519"):
        await KmsSigners(client, [key]).first()
