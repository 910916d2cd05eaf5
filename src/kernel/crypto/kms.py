"""Data keys wrapped by AWS KMS: the key-encryption key never leaves it, and each use is in its own log."""

from typing import Any

from botocore.exceptions import ClientError

from kernel.crypto.wrapping import CannotUnwrap

_REFUSED = {"InvalidCiphertextException", "IncorrectKeyException", "AccessDeniedException"}


class KmsKeyWrapper:
    """Wraps through `kms:Encrypt` with the company as encryption context. `client` is a KMS client of `kernel.aws`."""

    def __init__(self, client: Any, key_id: str) -> None:
        self._client = client
        self._key = key_id

    @property
    def key_id(self) -> str:
        """See KeyWrapper."""
        return f"kms:{self._key}"

    def wrap(self, data_key: bytes, context: str) -> bytes:
        """See KeyWrapper."""
        answer = self._client.encrypt(KeyId=self._key, Plaintext=data_key, EncryptionContext={"owner": context})
        wrapped: bytes = answer["CiphertextBlob"]
        return wrapped

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """See KeyWrapper."""
        try:
            answer = self._client.decrypt(KeyId=self._key, CiphertextBlob=wrapped, EncryptionContext={"owner": context})
        except ClientError as refused:
            if refused.response["Error"]["Code"] in _REFUSED:
                raise CannotUnwrap("the key service did not unwrap this data key") from None
            raise
        data_key: bytes = answer["Plaintext"]
        return data_key
