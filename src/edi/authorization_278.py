"""The 278 request for review of services and its answer (005010X217), read and written."""

from collections.abc import Mapping, Sequence
from typing import Any

from edi.authorization import (
    AuthorizationRequest,
    AuthorizationResponse,
    AuthorizationReview,
    PatientEvent,
    ReviewedDiagnosis,
    ReviewedParty,
    ReviewedPerson,
    ReviewedService,
)
from edi.authorization_forms import (
    AMBULANCE,
    ATTACHMENT,
    CONDITION,
    DECISION,
    DENTAL,
    HOME_HEALTH,
    INSTITUTIONAL,
    OXYGEN,
    PROFESSIONAL,
    REVIEW,
    SPINAL_MANIPULATION,
    STAY,
    TOOTH,
)
from edi.eligibility_loops import DELIVERY, RECEIVER, REJECTION, RELATIONSHIP, SOURCE
from edi.hierarchy import Hierarchy, Level, TransactionHeader
from edi.loops import Child, Itself, Loop, Many, One, Part
from edi.party_forms import (
    BIRTH,
    CONTACTS,
    DATED,
    MESSAGE,
    NAME,
    PLACE,
    PROVIDER_ROLE,
    REFERENCE,
    REFERENCES,
    STREET,
    TRACE,
)
from edi.segment_forms import Marks, Read, join_components, split_components
from edi.x12.envelope import Envelope
from edi.x12.reader import Reader
from edi.x12.tokenizer import Source
from edi.x12.values import DATE_TEXT, DATES

_RESPONSE = "11"
"""BHT02 of an answer."""


class _Diagnoses:
    """HI: up to twelve codes, each with the day of the diagnosis where it is known."""

    segment_id = "HI"
    make = ReviewedDiagnosis
    conversions: Mapping[int, Mapping[str, object]] = {}

    def read(self, values: list[str], marks: Marks) -> Read:
        composites = [split_components(text, marks) for text in values[1:] if text]
        codes = []
        whole = True
        for parts in composites:
            qualifier, code, form, day = (parts + [""] * 3)[:4]
            codes.append(ReviewedDiagnosis(qualifier, code, DATES[day] if form == "D8" else None))
            whole = whole and not any(parts[4:]) and (bool(day) if form == "D8" else not (form or day))
        return Read({"diagnoses": codes}, whole)

    def write(self, reviewed: Any, marks: Marks) -> list[str]:
        return ["HI", *(join_components(_diagnosis(one), marks) for one in reviewed.diagnoses)]


def _diagnosis(one: ReviewedDiagnosis) -> list[str]:
    return [one.qualifier, one.code, "D8" if one.date else "", DATE_TEXT[one.date]]


_PARTY = Loop(
    ReviewedParty,
    [
        NAME,
        REFERENCES,
        STREET,
        PLACE,
        CONTACTS,
        Many(REJECTION, "rejections"),
        One(PROVIDER_ROLE, "provider"),
        Many(DATED, "dates"),
    ],
)
"""Loops 2010E and 2010F, whoever they name."""

_PERSON = Loop(
    ReviewedPerson,
    [NAME, REFERENCES, STREET, PLACE, Many(REJECTION, "rejections"), BIRTH, One(RELATIONSHIP, "relationship")],
)
"""Loops 2000C and 2010C, and 2000D and 2010D for a dependent."""

_REVIEWED: tuple[Part, ...] = (
    Many(TRACE, "traces"),
    Many(REJECTION, "rejections"),
    One(REVIEW, "review"),
    One(DECISION, "decision"),
    Many(REFERENCE, "references"),
    Many(DATED, "dates"),
    Itself(_Diagnoses()),
)

_EVENT = Loop(
    PatientEvent,
    [
        *_REVIEWED,
        Many(DELIVERY, "deliveries"),
        Many(CONDITION, "conditions"),
        One(STAY, "stay"),
        One(AMBULANCE, "ambulance"),
        One(SPINAL_MANIPULATION, "spinal_manipulation"),
        One(OXYGEN, "oxygen"),
        One(HOME_HEALTH, "home_health"),
        Many(ATTACHMENT, "attachments"),
        Many(MESSAGE, "messages"),
    ],
    [Child(_PARTY, "parties")],
)
"""Loop 2000E."""

_SERVICE = Loop(
    ReviewedService,
    [
        *_REVIEWED,
        One(PROFESSIONAL, "professional"),
        One(INSTITUTIONAL, "institutional"),
        One(DENTAL, "dental"),
        Many(TOOTH, "teeth"),
        Many(DELIVERY, "deliveries"),
        Many(ATTACHMENT, "attachments"),
        Many(MESSAGE, "messages"),
    ],
    [Child(_PARTY, "parties")],
)
"""Loop 2000F."""


def _value(header: TransactionHeader, **levels: Any) -> AuthorizationReview:
    """A request or an answer, as the header says."""
    kind = AuthorizationResponse if header.purpose == _RESPONSE else AuthorizationRequest
    return kind(header=header, **levels)


HIERARCHY = Hierarchy(
    guide="278",
    set_id="278",
    make=_value,
    levels=(
        Level("20", "organization", SOURCE),
        Level("21", "requester", RECEIVER),
        Level("22", "subscriber", _PERSON),
        Level("23", "dependent", _PERSON, optional=True),
        Level("EV", "event", _EVENT),
    ),
    gathered=Level("SS", "services", _SERVICE),
    innermost_child_code="0",
)


def stream_278(source: Source) -> Reader[AuthorizationReview]:
    """Iterate once for every patient event asked or answered about. Never raises for what the file holds."""
    return HIERARCHY.stream(source)


def write_278(envelope: Envelope, reviews: Sequence[AuthorizationReview], *, first_set: int = 1) -> bytes:
    """One interchange; reviews in a row that share a `header` object go into one set, numbered from `first_set`.

    The guide wants one event in a set. Raises X12Error for a value without an X12 form.
    """
    return HIERARCHY.write(envelope, reviews, first_set)
