"""Every store of copies keeps the same promises: the folder, and S3 with object lock (played by moto)."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from audit.aws import KmsSigners, S3Witness
from audit.witness import FolderWitness, WitnessStore, number_of, witness_name
from kernel.aws import aws_client
from kernel.errors import Conflict, NotFound, Unavailable
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


async def test_a_copy_that_was_marked_as_deleted_still_counts(bucket: S3Witness, aws: AwsSettings) -> None:
    """Object lock refuses to delete a version, and nobody is refused a mark that hides it."""
    await bucket.put(NAMES[0], b"checkpoint")
    aws_client("s3", aws).delete_object(Bucket=BUCKET, Key=NAMES[0])
    assert await bucket.names_after("") == [NAMES[0]]
    await bucket.put(NAMES[0], b"another")
    assert await bucket.get(NAMES[0]) == b"checkpoint"


async def test_what_lies_beside_the_copies_is_none_of_them(store: WitnessStore) -> None:
    for name in (NAMES[0], "000001/000000000/note.json", f"{NAMES[0]}.json", "000001/readme.json"):
        await store.put(name, b"kept")
    assert await store.names_after("") == [NAMES[0]]
    assert await store.get(NAMES[0]) == b"kept"


async def test_a_bucket_that_refuses_is_not_a_bucket_without_copies(bucket: S3Witness, aws: AwsSettings) -> None:
    await bucket.put(NAMES[0], b"checkpoint")
    elsewhere = S3Witness(aws_client("s3", aws), "no-such-bucket")
    for asked in (elsewhere.get(NAMES[0]), elsewhere.put(NAMES[0], b"checkpoint"), elsewhere.names_after("")):
        with pytest.raises(Unavailable, match=r"the bucket of copies .*NoSuchBucket"):
            await asked


async def test_aws_that_does_not_answer_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        away = AwsSettings(region="us-east-1", endpoint_url=f"http://127.0.0.1:{nobody.getsockname()[1]}")
        with pytest.raises(Unavailable, match="the bucket of copies shows no copy: EndpointConnectionError"):
            await S3Witness(aws_client("s3", away), BUCKET).get(NAMES[0])
        with pytest.raises(Unavailable, match="KMS does not show the public half of key k-1: EndpointConnectionError"):
            await KmsSigners(aws_client("kms", away), ["k-1"]).first()


async def test_a_kms_key_of_another_kind_is_refused(aws: AwsSettings) -> None:
    client = aws_client("kms", aws)
    key = client.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
    with pytest.raises(Conflict, match="ECC_NIST_EDWARDS25519"):
        await KmsSigners(client, [key]).first()
