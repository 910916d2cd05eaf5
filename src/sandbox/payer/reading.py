"""A claims file as the payers see it: its envelope, its sets with their claims, and what is wrong with each."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from edi.ack_999 import Acknowledgment, acknowledge
from edi.claim_837 import Claim, ClaimSet
from edi.claim_837p import stream_837p
from edi.x12.delimiters import Delimiters
from edi.x12.tokenizer import Batch, Tokenizer
from sandbox.payer.draw import draw

_BLANKS = [""] * 9


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an answer goes to, and in which delimiters. A file whose ISA cannot be read has no known sender."""

    submitter_id: str = "UNKNOWN"
    receiver_id: str = "SANDBOX"
    number: int = 0
    """ISA13 of the file; one drawn from its bytes where it has none."""
    usage: str = "P"
    delimiters: Delimiters = Delimiters()
    functional_code: str = "HC"
    group_number: str = "0"
    version: str = ""


class ReceivedSet(msgspec.Struct, frozen=True):
    """One 837P transaction set."""

    head: ClaimSet
    claims: list[Claim]
    is_accepted: bool


class Received(msgspec.Struct, frozen=True):
    """One file. `acknowledgments` answer every group in it."""

    sender: Sender
    sets: list[ReceivedSet]
    acknowledgments: list[Acknowledgment]

    def accepted(self) -> list[ReceivedSet]:
        """The sets that go on to the payers."""
        return [one for one in self.sets if one.is_accepted]


def read_claims_file(content: bytes) -> Received:
    """Read a file, whatever it holds. A set that does not parse is rejected by the 999, and so is a file without any set."""
    reader = stream_837p(content)
    heads: list[tuple[ClaimSet, list[Claim]]] = []
    for event in reader:
        if isinstance(event, ClaimSet):
            heads.append((event, []))
        elif isinstance(event, Claim):
            heads[-1][1].append(event)
    sender = _sender(content)
    transactions = [head.transaction for head, _ in heads if head.transaction is not None]
    acknowledgments = acknowledge(transactions, list(reader.findings)) or [rejected_group(sender)]
    accepted = {
        (each.group_control_number, response.control_number)
        for each in acknowledgments
        for response in each.responses
        if response.is_accepted
    }
    sets = [ReceivedSet(head, claims, _key(head) in accepted) for head, claims in heads]
    return Received(sender, sets, acknowledgments)


def received_date(one: ReceivedSet) -> dt.date:
    """The day the set was made, as it says itself; what is decided depends on nothing but the file."""
    dates = [line.service_date for claim in one.claims for line in claim.lines if line.service_date is not None]
    return one.head.created or max(dates, default=dt.date.min)


def _key(head: ClaimSet) -> tuple[str, str]:
    opened = head.transaction
    return (opened.group.control_number, opened.control_number) if opened is not None else ("", "")


def rejected_group(sender: Sender) -> Acknowledgment:
    """The answer to a group that as a whole was not read."""
    return Acknowledgment(
        functional_code=sender.functional_code,
        group_control_number=sender.group_number,
        version=sender.version,
        code="R",
    )


def _sender(content: bytes) -> Sender:
    batches = [piece for piece in Tokenizer(content) if isinstance(piece, Batch)]
    unread = Sender(number=draw(10**8, content))
    if not batches or batches[0].header is None or batches[0].header.faults:
        return unread
    isa, delimiters = batches[0].header.elements, batches[0].delimiters
    group = _first_group(batches, delimiters.element)
    number = isa[13]
    return Sender(
        submitter_id=isa[6].strip(),
        receiver_id=isa[8].strip(),
        number=int(number) if number.isascii() and number.isdigit() else unread.number,
        usage=isa[15],
        delimiters=msgspec.structs.replace(delimiters, repetition=delimiters.repetition or "^"),
        functional_code=group[1] or unread.functional_code,
        group_number=group[6] or unread.group_number,
        version=group[8],
    )


def _first_group(batches: Sequence[Batch], separator: str) -> list[str]:
    groups = (one for batch in batches for one in batch.segments if one.startswith("GS" + separator))
    return next((one.split(separator) for one in groups), []) + _BLANKS
