"""Codes that count once: those of an authenticator app (RFC 6238), and recovery codes for the day the phone is lost; pure."""

import datetime as dt
import secrets

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES = 20
"""The length of the hash, as RFC 4226 (section 4, R6) recommends."""
DIGITS, STEP_SECONDS = 6, 30
DRIFT_STEPS = 1
"""A phone's clock may be one step off in either direction (RFC 6238, section 5.2)."""
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
RECOVERY_LENGTH = 12
NO_STEP = -1


def new_secret() -> bytes:
    """A secret for one authenticator app."""
    return secrets.token_bytes(SECRET_BYTES)


def otpauth_uri(secret: bytes, email: str, issuer: str) -> str:
    """What the QR code for an authenticator app says (the Key URI format)."""
    return _totp(secret).get_provisioning_uri(email, issuer)


def matching_step(secret: bytes, code: str, now: dt.datetime) -> int:
    """The time step whose code this is, counted from 1970; NO_STEP for a code of none of the steps around now."""
    present = int(now.timestamp()) // STEP_SECONDS
    found = NO_STEP
    if not (len(code) == DIGITS and code.isascii() and code.isdigit()):
        return found
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        try:
            _totp(secret).verify(code.encode(), step * STEP_SECONDS)
        except InvalidToken:
            continue
        found = step
    return found


def code_at(secret: bytes, now: dt.datetime) -> str:
    """What the app shows at this time."""
    return _totp(secret).generate(int(now.timestamp())).decode()


def new_recovery_codes() -> list[str]:
    """Ten codes of 58 random bits, as XXXX-XXXX-XXXX."""
    drawn = ["".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    return ["-".join(code[start : start + 4] for start in range(0, RECOVERY_LENGTH, 4)) for code in drawn]


def normal_form(code: str) -> str:
    """A code however it was typed."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303
