"""Says once a day that a practice has a new signed checkpoint, so that its client is given it to keep.

This package mails nothing: whoever stands above it and does hears the topic. The checkpoint itself is had from
`GET .../audit/checkpoints`, whose newest is at least as new.
"""

from collections.abc import Mapping

import msgspec

from audit.encoding import Seal
from audit.proofs import newest_witnesses
from audit.recording import record
from kernel.db.keyset import PageAsked
from kernel.db.transaction import Tx
from kernel.jobs.outbox import announce

CHECKPOINT_READY = "audit.checkpoint.ready"


async def handle_checkpoint_due(tx: Tx, _payload: Mapping[str, str]) -> None:
    """Job: announce the practice's newest checkpoint, by its number and that of the practice's seal under it."""
    newest = next(iter(await newest_witnesses(tx, PageAsked(limit=1))), None)
    if newest is None:
        return
    seal = msgspec.json.decode(newest.witness.seal.body, type=Seal)
    named = {"checkpoint": str(seal.checkpoint), "seal": str(seal.number)}
    await announce(tx, CHECKPOINT_READY, named)
    record(tx, "audit.checkpoint.announced", "practice", tx.practice_id, changed=named)
