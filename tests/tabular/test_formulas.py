"""Formula injection: dangerous text is made harmless, and reading gives back what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabular.formulas import guard, unguard


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1", "''@x"])
def test_text_that_would_run_gets_an_apostrophe(text: str) -> None:
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Robin", "O'Example", "'quoted'", "1-2", "a=b", "E11.9"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert guard(text) == text


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n＝a"), max_size=6) | st.text(max_size=20))
def test_unguard_gives_back_what_was_guarded(text: str) -> None:
    assert unguard(guard(text)) == text
