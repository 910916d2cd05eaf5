"""The TA1 interchange acknowledgment: whether the envelope of a file could be read, nothing about its contents."""

from collections.abc import Sequence

import msgspec

from edi.x12.envelope import Envelope
from edi.x12.reader import Reader
from edi.x12.tokenizer import Source
from edi.x12.writer import write_bare_interchange

_BLANKS = [""] * 6

NOTES = {
    "000": "no error",
    "001": "the control numbers of header and trailer do not match",
    "003": "the version is not supported",
    "005": "the sender qualifier is invalid",
    "006": "the sender id is invalid",
    "007": "the receiver qualifier is invalid",
    "008": "the receiver id is invalid",
    "009": "the receiver id is unknown",
    "010": "the authorization qualifier is invalid",
    "012": "the security qualifier is invalid",
    "014": "the date is invalid",
    "015": "the time is invalid",
    "016": "the standards or repetition element is invalid",
    "017": "the version id is invalid",
    "018": "the control number is invalid",
    "019": "the acknowledgment request is invalid",
    "020": "the usage indicator is invalid",
    "021": "the number of groups does not match",
    "022": "the control structure is invalid",
    "023": "the file ends too early",
    "024": "the content is invalid",
    "025": "the control number was used before",
    "026": "the data element separator is invalid",
    "027": "the component separator is invalid",
}
"""TA105: interchange note codes, in words."""


class InterchangeAcknowledgment(msgspec.Struct, kw_only=True):
    """One TA1. `date` and `time` are those of the acknowledged interchange, as its ISA stated them."""

    control_number: str
    """ISA13 of the acknowledged interchange."""
    date: str
    time: str
    code: str
    """A accepted, E accepted with errors, R rejected."""
    note: str = "000"

    @property
    def is_accepted(self) -> bool:
        """Whether the groups in the interchange were looked at."""
        return self.code in ("A", "E")


def read_ta1(values: list[str]) -> InterchangeAcknowledgment:
    """The value of a TA1 segment; `values[0]` is its id."""
    e = values + _BLANKS
    return InterchangeAcknowledgment(control_number=e[1], date=e[2], time=e[3], code=e[4], note=e[5] or "000")


class _Ta1Reader(Reader[InterchangeAcknowledgment]):
    def interchange_acknowledgment(self, values: list[str], offset: int, number: int) -> None:
        self._out.append(read_ta1(values))


def stream_ta1(source: Source) -> Reader[InterchangeAcknowledgment]:
    """Iterate once for every TA1 in the file. Never raises for what the file holds; see `findings`."""
    return _Ta1Reader(source, [], [])


def write_ta1(envelope: Envelope, acknowledgments: Sequence[InterchangeAcknowledgment]) -> bytes:
    """One interchange without groups, holding these TA1 segments."""
    segments = [("TA1", one.control_number, one.date, one.time, one.code, one.note) for one in acknowledgments]
    return write_bare_interchange(envelope, segments)
