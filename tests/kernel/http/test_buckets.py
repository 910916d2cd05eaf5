"""A bucket gives its burst at once, and then so many a second."""

import msgspec

from kernel.http.buckets import ProcessBuckets, Rate

RATE = Rate(per_second=2, burst=3)


class Watch(msgspec.Struct):
    """A clock that a test moves."""

    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds


async def test_the_burst_goes_through_and_then_one_for_each_half_second() -> None:
    watch = Watch()
    buckets = ProcessBuckets(seconds=watch)
    first = [await buckets.take("a", RATE) for _ in range(4)]
    assert [one.allowed for one in first] == [True, True, True, False]
    assert [one.remaining for one in first] == [2, 1, 0, 0]
    assert first[3].retry_after_seconds == 1
    assert first[3].reset_seconds == 2
    watch.seconds += 0.5
    assert [(await buckets.take("a", RATE)).allowed for _ in range(2)] == [True, False]
    watch.seconds += 60
    assert [(await buckets.take("a", RATE)).allowed for _ in range(4)] == [True, True, True, False]


async def test_keys_have_buckets_of_their_own_and_the_longest_unused_goes() -> None:
    buckets = ProcessBuckets(seconds=Watch(), most=2)
    for key in ("a", "a", "a", "b"):
        assert (await buckets.take(key, RATE)).allowed
    assert not (await buckets.take("a", RATE)).allowed
    await buckets.take("c", RATE)
    assert (await buckets.take("b", RATE)).remaining == 2, "b was forgotten, and began anew"
