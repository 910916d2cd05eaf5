"""Random values: what is written is read back the same, and the same bytes come out again."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.edi.examples import ENVELOPE, outgoing, without_positions
from tests.edi.strategies import cents, claims, quantities, remittances
from tests.edi.test_claim_837p import read

from edi.balance import check_balance
from edi.claim_837 import Claim
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


@given(cents)
def test_amounts(amount: int) -> None:
    assert parse_cents(format_cents(amount)) == amount


@given(quantities)
def test_quantities(quantity: Decimal) -> None:
    assert parse_quantity(format_quantity(quantity)) == quantity
