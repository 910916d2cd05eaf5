"""Random values: what is written is read back the same, and the same bytes come out again."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.edi.examples import ENVELOPE, outgoing, without_positions
from tests.edi.strategies import (
    acknowledgments,
    cents,
    claim_acknowledgments,
    claims,
    institutional_claims,
    interchange_acknowledgments,
    quantities,
    remittances,
)
from tests.edi.test_claim_837i import read as read_institutional
from tests.edi.test_claim_837p import read

from edi.ack_277ca import ClaimAcknowledgment, stream_277ca, write_277ca
from edi.ack_999 import Acknowledgment, stream_999, write_999
from edi.ack_ta1 import InterchangeAcknowledgment, stream_ta1, write_ta1
from edi.balance import check_balance
from edi.claim_837 import Claim
from edi.claim_837i import write_837i
from edi.claim_837p import write_837p
from edi.remittance_835 import Remittance, read_835, write_835
from edi.x12.delimiters import Delimiters
from edi.x12.values import format_cents, format_quantity, parse_cents, parse_quantity

marks = st.sampled_from(
    [Delimiters(), Delimiters("|", ">", "+", "!"), Delimiters(line_end="\n"), Delimiters(line_end="\r\n")]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(claims(), min_size=1, max_size=3), marks)
def test_claims(values: list[Claim], delimiters: Delimiters) -> None:
    envelope = replace(ENVELOPE, delimiters=delimiters)
    content = write_837p(envelope, [outgoing(*values)])
    again = read(content)
    assert without_positions(again) == without_positions([outgoing(*values)])
    assert write_837p(envelope, again) == content


@settings(max_examples=80, deadline=None)
@given(remittances(), marks)
def test_remittances(value: Remittance, delimiters: Delimiters) -> None:
    envelope = replace(ENVELOPE, delimiters=delimiters)
    content = write_835(envelope, [value])
    file = read_835(content)
    again = list(file)
    assert list(file.findings) == []
    assert without_positions(again) == without_positions([value])
    assert write_835(envelope, again) == content
    assert check_balance(again[0]) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(institutional_claims(), min_size=1, max_size=2), marks)
def test_institutional_claims(values: list[Claim], delimiters: Delimiters) -> None:
    envelope = replace(ENVELOPE, delimiters=delimiters)
    content = write_837i(envelope, [outgoing(*values)])
    again = read_institutional(content)
    assert without_positions(again) == without_positions([outgoing(*values)])
    assert write_837i(envelope, again) == content


@settings(max_examples=60, deadline=None)
@given(st.lists(acknowledgments, min_size=1, max_size=2), marks)
def test_implementation_acknowledgments(values: list[Acknowledgment], delimiters: Delimiters) -> None:
    envelope = replace(ENVELOPE, delimiters=delimiters)
    content = write_999(envelope, values)
    again = stream_999(content).read_to_end()
    assert without_positions(again) == without_positions(values)
    assert write_999(envelope, again) == content


@settings(max_examples=60, deadline=None)
@given(claim_acknowledgments(), marks)
def test_claim_acknowledgments(value: ClaimAcknowledgment, delimiters: Delimiters) -> None:
    envelope = replace(ENVELOPE, delimiters=delimiters)
    content = write_277ca(envelope, [value])
    again = stream_277ca(content).read_to_end()
    assert without_positions(again) == without_positions([value])
    assert write_277ca(envelope, again) == content


@settings(deadline=None)
@given(st.lists(interchange_acknowledgments, min_size=1, max_size=3), marks)
def test_interchange_acknowledgments(values: list[InterchangeAcknowledgment], delimiters: Delimiters) -> None:
    envelope = replace(ENVELOPE, delimiters=delimiters)
    content = write_ta1(envelope, values)
    reader = stream_ta1(content)
    assert reader.read_to_end() == values
    assert list(reader.findings) == []


@given(cents)
def test_amounts(amount: int) -> None:
    assert parse_cents(format_cents(amount)) == amount


@given(quantities)
def test_quantities(quantity: Decimal) -> None:
    assert parse_quantity(format_quantity(quantity)) == quantity
