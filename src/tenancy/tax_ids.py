"""A practice's tax id, kept encrypted: who practices alone may bill under a Social Security number, and both have nine digits."""

import uuid

from kernel.crypto.fields import Field, FieldKeys

TAX_ID = Field("practice", "tax_id")


def seal_tax_id(keys: FieldKeys, practice_id: uuid.UUID, tax_id: str) -> bytes:
    """The value to keep with a practice."""
    return keys.encrypt(TAX_ID, practice_id, tax_id, practice_id=practice_id)


def open_tax_id(keys: FieldKeys, practice_id: uuid.UUID, sealed: bytes) -> str:
    """The nine digits again. Raises CannotDecrypt."""
    return keys.decrypt(TAX_ID, practice_id, sealed, practice_id=practice_id)
