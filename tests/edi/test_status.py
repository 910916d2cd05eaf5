"""276 and 277: what is asked and answered of claims survives both ways, and says what the guide means by it.

pyx12 is no judge here: version 4.0 has no map of the 276, and its map of the 277 (005010X212), which it leaves out of
its index, refuses GS01 and GS08 as that guide prescribes them.
"""

from decimal import Decimal

from hypothesis import given, settings
from tests.edi.inquiry_values import ENVELOPE, Make, always, content_of, conversations, lists, parties, values_of, words
from tests.edi.samples import GOLDEN

from edi.party_forms import Trace
from edi.procedures import Procedure
from edi.status import (
    AnsweredPatient,
    ClaimAnswer,
    ClaimInquiry,
    InquiredPatient,
    LevelAnswer,
    LineAnswer,
    LineInquiry,
    StatusParticipant,
    StatusRequest,
    StatusResponse,
)
from edi.status_276 import stream_276, write_276
from edi.status_277 import stream_277, write_277

trace = values_of(Trace, kind=words)
procedure = values_of(Procedure, qualifier=words, code=words, modifiers=always(()), end_code=always(""))
asker = values_of(StatusParticipant, party=parties(contacts=True), answers=always([]))
answered = values_of(StatusParticipant, party=parties(), answers=lists(values_of(LevelAnswer, trace=trace)))


def claims(claim: type, line: type) -> Make:
    """Claims with lines."""
    return lists(values_of(claim, trace=trace, lines=lists(values_of(line, procedure=procedure))))


inquired = values_of(InquiredPatient, party=parties(born=True), claims=claims(ClaimInquiry, LineInquiry))
patient = values_of(AnsweredPatient, party=parties(born=True), claims=claims(ClaimAnswer, LineAnswer))


@settings(max_examples=60, deadline=None)
@given(conversations(StatusRequest, inquired, source=asker, receiver=asker, provider=asker))
def test_a_276_reads_back_as_it_was_written(requests: list[StatusRequest]) -> None:
    reader = stream_276(write_276(ENVELOPE, requests))
    assert content_of(reader.read_to_end()) == content_of(requests)
    assert not [finding for finding in reader.findings if finding.severity == "error"]


@settings(max_examples=60, deadline=None)
@given(conversations(StatusResponse, patient, source=asker, receiver=answered, provider=answered))
def test_a_277_reads_back_as_it_was_written(responses: list[StatusResponse]) -> None:
    reader = stream_277(write_277(ENVELOPE, responses))
    assert content_of(reader.read_to_end()) == content_of(responses)
    assert not [finding for finding in reader.findings if finding.severity == "error"]


def responses() -> list[StatusResponse]:
    """The golden 277."""
    return stream_277((GOLDEN / "277_claims_and_lines.edi").read_bytes()).read_to_end()


def test_a_paid_claim_says_how_and_its_lines_say_why() -> None:
    subscriber = responses()[0].subscriber
    assert subscriber is not None
    paid, pending = subscriber.claims
    (status,) = paid.statuses
    assert status.is_finalized
    assert (status.charge_cents, status.paid_cents, status.payment_number) == (41_265, 31_040, "CHK00871")
    assert (paid.payer_claim_number, paid.patient_account) == ("NW26000991", "ACCT-77")
    assert [(line.charge_cents, line.paid_cents, line.units) for line in paid.lines] == [
        (18_000, 15_000, Decimal(1)),
        (23_265, 16_040, Decimal(3)),
    ]
    second = paid.lines[1].statuses[0].second
    assert second is not None
    assert (second.category, second.code, second.entity) == ("F2", "104", "1P")
    assert not pending.statuses[0].is_finalized


def test_a_dependent_and_a_provider_without_patients_are_answered() -> None:
    _, family, imaging = responses()
    assert [patient.claims[0].patient_account for patient in family.dependents] == ["ACCT-79"]
    assert imaging.subscriber is None
    assert imaging.provider is not None
    assert imaging.provider.answers[0].statuses[0].status is not None
    assert imaging.provider.answers[0].statuses[0].status.code == "24"


def test_claims_and_lines_name_the_bytes_they_came_from() -> None:
    content = (GOLDEN / "277_claims_and_lines.edi").read_bytes()
    answered = [claim for one in stream_277(content) if one.subscriber for claim in one.subscriber.claims]
    paid, pending = (content[claim.byte_start : claim.byte_end] for claim in answered[:2])
    assert paid.startswith(b"TRN*2*S-2001~")
    assert paid.endswith(b"DTP*472*D8*20260112~\n")
    assert pending == b"TRN*2*S-2002~\nSTC*P1:20*20260228**95~\nDTP*472*D8*20260120~\n"
    first, second = (content[line.byte_start : line.byte_end] for line in answered[0].lines)
    assert (first[:16], second[:19]) == (b"SVC*HC:99214:25*", b"SVC*HC:97110:GP*232")
    assert first + second == paid[-len(first + second) :]
