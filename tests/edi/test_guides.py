"""Every guide, held against a golden file with one fault in it: the fault is found at its segment, and nothing else is."""

from collections.abc import Iterator

import pytest
from tests.edi.samples import GOLDEN

from edi.check import check
from edi.guide.library import compiled_guide, guides
from edi.x12.delimiters import Delimiters
from edi.x12.findings import Finding

ODD = Delimiters("|", ">", "+", "!")

FAULTS = [
    ("270_s", "NM1*PR*2*NORTHWIND HEALTH PLAN*****PI*NWHP1~\n", "", "guide.missing-loop", "NM1"),
    ("270_s", "HL*2*1*21*1~", "HL*2*1*21*0~", "guide.code-value", "HL04"),
    ("270_s", "EQ*30^98**FAM~", "AAA*N**42*C~\nEQ*30^98**FAM~", "guide.unexpected-segment", "AAA"),
    ("270_s", "INS*N*19~", "INS*Y*19~", "guide.code-value", "INS01"),
    ("270_s", "DTP*291*RD8*20260301", "DTP*291*TM*20260301", "guide.code-value", "DTP02"),
    ("271_b", "EB*1*FAM", "EB**FAM", "guide.missing-element", "EB01"),
    ("271_b", "**0.2***U*Y~", "**0.2***X*Y~", "guide.code-value", "EB11"),
    ("271_b", "AAA*Y**71*C~", "AAA*Y***C~", "guide.missing-element", "AAA03"),
    ("271_b", "LE*2120~", "LE*2120~\nLE*2120~", "guide.too-many", "LE"),
    ("271_b", "BHT*0022*11", "BHT*0022*13", "guide.code-value", "BHT02"),
    ("276_c", "TRN*1*S-2003~\n", "", "guide.missing-loop", "TRN"),
    ("276_c", "AMT*T3*95~", "AMT*F5*95~", "guide.unexpected-qualifier", "AMT01"),
    ("276_c", "DMG*D8*20140220*M~\n", "", "guide.missing-segment", "DMG"),
    ("277_c", "STC*P1:20*20260228**95~\n", "", "guide.missing-segment", "STC"),
    ("277_c", "STC*P1:20*20260228**95~", "STC*P1*20260228**95~", "guide.missing-element", "STC01-2"),
    ("277_c", "*RD8*20260110-20260112~", "*RD8*20260110-20261312~", "syntax.date", "DTP03"),
    ("278_a", "UM*AR*I*2*21", "UM*XX*I*2*21", "guide.code-value", "UM01"),
    ("278_a", "UM*AR*I*2*21:B*AA:EM::OH:US*03**3*Y~\n", "", "guide.missing-segment", "UM"),
    ("278_a", "CL1*1*1*09~", "HCR*A1*55~\nCL1*1*1*09~", "guide.unexpected-segment", "HCR"),
    ("278_a", "BHT*0007*13*AUTH-26-0001", "BHT*0007*11*AUTH-26-0001", "", ""),
    ("278_d", "HCR*A6*NW-AUTH-55~", "HCR**NW-AUTH-55~", "guide.missing-element", "HCR01"),
    ("278_d", "BHT*0007*11*AUTH-26-0003*20260302*1102*18~\n", "", "guide.missing-segment", "BHT"),
    ("837d", "TOO*JP*", "TOO*XX*", "guide.code-value", "TOO01"),
    ("837d", "LX*1~\n", "", "guide.unexpected-segment", "SV3"),
]  # fmt: skip


def damaged(start: str, old: str, new: str) -> tuple[bytes, int]:
    """A golden file with one fault, its count of segments made right, and the segment that was changed."""
    [path] = GOLDEN.glob(f"{start}*.edi")
    content = path.read_text()
    assert content.count(old) >= 1
    place = content.index(old)
    changed = content[:place] + new + content[place + len(old) :]
    more = changed.count("~") - content.count("~")
    head, tail = changed[:place], changed[place:]
    if "\nSE*" in tail:
        count = tail.split("\nSE*", 1)[1].split("*", 1)[0]
        tail = tail.replace(f"\nSE*{count}*", f"\nSE*{int(count) + more}*", 1)
    return (head + tail).encode(), head.count("~") + 1


def errors(content: bytes) -> Iterator[Finding]:
    """The findings of syntax and guide that are errors."""
    return (finding for finding in check(content).findings if finding.is_error and finding.level <= 2)


@pytest.mark.parametrize(("start", "old", "new", "code", "element"), [fault for fault in FAULTS if fault[3]])
def test_one_fault_is_found_at_its_place(start: str, old: str, new: str, code: str, element: str) -> None:
    content, segment = damaged(start, old, new)
    found = list(errors(content))
    assert (code, element) in [(finding.code, finding.element) for finding in found]
    first = next(finding for finding in found if finding.code == code)
    assert segment <= first.segment <= segment + new.count("~") + 12
    assert first.message
    assert first.expected


def test_a_request_read_as_an_answer_is_held_against_the_guide_of_answers() -> None:
    asked, _ = damaged("278_a", "UM*HS*I*2~", "AAA*N**33*C~\nUM*HS*I*2~")
    assert [finding.element for finding in errors(asked)] == ["AAA"]
    answered = asked.replace(b"BHT*0007*13*AUTH-26-0001", b"BHT*0007*11*AUTH-26-0001")
    assert "AAA" not in [finding.element for finding in errors(answered)]


@pytest.mark.parametrize("guide", guides())
def test_every_guide_is_ready_for_any_delimiters(guide: str) -> None:
    assert [compiled_guide(one, ODD) is not None for one in guides() if one == guide] == [True]
