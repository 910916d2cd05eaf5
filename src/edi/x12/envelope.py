"""The envelopes around transactions: interchange (ISA/IEA), functional group (GS/GE), transaction set (ST/SE)."""

import datetime as dt

import msgspec

from edi.x12.delimiters import Delimiters
from edi.x12.values import parse_time


class Interchange(msgspec.Struct, gc=False):
    """One interchange as received: who sent it to whom, with its control number and delimiters."""

    sender_qualifier: str
    sender_id: str
    receiver_qualifier: str
    receiver_id: str
    date: str
    time: str
    version: str
    control_number: str
    acknowledgment_requested: bool
    usage: str
    """``P`` production, ``T`` test."""
    delimiters: Delimiters
    ordinal: int = 1
    offset: int = 0
    segment: int = 1


class Group(msgspec.Struct, gc=False):
    """One functional group as received."""

    functional_code: str
    sender_code: str
    receiver_code: str
    date: str
    time: str
    control_number: str
    version: str
    """GS08, such as ``005010X221A1``."""
    offset: int = 0
    segment: int = 0


class TransactionSet(msgspec.Struct, gc=False):
    """One transaction set as received; every typed value read from it refers to it."""

    set_id: str
    control_number: str
    version: str
    """ST03, or GS08 where the set has none."""
    interchange: Interchange
    group: Group
    ordinal: int = 1
    offset: int = 0
    segment: int = 0


class Envelope(msgspec.Struct, kw_only=True, gc=False):
    """What a writer needs for one interchange with one functional group. Nothing here is made up by the library:
    control numbers, date and time come from the caller.
    """

    sender_id: str
    receiver_id: str
    date: dt.date
    time: dt.time
    control_number: int
    group_control_number: int
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    group_sender: str = ""
    """GS02; the sender id when empty."""
    group_receiver: str = ""
    usage: str = "P"
    acknowledgment_requested: bool = False
    delimiters: Delimiters = Delimiters()


def envelope_of(transaction: TransactionSet) -> Envelope:
    """The envelope that writes the same ISA and GS again. ValueError when a received number or date is not one."""
    interchange, group = transaction.interchange, transaction.group
    date = group.date if len(group.date) == 8 else "20" + interchange.date
    return Envelope(
        sender_qualifier=interchange.sender_qualifier,
        sender_id=interchange.sender_id,
        receiver_qualifier=interchange.receiver_qualifier,
        receiver_id=interchange.receiver_id,
        group_sender=group.sender_code,
        group_receiver=group.receiver_code,
        date=dt.date(int(date[:4]), int(date[4:6]), int(date[6:8])),
        time=parse_time(group.time),
        control_number=int(interchange.control_number),
        group_control_number=int(group.control_number),
        usage=interchange.usage,
        acknowledgment_requested=interchange.acknowledgment_requested,
        delimiters=interchange.delimiters,
    )
