"""A stand-in for AWS on loopback (moto's server), so that boto3 speaks to a real socket."""

from collections.abc import Iterator

import msgspec
import pytest

from kernel.settings import AwsSettings


class AwsServer(msgspec.Struct, frozen=True):
    """Where the stand-in listens."""

    settings: AwsSettings


@pytest.fixture(autouse=True)
def _no_credentials_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library keeps the first ones it finds, and some tests have their own."""
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)


@pytest.fixture(scope="session")
def aws() -> Iterator[AwsServer]:
    """S3 and KMS of nobody's account, empty at the start of a run."""
    from moto.server import ThreadedMotoServer  # only these tests need it, and it is slow to import

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "synthetic")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "synthetic")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        yield AwsServer(AwsSettings(endpoint_url=f"http://{host}:{port}"))
        server.stop()
