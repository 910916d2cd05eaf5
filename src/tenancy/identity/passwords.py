"""Passwords: argon2id with the library's current parameters. Checking takes the same time for an account that does not exist."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from kernel.errors import Invalid

MINIMUM_LENGTH = 12

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("an account that does not exist has this password, which nobody can type\0")


async def hash_password(password: str) -> str:
    """The stored form. Raises Invalid for a password that is too short (NIST SP 800-63B: length counts, composition does not)."""
    if len(password) < MINIMUM_LENGTH:
        raise Invalid(f"a password has at least {MINIMUM_LENGTH} characters")
    return await asyncio.to_thread(_hasher.hash, password)


async def password_fits(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one. Without a stored one it takes as long and says no."""
    try:
        await asyncio.to_thread(_hasher.verify, stored or _NOBODY, password)
    except VerificationError:
        return False
    return stored is not None
