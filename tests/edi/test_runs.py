"""Segments taken together say what they say one by one, whatever the file looks like."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from tests.edi.examples import ENVELOPE, remittance
from tests.edi.test_mutations import DAMAGES, REMITTANCE

from edi.remittance_835 import ClaimPayment, write_835
from edi.remittance_reader import RemittanceBuilder
from edi.remittance_runs import CLAIM, LINE, RemittanceRunBuilder
from edi.x12.delimiters import Delimiters
from edi.x12.reader import Reader, SetBuilder
from edi.x12.runs import Run, compiled_run

USUAL_CLAIM = (
    b"CLP*PCN1*1*125.5*80*20.05*12*ICN1*11*1~NM1*QC*1*DOE*JANE****MI*W1~NM1*82*1*ROE*RAY****XX*1999999984~"
    b"DTM*232*20240102~DTM*050*20240109~"
)
USUAL_LINE = (
    b"SVC*HC:99213:25*125.5*80**1~DTM*472*20240102~CAS*CO*45*25.45~CAS*PR*2*20.05~CAS*OA*23*0~REF*6R*1L1~AMT*B6*100.~"
    b"LQ*HE*N130~"
)
OTHERWISE = (
    b"", b"CAS*CO*45*1*1*97*2~", b"SVC*HC:99213*-1*1.005~", b"SVC*HC:99213*1*0.5~REF*6R*7~", b"REF*6R*~", b"CLP*A*22*-5*0**~",
    b"NM1*QC*1*DOE~", b"DTM*472*20240231~", b"AMT*B6*5*X~", b"LX*2~", b"PLB*1*20241231*WO:1*5~", b"SVC*HC:1*1*1**X~", b"XX*1~",
    b"\n", b" ", b"SVC*\n", b"CLP*\xe9~", b"~",
)  # fmt: skip


def read(content: bytes, make: Callable[[list[Any]], SetBuilder[Any]]) -> tuple[list[Any], list[Any]]:
    """The values and findings of a file."""
    out: list[Any] = []
    reader = Reader(content, [make(out)], out)
    return list(reader), list(reader.findings)


def mixed(usual: tuple[bytes, ...], choose: random.Random) -> bytes:
    """Usual and other segments in any order, some damaged."""
    return b"".join(choose.choice([*usual, *usual, choose.choice(OTHERWISE)]) for _ in range(choose.randrange(12)))


def with_claims(segments: bytes) -> bytes:
    """A remittance with these segments for its claims."""
    return write_835(ENVELOPE, [remittance()]).replace(b"~SE*", b"~LX*1~" + segments + b"SE*")


@pytest.mark.parametrize("seed", range(300))
def test_a_remittance_reads_the_same_run_by_run_and_segment_by_segment(seed: int) -> None:
    choose = random.Random(seed)
    content = with_claims(mixed((USUAL_CLAIM, USUAL_LINE), choose))
    if choose.randrange(2):
        content = choose.choice(DAMAGES)(content, choose)
    assert read(content, RemittanceRunBuilder) == read(content, RemittanceBuilder)
    damaged = choose.choice(DAMAGES)(REMITTANCE, choose)
    assert read(damaged, RemittanceRunBuilder) == read(damaged, RemittanceBuilder)


@pytest.mark.parametrize(("run", "usual"), [(CLAIM, USUAL_CLAIM), (LINE, USUAL_LINE)], ids=["claim", "line"])
def test_the_usual_form_is_one_run(run: Run, usual: bytes) -> None:
    found = compiled_run(run, Delimiters()).match(usual.decode())
    assert found is not None
    assert found.end() == len(usual)


def test_a_run_is_found_with_other_delimiters_and_line_ends() -> None:
    marks = Delimiters(element="|", component=">", repetition="^", terminator="'", line_end="\r\n")
    text = USUAL_LINE.decode().replace("*", "|").replace(":", ">").replace("~", "'\r\n")
    found = compiled_run(LINE, marks).match(text)
    assert found is not None
    assert found.end() == len(text)


def test_a_field_that_is_not_one_is_refused() -> None:
    with pytest.raises(ValueError, match="not a field"):
        compiled_run(Run("SVC*{amount?}"), Delimiters())


def test_what_a_run_holds_is_read() -> None:
    values, _ = read(with_claims(USUAL_CLAIM + USUAL_LINE), RemittanceRunBuilder)
    claim = next(value for value in values if isinstance(value, ClaimPayment))
    line = claim.lines[0]
    assert (claim.paid_cents, claim.patient_responsibility_cents, claim.parties[1].npi) == (8000, 2005, "1999999984")
    assert [one.amount_cents for one in line.adjustments] == [2545, 2005, 0]
    assert (line.allowed_cents, line.control_number, line.remarks[0].code) == (10000, "1L1", "N130")
