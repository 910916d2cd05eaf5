"""How often a job is tried, and how long it rests between: pure, so that a topic's policy is data."""

import random
from collections.abc import Callable, Mapping

import msgspec


class RetryPolicy(msgspec.Struct, frozen=True):
    """`attempts` in all, the first included. Rests double from `first_seconds` and never pass `longest_seconds`."""

    attempts: int
    first_seconds: float
    longest_seconds: float


class RetryRule(msgspec.Struct, frozen=True):
    """What one topic wants otherwise; None keeps what holds for all."""

    attempts: int | None = None
    first_seconds: float | None = None
    longest_seconds: float | None = None


class Retries(msgspec.Struct, frozen=True):
    """The policy of every topic."""

    usual: RetryPolicy
    by_topic: Mapping[str, RetryRule] = {}

    def policy(self, topic: str) -> RetryPolicy:
        """What holds for this topic."""
        rule = self.by_topic.get(topic, RetryRule())
        changes = {name: value for name, value in msgspec.structs.asdict(rule).items() if value is not None}
        return msgspec.structs.replace(self.usual, **changes)


def rest_seconds(policy: RetryPolicy, attempts: int, *, draw: Callable[[], float] = random.random) -> float | None:
    """How long to rest after so many failed attempts; None when there is no other attempt.

    Half of the rest is drawn by lot, so that jobs which failed together do not come back together.
    """
    if attempts >= policy.attempts:
        return None
    # 2**30 first rests are longer than any longest one; more doubling would only overflow.
    whole = min(policy.longest_seconds, policy.first_seconds * 2.0 ** min(attempts - 1, 30))
    return whole * (1 + draw()) / 2
