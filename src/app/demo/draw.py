"""Repeatable draws for invented data: the same seed gives the same draws on every Python and every machine."""

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")


class Draw:
    """Draws built on `Random.random` alone, the one method whose results Python promises never to change."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - invented data, nothing to guess

    def between(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + int(self._random.random() * (most - least + 1))

    def chance(self, percent: int) -> bool:
        """True in that many cases of a hundred."""
        return self.between(1, 100) <= percent

    def one(self, things: Sequence[Thing]) -> Thing:
        """One of them, each as likely."""
        return things[self.between(0, len(things) - 1)]

    def some(self, things: Sequence[Thing], count: int) -> list[Thing]:
        """That many different ones, in the order in which they stand; all of them when there are fewer."""
        left = list(range(len(things)))
        picked = sorted(left.pop(self.between(0, len(left) - 1)) for _ in range(min(count, len(left))))
        return [things[position] for position in picked]

    def weighted(self, weights: Mapping[Thing, int]) -> Thing:
        """One of the keys, as likely as its weight."""
        ticket = self.between(1, sum(weights.values()))
        for thing, weight in weights.items():
            ticket -= weight
            if ticket <= 0:
                return thing
        raise AssertionError("a ticket lies within the weights")
