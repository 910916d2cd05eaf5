"""278: what is asked and decided about services survives both ways, and stands under the right patient."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.edi.inquiry_values import (
    ENVELOPE,
    Make,
    always,
    content_of,
    headers,
    lists,
    maybe,
    parties,
    values_of,
    words,
)
from tests.edi.samples import GOLDEN

from edi.authorization import (
    AuthorizationRequest,
    AuthorizationResponse,
    AuthorizationReview,
    Condition,
    Decision,
    Facility,
    PatientEvent,
    RelatedCauses,
    ReviewedParty,
    ReviewedPerson,
    ReviewedService,
    ReviewInformation,
)
from edi.authorization_278 import stream_278, write_278
from edi.eligibility import Participant
from edi.hierarchy import TransactionHeader
from edi.parties import Party
from edi.party_forms import Trace
from edi.x12.errors import ElementRefusedError, ValueRefusedError

organization = values_of(Participant, party=parties(contacts=True), provider=always(None))
requester = values_of(Participant, party=parties(address=True, contacts=True), rejections=always([]))
person = values_of(ReviewedPerson, party=parties(address=True, born=True))
named = lists(values_of(ReviewedParty, party=parties(address=True, contacts=True)))
review = values_of(
    ReviewInformation,
    facility=maybe(values_of(Facility, code=words)),
    related_causes=maybe(values_of(RelatedCauses, first=words)),
)
shared: dict[str, Make] = {
    "parties": named,
    "traces": lists(values_of(Trace, kind=words)),
    "review": maybe(review),
    "decision": maybe(values_of(Decision, reasons=lists(words))),
}
conditions = lists(values_of(Condition, category=words, codes=lists(words, 5)))
event = values_of(PatientEvent, conditions=conditions, **shared)
service = values_of(ReviewedService, **shared)


def reviews(seed: int) -> list[AuthorizationReview]:
    """Two patient events of one subscriber, with or without dependents, asked about or answered."""
    random = Random(seed)
    make = random.choice([AuthorizationRequest, AuthorizationResponse])
    header = headers(random)
    header.purpose = "11" if make is AuthorizationResponse else "13"
    above = {"header": header, "organization": organization(random), "requester": requester(random)}
    above["subscriber"] = person(random)
    return [
        make(**above, dependent=maybe(person)(random), event=event(random), services=lists(service)(random))
        for _ in range(2)
    ]


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32).map(reviews))
def test_a_278_reads_back_as_it_was_written(values: list[AuthorizationReview]) -> None:
    reader = stream_278(write_278(ENVELOPE, values))
    again = reader.read_to_end()
    assert [type(one) for one in again] == [type(one) for one in values]
    assert content_of(again) == content_of(values)
    assert not [finding for finding in reader.findings if finding.severity == "error"]


def golden(name: str) -> list[AuthorizationReview]:
    """What a golden file says."""
    return stream_278((GOLDEN / f"278_{name}.edi").read_bytes()).read_to_end()


def test_an_admission_is_asked_with_its_services() -> None:
    admission, child = golden("admission_and_services_asked")
    assert isinstance(admission, AuthorizationRequest)
    assert admission.event is not None
    assert admission.event.review is not None
    assert (admission.event.review.category, admission.event.review.certification_type) == ("AR", "I")
    assert [(one.code, one.date is not None) for one in admission.event.diagnoses] == [
        ("S72001A", True),
        ("I10", False),
    ]
    surgery, therapy = admission.services
    assert surgery.institutional is not None
    assert surgery.institutional.charge_cents == 1_825_000
    assert therapy.professional is not None
    assert therapy.professional.diagnosis_pointers == ["1", "2"]
    assert admission.patient is admission.subscriber
    assert child.patient is child.dependent
    assert child.services[0].teeth[0].surfaces == ["M", "O"]


def test_decisions_and_rejections_are_found_at_every_level() -> None:
    decided, rejected, unanswered = golden("decided_and_rejected")
    assert isinstance(decided, AuthorizationResponse)
    assert decided.event is not None
    assert decided.event.decision is not None
    assert (decided.event.decision.is_approved, decided.event.decision.number) == (True, "NW-AUTH-55")
    refused = decided.services[1].decision
    assert refused is not None
    assert (refused.is_approved, refused.reasons) == (False, ["0V", "50"])
    assert decided.every_rejection == []
    assert isinstance(rejected, AuthorizationResponse)
    assert [one.reason for one in rejected.every_rejection] == ["43", "71", "33", "35"]
    assert isinstance(unanswered, AuthorizationResponse)
    assert [one.reason for one in unanswered.every_rejection] == ["42", "80"]
    assert unanswered.subscriber is None


def plain(**changes: Any) -> AuthorizationRequest:
    """A request that is complete but for what a test changes."""
    levels: dict[str, Any] = {
        "header": TransactionHeader(structure="0007", purpose="13"),
        "organization": Participant(party=Party("X3", "NORTHWIND HEALTH PLAN")),
        "requester": Participant(party=Party("1P", "LARKSPUR FAMILY MEDICINE")),
        "subscriber": ReviewedPerson(party=Party("IL", "HOLLOWAY", entity_type="1")),
        "event": PatientEvent(conditions=[Condition(category="07", applies="Y", codes=["01"])]),
    }
    return AuthorizationRequest(**{**levels, **changes})


def test_an_event_stands_under_the_patient_it_names() -> None:
    dependent = ReviewedPerson(party=Party("QC", "HOLLOWAY", "MILO", entity_type="1"))
    first = plain(dependent=dependent)
    second = plain(
        header=first.header,
        organization=first.organization,
        requester=first.requester,
        subscriber=first.subscriber,
        event=PatientEvent(messages=["THE SUBSCRIBER'S OWN"]),
    )
    content = write_278(ENVELOPE, [first, second])
    assert [line for line in content.split(b"~") if line.startswith(b"HL")] == [
        b"HL*1**20*1", b"HL*2*1*21*1", b"HL*3*2*22*1", b"HL*4*3*23*1", b"HL*5*4*EV*0", b"HL*6*3*EV*0",
    ]  # fmt: skip
    again = stream_278(content).read_to_end()
    assert [one.dependent is not None for one in again] == [True, False]
    assert again[0].subscriber is again[1].subscriber


def test_what_has_no_x12_form_is_refused_by_name() -> None:
    assert b"~CRC*07*Y*01~" in write_278(ENVELOPE, [plain()])
    with pytest.raises(ValueRefusedError, match="event stands below subscriber"):
        write_278(ENVELOPE, [plain(subscriber=None, dependent=None)])
    with pytest.raises(ValueRefusedError, match="services stand below event"):
        write_278(ENVELOPE, [plain(event=None, services=[ReviewedService()])])
    with pytest.raises(ElementRefusedError, match="CRC: holds"):
        write_278(ENVELOPE, [plain(event=PatientEvent(conditions=[Condition(category="0:7")]))])
