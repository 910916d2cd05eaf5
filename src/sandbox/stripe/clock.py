"""The stand-in's one source of the time."""

import time


def now_seconds() -> int:
    """Seconds since the epoch, the only form in which Stripe writes a moment."""
    return int(time.time())


def now_ms() -> int:
    """Milliseconds since the epoch, for retry schedules shorter than a second."""
    return time.time_ns() // 1_000_000
