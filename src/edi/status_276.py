"""The 276 claim status request (005010X212), read and written."""

from collections.abc import Sequence

from edi.hierarchy import Hierarchy, Level
from edi.loops import Child, Itself, Loop, Many, One
from edi.party_forms import AMOUNT, DATED, REFERENCE, TRACE
from edi.segment_forms import CENTS_OR_NONE, PROCEDURE, QUANTITY, TEXT, Form
from edi.status import ClaimInquiry, InquiredPatient, LineInquiry, StatusRequest
from edi.status_loops import PATIENT, SOURCE
from edi.x12.envelope import Envelope
from edi.x12.reader import Reader
from edi.x12.tokenizer import Source

_SVC = Form(
    "SVC",
    LineInquiry,
    ("procedure", PROCEDURE),
    ("charge_cents", CENTS_OR_NONE),
    None,
    ("revenue_code", TEXT),
    None,
    None,
    ("units", QUANTITY),
)
_LINE = Loop(LineInquiry, [Itself(_SVC), Many(REFERENCE, "references"), Many(DATED, "dates")])
"""Loop 2210."""

_CLAIM = Loop(
    ClaimInquiry,
    [One(TRACE, "trace"), Many(REFERENCE, "references"), Many(AMOUNT, "amounts"), Many(DATED, "dates")],
    [Child(_LINE, "lines")],
)
"""Loop 2200."""

_PERSON = Loop(InquiredPatient, PATIENT, [Child(_CLAIM, "claims")])

HIERARCHY = Hierarchy(
    guide="276",
    set_id="276",
    make=StatusRequest,
    levels=(
        Level("20", "source", SOURCE),
        Level("21", "receiver", SOURCE),
        Level("19", "provider", SOURCE),
        Level("22", "subscriber", _PERSON),
    ),
    gathered=Level("23", "dependents", _PERSON),
)


def stream_276(source: Source) -> Reader[StatusRequest]:
    """Iterate once for every subscriber asked about. Never raises for what the file holds; see `findings`."""
    return HIERARCHY.stream(source)


def write_276(envelope: Envelope, requests: Sequence[StatusRequest], *, first_set: int = 1) -> bytes:
    """One interchange; requests in a row that share a `header` object go into one set, numbered from `first_set`.

    Raises X12Error for a value without an X12 form.
    """
    return HIERARCHY.write(envelope, requests, first_set)
