"""What every wrapper of data keys promises, held against the local one and against KMS's protocol on a real socket."""

from collections.abc import Iterator

import pytest
from tests.plugins.aws import AwsServer

from kernel.aws import aws_client
from kernel.crypto.kms import KmsKeyWrapper
from kernel.crypto.wrapping import CachingKeyWrapper, CannotUnwrap, KeyWrapper, LocalKeyWrapper, new_data_key


@pytest.fixture(params=["local", "kms"])
def wrapper(request: pytest.FixtureRequest) -> Iterator[KeyWrapper]:
    """One of each kind."""
    if request.param == "local":
        yield LocalKeyWrapper(b"a secret of this installation")
        return
    server: AwsServer = request.getfixturevalue("aws")
    client = aws_client("kms", server.settings)
    yield KmsKeyWrapper(client, client.create_key()["KeyMetadata"]["KeyId"])
    client.close()


def test_what_was_wrapped_is_unwrapped_for_its_owner_alone(wrapper: KeyWrapper) -> None:
    key = new_data_key()
    wrapped = wrapper.wrap(key, "company-1")
    assert key not in wrapped
    assert wrapper.unwrap(wrapped, "company-1") == key
    with pytest.raises(CannotUnwrap):
        wrapper.unwrap(wrapped, "company-2")


def test_what_was_changed_is_not_unwrapped(wrapper: KeyWrapper) -> None:
    wrapped = bytearray(wrapper.wrap(new_data_key(), "company-1"))
    wrapped[-1] ^= 1
    with pytest.raises(CannotUnwrap):
        wrapper.unwrap(bytes(wrapped), "company-1")
    for nonsense in (b"", b"x" * 40):
        with pytest.raises(CannotUnwrap):
            wrapper.unwrap(nonsense, "company-1")


def test_a_wrapper_says_which_key_it_uses(wrapper: KeyWrapper) -> None:
    assert wrapper.key_id.startswith(("local:", "kms:"))


def test_another_installations_secret_opens_nothing() -> None:
    wrapped = LocalKeyWrapper(b"one").wrap(new_data_key(), "company-1")
    with pytest.raises(CannotUnwrap):
        LocalKeyWrapper(b"two").unwrap(wrapped, "company-1")


def test_a_cache_answers_for_the_owner_it_learned_alone(wrapper: KeyWrapper) -> None:
    cached, key = CachingKeyWrapper(wrapper), new_data_key()
    wrapped = cached.wrap(key, "company-1")
    assert [cached.unwrap(wrapped, "company-1") for _ in range(2)] == [key, key]
    with pytest.raises(CannotUnwrap):
        cached.unwrap(wrapped, "company-2")
