"""Which address a request came from, when proxies stand between; pure.

Granian has a wrapper for this; it reads X-Forwarded-For alone, believes words that are no address, and falls back to the left-most
entry, which is the sender's own to choose.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_HOPS = 20
"""How many entries are looked at: a chain of trusted proxies is never longer, a header that was made to keep us busy may be."""

_FOR = re.compile(r"""(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^;\s]*))""", re.IGNORECASE)
_WITH_PORT = re.compile(r"\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+")


def client_address(peer: str, entries: Iterable[str], trusted: tuple[Network, ...]) -> str:
    """The nearest address that is no proxy of ours. `entries` are what the proxies wrote, the last first.

    Each proxy adds whom it was asked by, so an entry is worth what the proxy after it is worth: reading ends at the first one that is
    not trusted, and at the first that is no address, which leaves the proxy that wrote it.
    """
    found = _address(peer)
    if found is None:
        return peer
    for _, entry in zip(range(MOST_HOPS), entries, strict=False):
        if not _is_trusted(found, trusted):
            break
        before = _address(entry)
        if before is None:
            break
        found = before
    return str(found)


def x_forwarded_for(values: Iterable[str]) -> Iterator[str]:
    """The entries of X-Forwarded-For, the last first. Several lines are one list (RFC 9110, 5.3)."""
    for value in reversed(list(values)):
        yield from (entry.strip() for entry in reversed(value.split(",")))


def forwarded(values: Iterable[str]) -> Iterator[str]:
    """The `for` of each element of Forwarded (RFC 7239), the last first; empty for an element that names none."""
    for value in reversed(list(values)):
        for element in reversed(value.split(",")):
            named = _FOR.search(element.strip())
            yield (named.group(1) or named.group(2) or "") if named else ""


def _address(text: str) -> Address | None:
    """An address, with or without brackets and port; an IPv4 one in IPv6 clothes as what it is."""
    with_port = _WITH_PORT.fullmatch(text)
    try:
        parsed = ipaddress.ip_address(with_port.group(1) or with_port.group(2) if with_port else text)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return mapped or parsed


def _is_trusted(address: Address, trusted: tuple[Network, ...]) -> bool:
    return any(address in network for network in trusted)
