"""270 and 271: what is asked and answered survives both ways, and says what the guide means by it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from tests.edi.inquiry_values import ENVELOPE, always, content_of, conversations, lists, parties, values_of, words
from tests.edi.samples import GOLDEN

from edi.eligibility import (
    Benefit,
    CoveredMember,
    EligibilityRequest,
    EligibilityResponse,
    InquiredMember,
    Inquiry,
    Participant,
    RelatedEntity,
)
from edi.eligibility_270 import stream_270, write_270
from edi.eligibility_271 import stream_271, write_271
from edi.hierarchy import TransactionHeader
from edi.parties import Party
from edi.x12.errors import ElementRefusedError, ValueRefusedError

source = values_of(Participant, party=parties(contacts=True), provider=always(None))
receiver = values_of(Participant, party=parties(address=True), rejections=always([]))
related = values_of(RelatedEntity, party=parties(address=True, contacts=True))
person = parties(address=True, born=True)
inquired = values_of(InquiredMember, party=person, inquiries=lists(values_of(Inquiry, coverage_level=words)))
benefit = values_of(Benefit, information=words, related=lists(related))
covered = values_of(CoveredMember, party=person, benefits=lists(benefit))


@settings(max_examples=60, deadline=None)
@given(conversations(EligibilityRequest, inquired, source=source, receiver=receiver))
def test_a_270_reads_back_as_it_was_written(requests: list[EligibilityRequest]) -> None:
    reader = stream_270(write_270(ENVELOPE, requests))
    assert content_of(reader.read_to_end()) == content_of(requests)
    assert not [finding for finding in reader.findings if finding.severity == "error"]


@settings(max_examples=60, deadline=None)
@given(conversations(EligibilityResponse, covered, source=source, receiver=receiver))
def test_a_271_reads_back_as_it_was_written(responses: list[EligibilityResponse]) -> None:
    reader = stream_271(write_271(ENVELOPE, responses))
    assert content_of(reader.read_to_end()) == content_of(responses)
    assert not [finding for finding in reader.findings if finding.severity == "error"]


def answers() -> list[EligibilityResponse]:
    """The golden 271."""
    return stream_271((GOLDEN / "271_benefits_and_rejections.edi").read_bytes()).read_to_end()


def test_benefits_carry_amounts_percentages_network_and_limits() -> None:
    subscriber = answers()[0].subscriber
    assert subscriber is not None
    active, deductible, left, coinsurance, copay, limit, other = subscriber.benefits
    assert active.is_active
    assert (active.plan, active.coverage_level) == ("RIVER GOLD", "FAM")
    assert (deductible.amount_cents, deductible.messages) == (150_000, ["RESETS EVERY JANUARY"])
    assert left.amount_cents == 0
    assert (coinsurance.amount_cents, coinsurance.percent) == (None, Decimal("0.2"))
    assert (coinsurance.service_types, coinsurance.authorization_required) == (["1", "33", "48"], "U")
    assert (copay.amount_cents, copay.in_network) == (3000, "W")
    assert (limit.quantity, limit.deliveries[0].quantity, limit.references[0].value) == (
        Decimal(20),
        Decimal(20),
        "AUTH88",
    )
    assert limit.procedure is not None
    assert limit.procedure.modifiers == ("GP",)
    assert [entity.party.name for entity in other.related if entity.party] == ["SECOND HARBOR INSURANCE", "QUILL"]


def test_rejections_are_found_at_every_level() -> None:
    family, child, refused = answers()
    assert family.rejections == []
    assert [rejection.reason for rejection in child.rejections] == ["71"]
    assert [rejection.reason for rejection in refused.rejections] == ["42", "80", "50"]
    assert refused.source is not None
    assert [rejection.reason for rejection in refused.source.rejections] == ["42"]
    assert refused.subscriber is None


def test_subscribers_of_one_set_share_their_surroundings() -> None:
    family, child, refused = answers()
    assert family.header is child.header
    assert family.receiver is child.receiver
    assert refused.header is not family.header
    assert refused.header.transaction is not None
    assert refused.header.transaction.control_number == "0002"


def golden(old: str, new: str) -> bytes:
    """The golden 271 with one fault in it."""
    content = (GOLDEN / "271_benefits_and_rejections.edi").read_text()
    assert old in content
    return content.replace(old, new, 1).encode()


@pytest.mark.parametrize(
    ("old", "new", "code", "element"),
    [
        ("*23*1500~", "*23*1,500~", "syntax.amount", "EB07"),
        ("**0.2**", "**20%**", "syntax.number", "EB08"),
        ("D8*20260101~", "D8*20261301~", "syntax.date", "DTP03"),
    ],
)
def test_an_unreadable_element_is_named_and_its_segment_kept(old: str, new: str, code: str, element: str) -> None:
    reader = stream_271(golden(old, new))
    family = next(iter(reader))
    assert [(problem.code, problem.element) for problem in family.problems] == [(code, element)]
    assert family.subscriber is not None
    kept = [*family.subscriber.kept, *(each for benefit in family.subscriber.benefits for each in benefit.kept)]
    assert [segment.reason for segment in kept] == ["unreadable"]


def test_a_second_name_and_a_bound_without_entity_are_kept_not_merged() -> None:
    twice = golden("REF*6P*GRP77*RIVER TOOLS~", "NM1*IL*1*OTHER~")
    subscriber = stream_271(twice).read_to_end()[0].subscriber
    assert subscriber is not None
    assert subscriber.party is not None
    assert (subscriber.party.name, subscriber.kept[0].elements) == ("HOLLOWAY", ["NM1", "IL", "1", "OTHER"])
    empty = golden("MSG*RESETS EVERY JANUARY~", "LS*2120~\nREF*18*PLAN9~\nLE*2120~")
    covered_one = stream_271(empty).read_to_end()[0].subscriber
    assert covered_one is not None
    assert [segment.id for segment in covered_one.benefits[1].kept] == ["LS", "LE"]
    assert covered_one.benefits[1].references[0].value == "PLAN9"


def request(subscriber: InquiredMember | None, receiver: Participant | None) -> EligibilityRequest:
    """A request that is complete but for what a test takes away."""
    header = TransactionHeader(structure="0022", purpose="13", reference="R1")
    source = Participant(party=Party("PR", "NORTHWIND HEALTH PLAN"))
    return EligibilityRequest(header=header, source=source, receiver=receiver, subscriber=subscriber)


def test_what_has_no_x12_form_is_refused_by_name() -> None:
    asker = Participant(party=Party("1P", "LARKSPUR FAMILY MEDICINE"))
    person = InquiredMember(party=Party("IL", "HOLLOWAY", entity_type="1"), inquiries=[Inquiry(service_types=["30"])])
    assert b"~EQ*30~" in write_270(ENVELOPE, [request(person, asker)])
    with pytest.raises(ValueRefusedError, match="subscriber stands below receiver"):
        write_270(ENVELOPE, [request(person, None)])
    with pytest.raises(ValueRefusedError, match="EQ, which opens it"):
        write_270(ENVELOPE, [request(InquiredMember(party=person.party, inquiries=[Inquiry()]), asker)])
    with pytest.raises(ElementRefusedError, match="EQ01"):
        write_270(ENVELOPE, [request(InquiredMember(inquiries=[Inquiry(service_types=["3^0"])]), asker)])
