"""All answers to one claims file, as bytes, named by what they are. The same file gives the same answers."""

import datetime as dt
from collections.abc import Sequence

from edi.ack_277ca import write_277ca
from edi.ack_999 import write_999
from edi.remittance_835 import write_835
from edi.x12.envelope import Envelope
from edi.x12.errors import X12Error
from sandbox.payer.claim_status import acknowledge_claims
from sandbox.payer.payments import Settlement, pay, settle
from sandbox.payer.reading import Received, Sender, rejected_group

KINDS = ("999", "277ca", "835")
_NUMBERS = 1_000_000_000


def answer(received: Received, earlier: Sequence[Settlement], today: dt.date) -> dict[str, bytes]:
    """The answers by kind, in the order they are given: a 999 always, the others where claims were taken.

    `earlier` are the settlements of the practice's earlier files, oldest first: money may be taken back from the last between the
    same payer and provider. A file whose texts no answer can repeat (characters outside the X12 set, delimiters that amounts hold)
    is rejected as a whole.
    """
    try:
        return _answers(received, earlier, today)
    except X12Error:
        sender = Sender(number=received.sender.number)
        refused = Received(sender, [], [rejected_group(sender)])
        return _answers(refused, (), today)


def _answers(received: Received, earlier: Sequence[Settlement], today: dt.date) -> dict[str, bytes]:
    answers = {"999": write_999(_envelope(received, "999", today), received.acknowledgments)}
    file_number = f"{received.sender.number:09}"
    statuses = [
        status
        for place, one in enumerate(received.accepted(), start=1)
        for status in acknowledge_claims(one, file_number=file_number, reference=f"{file_number}-{place}", today=today)
    ]
    if statuses:
        answers["277ca"] = write_277ca(_envelope(received, "277ca", today), statuses)
    last = {one.key: one for one in earlier}
    remittances = [one for each in settle(received) for one in pay(each, last.get(each.key), today)]
    if remittances:
        answers["835"] = write_835(_envelope(received, "835", today), remittances)
    return answers


def _envelope(received: Received, kind: str, today: dt.date) -> Envelope:
    sender = received.sender
    number = (sender.number * 10 + KINDS.index(kind) + 1) % _NUMBERS
    return Envelope(
        sender_id=sender.receiver_id,
        receiver_id=sender.submitter_id,
        date=today,
        time=dt.time(8),
        control_number=number,
        group_control_number=number,
        usage=sender.usage,
        delimiters=sender.delimiters,
    )
