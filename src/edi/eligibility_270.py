"""The 270 eligibility inquiry (005010X279A1), read and written."""

from collections.abc import Sequence

from edi.eligibility import EligibilityRequest, InquiredMember, Inquiry
from edi.eligibility_loops import MEMBER, PARTICIPANTS, PLACE_OF_SERVICE
from edi.hierarchy import Hierarchy, Level
from edi.loops import Child, Itself, Loop, Many
from edi.party_forms import AMOUNT, DATED, REFERENCE
from edi.segment_forms import PARTS, PROCEDURE, TEXT, TEXTS, Form
from edi.x12.envelope import Envelope
from edi.x12.reader import Reader
from edi.x12.tokenizer import Source

_INQUIRY = Loop(
    Inquiry,
    [
        Itself(
            Form(
                "EQ",
                Inquiry,
                ("service_types", TEXTS),
                ("procedure", PROCEDURE),
                ("coverage_level", TEXT),
                ("insurance_type", TEXT),
                ("diagnosis_pointers", PARTS),
            )
        ),
        Many(AMOUNT, "amounts"),
        Many(PLACE_OF_SERVICE, "places"),
        Many(REFERENCE, "references"),
        Many(DATED, "dates"),
    ],
)
"""Loop 2110."""

_PERSON = Loop(InquiredMember, MEMBER, [Child(_INQUIRY, "inquiries")])

HIERARCHY = Hierarchy(
    guide="270",
    set_id="270",
    make=EligibilityRequest,
    levels=(*PARTICIPANTS, Level("22", "subscriber", _PERSON)),
    gathered=Level("23", "dependents", _PERSON),
    innermost_child_code="0",
)


def stream_270(source: Source) -> Reader[EligibilityRequest]:
    """Iterate once for every subscriber asked about. Never raises for what the file holds; see `findings`."""
    return HIERARCHY.stream(source)


def write_270(envelope: Envelope, requests: Sequence[EligibilityRequest], *, first_set: int = 1) -> bytes:
    """One interchange; requests in a row that share a `header` object go into one set, numbered from `first_set`.

    Raises X12Error for a value without an X12 form.
    """
    return HIERARCHY.write(envelope, requests, first_set)
