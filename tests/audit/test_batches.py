"""Events are hashed as they are read, and gathered by checkpoint, chain and month."""

import pytest
from tests.audit.test_encoding import EVENT, LEAF

from audit.batches import EXPIRED, Batch, Gathering

PRACTICE = "01a0c0de-0000-7000-8000-00000000000a"
COMPANY_CHAIN, PRACTICE_CHAIN = f"company/{EVENT.company_id}", f"practice/{PRACTICE}"


def test_each_event_goes_to_the_checkpoint_that_ends_after_it() -> None:
    gathering = Gathering([10, 10, 20])
    gathering.take([EVENT._replace(position="9", id="first")])
    gathering.take([EVENT._replace(position="10", id="second"), EVENT._replace(position="19", id="third")])
    ids = [[one for batch in batches.values() for one in batch.ids] for batches in gathering.batches]
    assert ids == [["first"], [], ["second", "third"]]


def test_chains_and_months_are_kept_apart_and_in_order() -> None:
    gathering = Gathering([2_000_000])
    december = EVENT._replace(id="december", recorded_at="2026-12-01T00:00:00.000000Z")
    theirs = EVENT._replace(id="theirs", practice_id=PRACTICE)
    gathering.take([EVENT, december, theirs, EVENT._replace(id="again")])
    assert {key: batch.ids for key, batch in gathering.batches[0].items()} == {
        (COMPANY_CHAIN, "2026-11"): [EVENT.id, "again"],
        (COMPANY_CHAIN, "2026-12"): ["december"],
        (PRACTICE_CHAIN, "2026-11"): ["theirs"],
    }


def test_what_is_kept_of_an_event() -> None:
    gathering = Gathering([2_000_000])
    gathering.take([EVENT])
    kept = Batch(EVENT.company_id, None, [bytes.fromhex(LEAF)], [EVENT.id], [])
    assert gathering.batches == [{(COMPANY_CHAIN, "2026-11"): kept}]


def test_what_an_event_says_was_dropped_is_kept() -> None:
    gathering = Gathering([2_000_000])
    gathering.take([EVENT, EVENT._replace(action=EXPIRED, changed='{"month": "2020-11"}')])
    assert gathering.batches[0][COMPANY_CHAIN, "2026-11"].dropped == ['{"month": "2020-11"}']


def test_an_event_beyond_the_last_checkpoint_is_refused() -> None:
    with pytest.raises(IndexError):
        Gathering([10]).take([EVENT._replace(position="10")])
