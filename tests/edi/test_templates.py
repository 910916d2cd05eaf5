"""Claims written by templates are the bytes that are written segment by segment, or are refused for the same element."""

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.edi import test_claim_837i, test_claim_837p
from tests.edi.examples import ENVELOPE, claim, dependent_claim, full_claim, outgoing
from tests.edi.strategies import claims, institutional_claims
from tests.edi.test_mutations import CLAIMS
from tests.edi.test_round_trips import marks
from tests.edi.test_runs import USUAL_BILL, USUAL_SERVICE, USUAL_STAY, USUAL_SUBSCRIBER, mixed

from edi.claim_837 import Claim
from edi.claim_837_writer import ClaimSetWriter, OutgoingSet
from edi.claim_837i_writer import InstitutionalRunWriter, InstitutionalWriter
from edi.claim_837p import write_837p
from edi.claim_837p_writer import ProfessionalRunWriter, ProfessionalWriter
from edi.parties import Address, Amount, Contact, DatedFact, Reference
from edi.procedures import Procedure
from edi.x12.delimiters import Delimiters
from edi.x12.envelope import Envelope
from edi.x12.errors import ElementRefusedError, ValueRefusedError
from edi.x12.guides import Guide
from edi.x12.templates import Template, pieces
from edi.x12.writer import InterchangeWriter

ODD = ("Y", "", "A*B", "A:B", "A^B", "A~B", "A\nB", "CAFÉ", "%s", "{x}", ":")


def outcome(guide: Guide, writer: type[ClaimSetWriter], envelope: Envelope, sets: list[OutgoingSet]) -> bytes | str:
    """What a writer makes of the claims: bytes, or the element it refuses."""
    out = InterchangeWriter(envelope, guide, "837")
    try:
        for one in sets:
            out.begin_set(one.control_number)
            writer(out).write(one)
            out.end_set()
        return out.content()
    except ElementRefusedError as refusal:
        return f"{refusal.element} of {refusal.segment}"
    except ValueRefusedError as refusal:
        return str(refusal)


def assert_same(guide: Guide, envelope: Envelope, sets: list[OutgoingSet]) -> None:
    by_template, by_segment = (
        (ProfessionalRunWriter, ProfessionalWriter)
        if guide == "837P"
        else (InstitutionalRunWriter, InstitutionalWriter)
    )
    assert outcome(guide, by_template, envelope, sets) == outcome(guide, by_segment, envelope, sets)


def from_file(guide: Guide, choose: random.Random) -> list[OutgoingSet]:
    """Claims as a file of usual and other segments has them."""
    head, _, rest = CLAIMS.partition(b"HL*2*")
    line = USUAL_SERVICE if guide == "837P" else USUAL_STAY
    body = USUAL_SUBSCRIBER + USUAL_BILL + mixed((USUAL_SUBSCRIBER, USUAL_BILL, line, line), choose)
    content = head + body + rest[rest.index(b"SE*") :]
    if guide == "837P":
        return test_claim_837p.read(content)
    return test_claim_837i.read(content.replace(b"X222A1", b"X223A2"))


def totaled(one: Claim) -> Claim:
    """The claim with what a payer asks of any: a line, a diagnosis, a charge that is the sum of its lines."""
    one.lines = one.lines or claim().lines
    one.diagnoses = one.diagnoses or ([] if one.codes else ["I10"])
    one.charge_cents = sum(line.charge_cents for line in one.lines)
    return one


@pytest.mark.parametrize("guide", ["837P", "837I"])
@pytest.mark.parametrize("seed", range(100))
def test_claims_of_any_file_are_written_the_same(guide: Guide, seed: int) -> None:
    sets = from_file(guide, random.Random(seed))
    for one in sets:
        for each in one.claims:
            totaled(each)
    assert_same(guide, ENVELOPE, sets)


HOLDERS: dict[str, Callable[[Claim], Any]] = {
    "claim": lambda one: one,
    "subscriber": lambda one: one.subscriber,
    "insured": lambda one: one.subscriber.party,
    "address": lambda one: one.subscriber.party.address,
    "payer": lambda one: one.subscriber.payer,
    "line": lambda one: one.lines[0],
}


def usual() -> Claim:
    """A claim that templates write."""
    head, _, rest = CLAIMS.partition(b"HL*2*")
    body = USUAL_SUBSCRIBER + USUAL_BILL + USUAL_SERVICE * 2
    return test_claim_837p.read(head + body + rest[rest.index(b"SE*") :])[0].claims[0]


@pytest.mark.parametrize("name", HOLDERS)
def test_whatever_one_element_holds_it_is_written_or_refused_the_same(name: str) -> None:
    for field in HOLDERS[name](usual()).__struct_fields__:
        for odd in ODD:
            one = totaled(usual())
            holder = HOLDERS[name](one)
            given = getattr(holder, field)
            if isinstance(given, str):
                setattr(holder, field, odd)
            elif isinstance(given, dt.date | Decimal):
                setattr(holder, field, None)
            elif isinstance(given, list) and given and isinstance(given[0], str):
                setattr(holder, field, [*given, odd])
            elif given is None or isinstance(given, list):
                setattr(holder, field, getattr(HOLDERS[name](totaled(full_claim())), field))
            assert_same("837P", ENVELOPE, [outgoing(one)])


