"""The 271 eligibility response (005010X279A1), read and written."""

from collections.abc import Iterator, Sequence
from typing import Any

from edi.eligibility import Benefit, CoveredMember, EligibilityResponse, RelatedEntity
from edi.eligibility_loops import DELIVERY, MEMBER, PARTICIPANTS, PLACE_OF_SERVICE, REJECTION
from edi.hierarchy import Hierarchy, Level
from edi.loops import Child, Fit, Itself, Loop, Many, One
from edi.parties import Party
from edi.party_forms import (
    CONTACTS,
    DATED,
    MESSAGE,
    NAME_FORM,
    PLACE,
    PROVIDER_ROLE,
    REFERENCE,
    STREET,
)
from edi.segment_forms import CENTS_OR_NONE, PARTS, PROCEDURE, QUANTITY, TEXT, TEXTS, Form, Marks, plain
from edi.x12.envelope import Envelope
from edi.x12.reader import Reader
from edi.x12.tokenizer import Source

_EB = Form(
    "EB",
    Benefit,
    ("information", TEXT),
    ("coverage_level", TEXT),
    ("service_types", TEXTS),
    ("insurance_type", TEXT),
    ("plan", TEXT),
    ("period", TEXT),
    ("amount_cents", CENTS_OR_NONE),
    ("percent", QUANTITY),
    ("quantity_qualifier", TEXT),
    ("quantity", QUANTITY),
    ("authorization_required", TEXT),
    ("in_network", TEXT),
    ("procedure", PROCEDURE),
    ("diagnosis_pointers", PARTS),
)
_RELATIONSHIP_AT = 10


class _RelatedName:
    """NM1 with the relationship in NM110."""

    form = NAME_FORM

    def take(self, owner: RelatedEntity, values: list[str], marks: Marks) -> Fit:
        """See `edi.loops.Part`."""
        relationship = values[_RELATIONSHIP_AT] if len(values) > _RELATIONSHIP_AT else ""
        read = self.form.read(values[:_RELATIONSHIP_AT], marks)
        owner.party, owner.relationship = Party(**read.attributes), relationship
        return "partly" if any(values[_RELATIONSHIP_AT + 1 :]) else "whole"

    def give(self, owner: Any, marks: Marks) -> Iterator[list[str]]:
        """See `edi.loops.Part`."""
        if owner.party is not None:
            yield [*self.form.write(owner.party, marks), plain(owner.relationship, marks)]


_RELATED = Loop(
    RelatedEntity,
    [_RelatedName(), STREET, PLACE, CONTACTS, One(PROVIDER_ROLE, "provider")],
)
"""Loop 2120."""

_BENEFIT = Loop(
    Benefit,
    [
        Itself(_EB),
        Many(DELIVERY, "deliveries"),
        Many(REFERENCE, "references"),
        Many(DATED, "dates"),
        Many(REJECTION, "rejections"),
        Many(MESSAGE, "messages"),
        Many(PLACE_OF_SERVICE, "places"),
    ],
    [Child(_RELATED, "related", bounds="2120")],
)
"""Loops 2110 and 2115."""

_PERSON = Loop(CoveredMember, MEMBER, [Child(_BENEFIT, "benefits")])

HIERARCHY = Hierarchy(
    guide="271",
    set_id="271",
    make=EligibilityResponse,
    levels=(*PARTICIPANTS, Level("22", "subscriber", _PERSON)),
    gathered=Level("23", "dependents", _PERSON),
    innermost_child_code="0",
)


def stream_271(source: Source) -> Reader[EligibilityResponse]:
    """Iterate once for every subscriber answered about. Never raises for what the file holds; see `findings`."""
    return HIERARCHY.stream(source)


def write_271(envelope: Envelope, responses: Sequence[EligibilityResponse], *, first_set: int = 1) -> bytes:
    """One interchange; responses in a row that share a `header` object go into one set, numbered from `first_set`.

    Raises X12Error for a value without an X12 form.
    """
    return HIERARCHY.write(envelope, responses, first_set)
