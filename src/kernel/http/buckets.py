"""Token buckets: so many at once, so many a second from then on."""

import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from typing import Protocol

import msgspec

_MOST_BUCKETS = 50_000


class Rate(msgspec.Struct, frozen=True):
    """`burst` requests at once, and `per_second` more each second."""

    per_second: float
    burst: int


class Taken(msgspec.Struct, frozen=True):
    """What became of one request: whether it may go on, how many more may follow at once, and the seconds until all may."""

    allowed: bool
    remaining: int
    reset_seconds: int
    retry_after_seconds: int


class Buckets(Protocol):
    """Where buckets are kept: in this process, or where several processes share them."""

    async def take(self, key: str, rate: Rate) -> Taken:
        """Take one token from the bucket of this key."""


class ProcessBuckets:
    """Buckets of this process alone. The one longest unused goes when there are too many: it is full again by then."""

    def __init__(self, *, seconds: Callable[[], float] = time.monotonic, most: int = _MOST_BUCKETS) -> None:
        self._seconds, self._most = seconds, most
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, key: str, rate: Rate) -> Taken:
        """See Buckets."""
        now = self._seconds()
        level, since = self._levels.pop(key, (float(rate.burst), now))
        level = min(float(rate.burst), level + (now - since) * rate.per_second)
        allowed = level >= 1
        level -= 1 if allowed else 0
        self._levels[key] = level, now
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return Taken(
            allowed=allowed,
            remaining=int(level),
            reset_seconds=ceil((rate.burst - level) / rate.per_second),
            retry_after_seconds=0 if allowed else max(1, ceil((1 - level) / rate.per_second)),
        )
