"""Passwords: argon2id with the library's current parameters. Checking takes the same time for an account that does not exist."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from zxcvbn import zxcvbn

from kernel.errors import FieldError, Invalid

MINIMUM_LENGTH, MAXIMUM_LENGTH = 12, 200
LEAST_SCORE = 3
"""zxcvbn's "safely unguessable": over a hundred million guesses, counting known passwords, words, names, dates and keyboard rows."""
_RATED_LENGTH = 72
"""What lies beyond can only make it harder to guess, and rating takes longer the longer the text is."""

_hasher = PasswordHasher()
# Of random bytes that nobody kept. Made once and for all: every process that starts would spend a fifth of a second on it.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$eACeaWcCl0YzRtooQKWfkw$6ilqNsKuQdTd6zUYGg5mThPA2IRbiJIH5B3Jp+Uk3T4"


async def hash_password(password: str, *, email: str = "", display_name: str = "", pointer: str = "/password") -> str:
    """The stored form.

    Raises Invalid for a password that is short, easy to guess or made of the person's own address (NIST SP 800-63B 3.1.1.2: length
    and a list of common ones count, composition does not). `pointer` is where the password was in the request.
    """
    problem = await asyncio.to_thread(password_problem, password, email=email, display_name=display_name)
    if problem:
        raise Invalid(problem, fields=(FieldError(pointer, problem),))
    return await asyncio.to_thread(_hasher.hash, password)


def password_problem(password: str, *, email: str, display_name: str) -> str:
    """What is wrong with a password that somebody wants to use; empty when nothing is."""
    if len(password) < MINIMUM_LENGTH:
        return f"a password has at least {MINIMUM_LENGTH} characters"
    if len(password) > MAXIMUM_LENGTH:
        return f"a password has at most {MAXIMUM_LENGTH} characters"
    if email and _holds(password, email):
        return "a password must not hold the e-mail address it belongs to"
    rated = zxcvbn(password[:_RATED_LENGTH], user_inputs=[email, *email.split("@"), *display_name.split()])
    if rated["score"] < LEAST_SCORE:
        return "this password is easy to guess; several words that have nothing to do with one another are hard to"
    return ""


async def password_fits(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one. Without a stored one it takes as long and says no."""
    try:
        await asyncio.to_thread(_hasher.verify, stored or _NOBODY, password)
    except VerificationError:
        return False
    return stored is not None


def _holds(password: str, email: str) -> bool:
    name = email.partition("@")[0].lower()
    return len(name) > 3 and name in password.lower()