@settings(max_examples=60, deadline=None)
@given(st.lists(claims(), min_size=1, max_size=3), marks)
def test_random_professional_claims_are_written_the_same(values: list[Claim], delimiters: Delimiters) -> None:
    assert_same("837P", msgspec.structs.replace(ENVELOPE, delimiters=delimiters), [outgoing(*values)])


@settings(max_examples=40, deadline=None)
@given(st.lists(institutional_claims(), min_size=1, max_size=2), marks)
def test_random_institutional_claims_are_written_the_same(values: list[Claim], delimiters: Delimiters) -> None:
    assert_same("837I", msgspec.structs.replace(ENVELOPE, delimiters=delimiters), [outgoing(*values)])


UNUSUAL: dict[str, dict[str, Any]] = {
    "neither birth date nor sex": {"birth_date": None, "sex": ""},
    "only the sex": {"birth_date": None, "sex": "F"},
    "no address": {"address": None},
    "a street without a place": {"address": Address("1 MAIN ST")},
    "a place without a street": {"address": Address("", "", "ANYTOWN", "NE", "68101")},
    "an address abroad": {"address": Address("1 RUE", "", "PARIS", "", "75001", "FR", "IDF")},
    "references and contacts": {"references": [Reference("SY", "1")], "contacts": [Contact("DESK")]},
}


@pytest.mark.parametrize("which", ["party", "payer"])
@pytest.mark.parametrize("name", UNUSUAL)
def test_an_unusual_subscriber_or_payer_is_written_the_same(name: str, which: str) -> None:
    one = usual()
    for field, value in UNUSUAL[name].items():
        setattr(getattr(one.subscriber, which), field, value)
    assert_same("837P", ENVELOPE, [outgoing(totaled(one))])


@pytest.mark.parametrize(
    ("modifiers", "pointers"),
    [
        ((), [1]),
        (("25",), [1, 2]),
        (("25", "59", "GT", "95"), [1, 2, 3, 4]),
        (("", "59"), [1]),
        (("25", ""), [1]),
        ((), []),
        ((), [1] * 5),
    ],
)
def test_every_form_of_a_line_is_written_the_same(modifiers: tuple[str, ...], pointers: list[int]) -> None:
    one = totaled(usual())
    one.lines[0].procedure, one.lines[0].pointers = Procedure("HC", "99213", modifiers), pointers
    one.lines[1].dates, one.lines[1].amounts = [DatedFact("463", dt.date(2026, 1, 2))], [Amount("T", 100)]
    assert_same("837P", ENVELOPE, [outgoing(one, dependent_claim())])


@pytest.mark.parametrize(
    ("where", "element"),
    [("payer", "NM103"), ("street", "N301"), ("second street", "N302"), ("diagnosis", "HI02"), ("procedure", "SV101")],
)
def test_an_element_in_the_middle_of_a_template_is_refused_by_its_own_name(where: str, element: str) -> None:
    one = claim()
    party = one.subscriber.party
    assert party.address is not None
    if where == "payer":
        one.subscriber.payer.name = "A*B"
    elif where == "street":
        party.address.line1 = "A~B"
    elif where == "second street":
        party.address.line2 = "A\nB"
    elif where == "diagnosis":
        one.diagnoses = ["I10", "E1:19"]
    else:
        one.lines[0].procedure = Procedure("HC", "99^13")
    with pytest.raises(ElementRefusedError) as refusal:
        write_837p(ENVELOPE, [outgoing(one)])
    assert refusal.value.element == element


def test_more_text_than_is_joined_at_once_has_the_right_count_and_names_the_right_element() -> None:
    many = [claim(control_number=f"PCN{number}") for number in range(60)]
    content = write_837p(ENVELOPE, [outgoing(*many), outgoing(*many, control_number="0002")])
    first = content.split(b"~ST*")[1]
    assert first.endswith(b"~SE*%d*0001" % (first.count(b"~") + 1))
    many[55].lines[1].control_number = "A*B"
    with pytest.raises(ElementRefusedError, match="REF02"):
        write_837p(ENVELOPE, [outgoing(*many)])


def test_a_template_takes_the_delimiters_of_its_interchange() -> None:
    template = Template("CLM*{number}***{place}:{facility}\nREF*6R*{control_number}")
    assert pieces(template, Delimiters(line_end="\n")) == ("~\nCLM*", "***", ":", "~\nREF*6R*")
    swapped = Delimiters(element=":", component="*", terminator="'")
    assert pieces(template, swapped) == ("'CLM:", ":::", "*", "'REF:6R:")
    with pytest.raises(ValueError, match="ends with a value"):
        pieces(Template("LX*{number}*1"), Delimiters())
