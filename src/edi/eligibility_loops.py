"""Loops that the 270 and the 271 share (005010X279A1): source, receiver, and what is said of a person. The 278 uses some."""

from collections.abc import Mapping
from typing import Any

from edi.eligibility import (
    Delivery,
    DiagnosisCode,
    MilitaryService,
    Participant,
    Place,
    Rejection,
    Relationship,
)
from edi.hierarchy import Level
from edi.loops import Ahead, Itself, Loop, Many, One, Part
from edi.party_forms import (
    BIRTH,
    CONTACTS,
    DATED,
    NAME,
    PLACE,
    PROVIDER_ROLE,
    REFERENCES,
    STREET,
    TRACE,
)
from edi.segment_forms import QUANTITY, TEXT, Form, Marks, Read, join_components, split_components


class _Diagnoses:
    """HI: up to eight codes in one segment."""

    segment_id = "HI"
    make = Participant
    conversions: Mapping[int, Mapping[str, object]] = {}

    def read(self, values: list[str], marks: Marks) -> Read:
        composites = [split_components(text, marks) for text in values[1:] if text]
        codes = [DiagnosisCode(*parts[:2]) for parts in composites]
        return Read({"diagnoses": codes}, not any(any(parts[2:]) for parts in composites))

    def write(self, member: Any, marks: Marks) -> list[str]:
        return ["HI", *(join_components([code.qualifier, code.code], marks) for code in member.diagnoses)]


REJECTION = Form("AAA", Rejection, ("valid", TEXT), None, ("reason", TEXT), ("follow_up", TEXT))
PLACE_OF_SERVICE = Form("III", Place, ("qualifier", TEXT), ("code", TEXT), ("category", TEXT), ("text", TEXT))
RELATIONSHIP = Form(
    "INS",
    Relationship,
    ("insured", TEXT),
    ("code", TEXT),
    ("maintenance_type", TEXT),
    ("maintenance_reason", TEXT),
    *[None] * 12,
    ("birth_sequence", TEXT),
)
DELIVERY = Form(
    "HSD",
    Delivery,
    ("quantity_qualifier", TEXT),
    ("quantity", QUANTITY),
    ("unit", TEXT),
    ("sample_selection", QUANTITY),
    ("period", TEXT),
    ("period_count", QUANTITY),
    ("frequency", TEXT),
    ("time", TEXT),
)
_MILITARY = Form(
    "MPI",
    MilitaryService,
    ("information_status", TEXT),
    ("employment_status", TEXT),
    ("affiliation", TEXT),
    ("description", TEXT),
    ("rank", TEXT),
    ("period_format", TEXT),
    ("period", TEXT),
)

SOURCE = Loop(
    Participant,
    [
        Ahead("party", Many(REJECTION, "rejections")),
        NAME,
        REFERENCES,
        CONTACTS,
        Many(REJECTION, "party_rejections"),
    ],
)
"""Loops 2000A and 2100A."""

RECEIVER = Loop(
    Participant,
    [
        NAME,
        REFERENCES,
        STREET,
        PLACE,
        CONTACTS,
        Many(REJECTION, "party_rejections"),
        One(PROVIDER_ROLE, "provider"),
    ],
)
"""Loops 2000B and 2100B."""

MEMBER: tuple[Part, ...] = (
    Many(TRACE, "traces"),
    NAME,
    REFERENCES,
    STREET,
    PLACE,
    Many(REJECTION, "rejections"),
    One(PROVIDER_ROLE, "provider"),
    BIRTH,
    One(RELATIONSHIP, "relationship"),
    Itself(_Diagnoses()),
    Many(DATED, "dates"),
    One(_MILITARY, "military_service"),
)
"""Loops 2000C and 2100C, and 2000D and 2100D for a dependent."""

PARTICIPANTS = (Level("20", "source", SOURCE), Level("21", "receiver", RECEIVER))
