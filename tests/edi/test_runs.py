"""Segments taken together say what they say one by one, whatever the file looks like."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from tests.edi.examples import ENVELOPE, remittance
from tests.edi.test_mutations import CLAIMS, DAMAGES, REMITTANCE

from edi import claim_837_runs, claim_837i_reader, claim_837p_reader
from edi.check import Checker
from edi.claim_837i_reader import InstitutionalClaimBuilder, InstitutionalRunBuilder
from edi.claim_837p_reader import ProfessionalClaimBuilder, ProfessionalRunBuilder
from edi.remittance_835 import ClaimPayment, write_835
from edi.remittance_reader import RemittanceBuilder
from edi.remittance_runs import CLAIM, LINE, RemittanceRunBuilder
from edi.x12.delimiters import Delimiters
from edi.x12.guides import Guide
from edi.x12.reader import Match, Reader, SetBuilder
from edi.x12.runs import Run, Take, compiled_run

USUAL_CLAIM = (
    b"CLP*PCN1*1*125.5*80*20.05*12*ICN1*11*1~NM1*QC*1*DOE*JANE****MI*W1~NM1*82*1*ROE*RAY****XX*1999999984~"
    b"DTM*232*20240102~DTM*050*20240109~"
)
USUAL_LINE = (
    b"SVC*HC:99213:25*125.5*80**1~DTM*472*20240102~CAS*CO*45*25.45~CAS*PR*2*20.05~CAS*OA*23*0~REF*6R*1L1~AMT*B6*100.~"
    b"LQ*HE*N130~"
)
USUAL_SUBSCRIBER = (
    b"HL*2*1*22*0~SBR*P*18*GRP1******CI~NM1*IL*1*DOE*JANE****MI*W1~N3*1 MAIN ST*APT 2~N4*ANYTOWN*NE*681010000~"
    b"DMG*D8*19800101*F~NM1*PR*2*PRAIRIE*****PI*99999~"
)
USUAL_BILL = (
    b"CLM*PCN1*125.5***11:B:1*Y*A*Y*Y~DTP*431*D8*20240101~REF*G1*AUTH~REF*D9*77~HI*ABK:I10*ABF:N390~"
    b"NM1*82*1*ROE*RAY****XX*1999999984~PRV*PE*PXC*207Q00000X~"
)
USUAL_SERVICE = b"LX*1~SV1*HC:99213:25*125.5*UN*1***1:2~DTP*472*RD8*20240101-20240102~REF*6R*1L1~"
USUAL_STAY = b"LX*1~SV2*0450*HC:99283*125.5*UN*1~DTP*472*D8*20240101~REF*6R*1L1~"
OTHERWISE = (
    b"", b"CAS*CO*45*1*1*97*2~", b"SVC*HC:99213*-1*1.005~", b"SVC*HC:99213*1*0.5~REF*6R*7~", b"REF*6R*~", b"CLP*A*22*-5*0**~",
    b"NM1*QC*1*DOE~", b"DTM*472*20240231~", b"AMT*B6*5*X~", b"LX*2~", b"PLB*1*20241231*WO:1*5~", b"SVC*HC:1*1*1**X~", b"XX*1~",
    b"HL*3*2*23*0~PAT*19~NM1*QC*1*DOE*TIM~", b"HI*BK:I10~", b"HI*ABK:I10:::5~", b"SBR*S*18*******CI~", b"PRV*PE*PXC*1~", b"N3*X~",
    b"REF*F8*ICN~", b"DMG*D8*19801340*F~", b"LX*A~", b"SV1*HC:1*5*UN*1*11**1*Y~", b"SVD*1*5*HC:1**1~", b"LIN**N4*1~", b"CL1*1*1*1~",
    b"\n", b" ", b"SVC*\n", b"CLP*\xe9~", b"~",
)  # fmt: skip


Builder = Callable[[list[Any]], SetBuilder[Any]]


def read(content: bytes, make: Builder) -> tuple[list[Any], list[Any]]:
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


@pytest.mark.parametrize(
    ("guide", "usual", "by_run", "by_segment"),
    [
        ("X222A1", USUAL_SERVICE, ProfessionalRunBuilder, ProfessionalClaimBuilder),
        ("X223A2", USUAL_STAY, InstitutionalRunBuilder, InstitutionalClaimBuilder),
    ],
    ids=["837P", "837I"],
)
@pytest.mark.parametrize("seed", range(200))
def test_claims_read_the_same_run_by_run_and_segment_by_segment(
    guide: str, usual: bytes, by_run: Builder, by_segment: Builder, seed: int
) -> None:
    choose = random.Random(seed)
    head, _, rest = CLAIMS.partition(b"HL*2*")
    content = head + mixed((USUAL_SUBSCRIBER, USUAL_BILL, usual, usual), choose) + rest[rest.index(b"SE*") :]
    if choose.randrange(2):
        content = choose.choice(DAMAGES)(content, choose)
    damaged = choose.choice(DAMAGES)(CLAIMS, choose)
    for one in (content, damaged):
        of_guide = one.replace(b"X222A1", guide.encode())
        assert read(of_guide, by_run) == read(of_guide, by_segment)


class SegmentChecker(Checker):
    """Checks without taking runs."""

    def prepared(self, guide: Guide, run: Run, take: Take, delimiters: Delimiters) -> tuple[Match, Take]:
        match, _ = super().prepared(guide, run, take, delimiters)
        return match, lambda _found, _offset, _number: 0


@pytest.mark.parametrize("seed", range(200))
def test_a_check_finds_the_same_run_by_run_and_segment_by_segment(seed: int) -> None:
    choose = random.Random(seed)
    body = mixed((USUAL_CLAIM, USUAL_LINE, USUAL_LINE), choose)
    head, _, rest = CLAIMS.partition(b"HL*2*")
    bills = head + mixed((USUAL_SUBSCRIBER, USUAL_BILL, USUAL_SERVICE), choose) + rest[rest.index(b"SE*") :]
    usual = head + (USUAL_SUBSCRIBER + USUAL_BILL + USUAL_SERVICE) * 4 + rest[rest.index(b"SE*") :]
    paid = with_claims((USUAL_CLAIM + USUAL_LINE * 3) * 4)
    for content in (with_claims(body), bills, *(choose.choice(DAMAGES)(one, choose) for one in (usual, paid, CLAIMS))):
        found, expected = Checker(content).run(), SegmentChecker(content).run()
        assert list(found.findings) == list(expected.findings)
        assert (found.payments, found.transactions) == (expected.payments, expected.transactions)


def test_a_check_takes_usual_runs_together() -> None:
    whole = with_claims((USUAL_CLAIM + USUAL_LINE * 3) * 4)
    checker = Checker(whole)
    singly: list[str] = []
    one_by_one = checker.segment
    checker.segment = lambda raw, *place: (singly.append(raw[:3]), one_by_one(raw, *place))[1]  # type: ignore[method-assign]
    checker.run()
    assert singly.count("CLP") < 4
    assert singly.count("SVC") < 12


@pytest.mark.parametrize(
    ("run", "usual"),
    [
        (CLAIM, USUAL_CLAIM),
        (LINE, USUAL_LINE),
        (claim_837_runs.SUBSCRIBER, USUAL_SUBSCRIBER),
        (claim_837_runs.CLAIM, USUAL_BILL),
        (claim_837p_reader.LINE, USUAL_SERVICE),
        (claim_837i_reader.LINE, USUAL_STAY),
    ],
    ids=["835 claim", "835 line", "subscriber", "claim", "837P line", "837I line"],
)
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
