"""The signed scope that row security trusts.

Policies compare tenant columns with functions of the `scope` schema, which read the transaction-local setting
`billwright.scope`. Its value is `expiry|audience|user|company|practice|patient~mac`; the MAC is HMAC-SHA256, so that SQL injected
into a query can set the setting but cannot choose another tenant.
"""

import hmac
import re

from kernel.clock import wall_now
from kernel.context import Scope

SETTING = "billwright.scope"
LIFETIME_SECONDS = 900
"""Long enough for the longest job's transaction; a leaked token is worth little, because the connection is needed too."""

_BLOCK = 64
_TOKEN = re.compile(r"[0-9]+(\|[0-9a-z-]*){5}~[0-9a-f]{64}", re.ASCII)


def sign_scope(scope: Scope, key: bytes, *, lifetime_seconds: int = LIFETIME_SECONDS) -> str:
    """The value of the scope setting for one transaction."""
    expiry = int(wall_now().timestamp()) + lifetime_seconds
    owners = (scope.user_id, scope.company_id, scope.practice_id, scope.patient_id)
    body = "|".join([str(expiry), scope.audience, *("" if owner is None else str(owner) for owner in owners)])
    return f"{body}~{hmac.digest(key, body.encode(), 'sha256').hex()}"


def is_token(text: str) -> bool:
    """Whether this has a token's shape, which holds nothing that could end a text in SQL. It may still be forged."""
    return _TOKEN.fullmatch(text) is not None


def key_pads(key: bytes) -> tuple[bytes, bytes]:
    """The inner and outer HMAC blocks of a key (RFC 2104), which the database stores instead of the key.

    With them the check needs two calls of the built-in sha256() and no extension. Raises ValueError for a key over one block.
    """
    if len(key) > _BLOCK:
        raise ValueError(f"a scope key has at most {_BLOCK} bytes")
    padded = key.ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)
