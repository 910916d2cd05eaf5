"""How long to wait before the next attempt, per account and per address.

The first failures cost nothing, then the pause doubles, up to a limit: nobody can lock an account for ever. An unknown account
is counted like a known one. The attempt is counted before it is made and given back when it succeeds, so that a hundred at once
are no better than a hundred in a row. What came from an address is counted apart from what was tried against an account.
"""

import ipaddress
import uuid

import msgspec
import sqlalchemy as sa

from kernel.db.database import Database
from kernel.db.fixed import Fixed
from kernel.db.transaction import Tx
from kernel.errors import TooMany
from tenancy.identity.keys import IdentityKeys

FREE_PER_ACCOUNT = 5
FREE_PER_ADDRESS = 30
"""More people than one may share an address."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 30, 900

_BEGIN = Fixed(sa.text("select identity.begin_attempt(:keys, :free, :first, :cap)"))
_SETTLE = sa.text("select identity.settle_attempt(:own, :shared)")


class Attempt(msgspec.Struct, frozen=True):
    """What an attempt is counted under: the thing attempted, and where it came from."""

    own: uuid.UUID
    address: uuid.UUID
    free: int = FREE_PER_ACCOUNT


def attempt_of(keys: IdentityKeys, kind: str, subject: str, address: str) -> Attempt:
    """An attempt of this kind at this subject (an account, a browser, a link) from this address."""
    return Attempt(keys.id(f"attempt:{kind}", subject), keys.id("attempt:address", network_of(address)))


def address_attempt(keys: IdentityKeys, kind: str, address: str) -> Attempt:
    """An attempt at something that keeps its own count, such as a bill: only where it came from is counted here."""
    network = network_of(address)
    return Attempt(keys.id(f"attempt:{kind}", network), keys.id("attempt:address", network), FREE_PER_ADDRESS)


async def pause_before(database: Database, attempt: Attempt) -> int:
    """Count the attempt; the seconds to wait before it may be made, 0 for none. A refused one is not counted again."""
    rows = await database.ask(
        "identity",
        _BEGIN,
        {
            "keys": [attempt.own, attempt.address],
            "free": [attempt.free, FREE_PER_ADDRESS],
            "first": FIRST_PAUSE_SECONDS,
            "cap": LONGEST_PAUSE_SECONDS,
        },
    )
    seconds: int = rows[0][0]
    return seconds


async def settle(tx: Tx, attempt: Attempt) -> None:
    """It succeeded: forget the failures before it, and give its address the attempt back."""
    await tx.execute(_SETTLE, {"own": attempt.own, "shared": attempt.address})


def wait(seconds: int) -> TooMany:
    """The refusal of an attempt that came too soon."""
    return TooMany(f"too many attempts; wait {seconds} seconds and try again", retry_after_seconds=seconds)


def network_of(address: str) -> str:
    """An IPv4 address itself; of IPv6 the /64 that one subscriber has, since its holder can change the rest at will (RFC 6177)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.IPv6Network((parsed, 64), strict=False))
    return address
