"""The 277 claim status response (005010X212), read and written."""

from collections.abc import Sequence

from edi.hierarchy import Hierarchy, Level
from edi.loops import Child, Itself, Loop, Many, One
from edi.party_forms import DATED, NAME, REFERENCE, TRACE
from edi.segment_forms import CENTS_OR_NONE, DATE, PROCEDURE, QUANTITY, TEXT, Form, composite
from edi.status import (
    AnsweredPatient,
    ClaimAnswer,
    LevelAnswer,
    LineAnswer,
    StatusCode,
    StatusInformation,
    StatusParticipant,
    StatusResponse,
)
from edi.status_loops import PATIENT, SOURCE
from edi.x12.envelope import Envelope
from edi.x12.reader import Reader
from edi.x12.tokenizer import Source

_CODES = composite(StatusCode, "category", "code", "entity", "code_list")
_STC = Form(
    "STC",
    StatusInformation,
    ("status", _CODES),
    ("date", DATE),
    ("action", TEXT),
    ("charge_cents", CENTS_OR_NONE),
    ("paid_cents", CENTS_OR_NONE),
    ("adjudication_date", DATE),
    ("method", TEXT),
    ("payment_date", DATE),
    ("payment_number", TEXT),
    ("second", _CODES),
    ("third", _CODES),
    ("text", TEXT),
)
_SVC = Form(
    "SVC",
    LineAnswer,
    ("procedure", PROCEDURE),
    ("charge_cents", CENTS_OR_NONE),
    ("paid_cents", CENTS_OR_NONE),
    ("revenue_code", TEXT),
    None,
    None,
    ("units", QUANTITY),
)
_STATUSES = Many(_STC, "statuses")

_LINE = Loop(LineAnswer, [Itself(_SVC), _STATUSES, Many(REFERENCE, "references"), Many(DATED, "dates")])
"""Loop 2220."""

_CLAIM = Loop(
    ClaimAnswer,
    [One(TRACE, "trace"), _STATUSES, Many(REFERENCE, "references"), Many(DATED, "dates")],
    [Child(_LINE, "lines")],
)
"""Loop 2200 of a patient."""

_ANSWERED = Loop(
    StatusParticipant,
    [NAME],
    [Child(Loop(LevelAnswer, [One(TRACE, "trace"), _STATUSES]), "answers")],
)
"""Loops 2100 and 2200 of the receiver or the provider."""

_PERSON = Loop(AnsweredPatient, PATIENT, [Child(_CLAIM, "claims")])

HIERARCHY = Hierarchy(
    guide="277",
    set_id="277",
    make=StatusResponse,
    levels=(
        Level("20", "source", SOURCE),
        Level("21", "receiver", _ANSWERED),
        Level("19", "provider", _ANSWERED),
        Level("22", "subscriber", _PERSON),
    ),
    gathered=Level("23", "dependents", _PERSON),
)


def stream_277(source: Source) -> Reader[StatusResponse]:
    """Iterate once for every subscriber answered about. Never raises for what the file holds; see `findings`."""
    return HIERARCHY.stream(source)


def write_277(envelope: Envelope, responses: Sequence[StatusResponse], *, first_set: int = 1) -> bytes:
    """One interchange; responses in a row that share a `header` object go into one set, numbered from `first_set`.

    Raises X12Error for a value without an X12 form.
    """
    return HIERARCHY.write(envelope, responses, first_set)
