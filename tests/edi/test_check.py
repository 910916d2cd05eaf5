"""One fault in a golden file, at each level: syntax, balancing, situations, codes. Each is found where it stands."""

import pytest
from tests.edi.samples import GOLDEN
from tests.edi.test_guides import damaged

from edi.check import check
from edi.codes import CodeSet

CLAIMS, STAY, PAID, STATUS = "837p_plain", "837i_", "835_paid", "277_c"

FAULTS = [
    (PAID, "SE*49*0001", "SE*48*0001", "syntax.segment-count", "SE01"),
    (PAID, "GE*1*4", "GE*1*5", "syntax.control-number", "GE02"),
    (PAID, "GE*1*4", "GE*2*4", "syntax.set-count", "GE01"),
    (PAID, "IEA*1*000000017~\n", "", "syntax.missing-trailer", "IEA"),
    (PAID, "REF*TJ*123456789~", "REF*TJ*\n123456789~", "syntax.wrapped-lines", ""),
    (PAID, "IEA*1*000000017~\n", "IEA*1*000000017~\nMORE", "syntax.outside-interchange", ""),
    (PAID, "*BILLWRIGHT     *", "*BILLWRIGHT    *", "syntax.isa-layout", "ISA06"),
    (PAID, "*0*T*:~", "*0*T***~", "syntax.isa-layout", "ISA16"),
    (PAID, "005010X221A1", "004010X091A1", "syntax.version-refused", "GS08"),
    (PAID, "CLP*PCN100001*1*175.5", "CLP*PCN100001*1*17x.5", "syntax.number", "CLP03"),
    (PAID, "DTM*405*20260302", "DTM*405*20260230", "syntax.date", "DTM02"),
    (PAID, "REF*TJ*123456789~", "REF*TJ*123456789**~", "syntax.trailing-separators", "REF04"),
    (PAID, "BPR*I*86.25", "BPR*I*86.24", "balance.payment", "BPR02"),
    (PAID, "CAS*CO*16*25~", "CAS*CO*16*24~", "balance.service", "SVC03"),
    (PAID, "CLP*PCN100001*1*175.5*80*", "CLP*PCN100001*1*176.5*80*", "balance.claim", "CLP04"),
    (PAID, "*-1.25~", "*0~", "situation.zero-adjustment", "PLB04"),
    (PAID, "BPR*I*86.25*C*ACH", "BPR*I*86.25*C*NON", "situation.payment-method", "BPR04"),
    (PAID, "22*-100*-80*", "22*100*80*", "situation.reversal-sign", "CLP03"),
    (PAID, "LQ*HE*N290~\n", "", "", ""),
    (PAID, "LQ*HE*N290", "LQ*HE*290", "code.rarc", "LQ02"),
    (PAID, "CAS*CO*16*25~", "CAS*CO*1X6*25~", "code.carc", "CAS02"),
    (PAID, "XX*1999999984~", "XX*1999999985~", "code.npi", "N104"),
    (PAID, "N4*ANYTOWN*NE*", "N4*ANYTOWN*XX*", "code.state", "N402"),
    (CLAIMS, "CLM*PCN100001*175.5*", "CLM*PCN100001*175*", "balance.claim-total", "CLM02"),
    (CLAIMS, "AMT*D*105~", "AMT*D*104~", "balance.prior-payer", "AMT02"),
    (CLAIMS, "CAS*PR*2*30*1~", "CAS*PR*2*29*1~", "balance.prior-line", "SVD02"),
    (CLAIMS, "11:B:7*Y", "11:B:1*Y", "situation.original-claim-number", "CLM05-3"),
    (CLAIMS, "REF*F8*ICN778899~\n", "", "situation.original-claim-number", "CLM05-3"),
    (CLAIMS, "LX*2~", "LX*3~", "situation.line-number", "LX01"),
    (CLAIMS, "***1:2~", "***1:3~", "situation.diagnosis-pointer", "SV107"),
    (CLAIMS, "REF*6R*L2~", "REF*6R*L1~", "situation.line-control-number", "REF02"),
    (CLAIMS, "DMG*D8*19800131*F~", "DMG*D8*20270131*F~", "situation.birth-date", "DMG02"),
    (CLAIMS, "SBR*P*18*GRP01", "SBR*P**GRP01", "situation.patient", "SBR02"),
    (CLAIMS, "HL*3*1*22*0~", "HL*4*1*22*0~", "situation.hierarchy", "HL01"),
    (CLAIMS, "HL*3*1*22*0~", "HL*3*2*22*0~", "situation.hierarchy", "HL02"),
    (CLAIMS, "HL*4*1*22*1~", "HL*4*1*22*0~", "situation.hierarchy", "HL02"),
    (CLAIMS, "HL*3*1*22*0~", "HL*3*1*22*1~", "situation.hierarchy", "HL04"),
    (CLAIMS, "HI*ABK:I10*", "PWK*OZ*EL~\nHI*ABK:I10*", "situation.attachment-control-number", "PWK06"),
    (CLAIMS, "ABF:E119", "BF:E119", "situation.code-editions", "HI"),
    (CLAIMS, "HI*ABK:I10", "HI*ABK:1I0", "code.icd-10-cm", "HI01-2"),
    (CLAIMS, "11:B:1", "00:B:1", "code.place-of-service", "CLM05-1"),
    (CLAIMS, "207Q00000X", "207Q00000Y", "code.taxonomy", "PRV03"),
    (STATUS, "HL*3*2*19*1~", "HL*3*2*19*0~", "situation.hierarchy", "HL02"),
    (STAY, "CLM*PCN", "CLM*" + "9" * 40 + "PCN", "syntax.too-long", "CLM01"),
]  # fmt: skip


@pytest.mark.parametrize(("start", "old", "new", "code", "element"), [fault for fault in FAULTS if fault[3]])
def test_a_fault_is_found_and_named(start: str, old: str, new: str, code: str, element: str) -> None:
    content, _ = damaged(start, old, new)
    found = [(finding.code, finding.element) for finding in check(content).findings if finding.severity != "info"]
    assert (code, element) in found


def test_a_reason_16_wants_a_remark() -> None:
    content, _ = damaged(PAID, "MOA***MA07~\n", "")
    bare = content.replace(b"LQ*HE*N290~\n", b"").replace(b"SE*48*", b"SE*47*")
    found = [finding for finding in check(bare).findings if finding.severity != "info"]
    assert [(finding.code, finding.severity) for finding in found] == [("situation.remark-code", "warning")]


class Loaded:
    """A list with one code of each set."""

    def known(self, code_set: CodeSet, code: str) -> bool | None:
        """CARC alone is loaded."""
        return code in ("45", "2") if code_set == "CARC" else None


def test_loaded_lists_judge_and_missing_ones_are_said_to_be_missing() -> None:
    content = (GOLDEN / "835_paid_bundled_reversed_recovered.edi").read_bytes()
    findings = check(content, Loaded()).findings
    assert {finding.text for finding in findings if finding.code == "code.carc"} == {"16", "97"}
    unchecked = [finding.message for finding in findings if finding.code == "code.not-checked"]
    assert len(unchecked) == 1
    assert "RARC" in unchecked[0]


def test_an_unknown_version_is_named_and_its_envelope_kept() -> None:
    content = (GOLDEN / "837p_plain_secondary_dependent_replacement.edi").read_bytes()
    result = check(content.replace(b"005010X222A1", b"004010X098A1"))
    [refused] = [finding for finding in result.findings if finding.is_error]
    assert (refused.code, refused.text) == ("syntax.version-refused", "004010X098A1")
    assert "004010X098A1" in refused.message
    [one] = result.transactions
    assert (one.transaction.set_id, one.transaction.version, one.transaction.control_number) == (
        "837", "004010X098A1", "0001",
    )  # fmt: skip
    assert result.interchanges[0].sender_id == "BILLWRIGHT"


def envelope(set_id: str, code: str, version: str, body: str) -> bytes:
    """A file of one set."""
    segments = [
        f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{'SENDER':15}*ZZ*{'RECEIVER':15}*260302*0930*^*00501*000000017*0*T*:",
        f"GS*{code}*SENDER*RECEIVER*20260302*0930*1*X*{version}",
        f"ST*{set_id}*0001",
        *body.split("~")[:-1],
        f"SE*{body.count('~') + 2}*0001",
        "GE*1*1",
        "IEA*1*000000017",
    ]
    return ("~".join(segments) + "~").encode()


@pytest.mark.parametrize(
    ("set_id", "code", "version", "body"),
    [
        ("275", "PI", "005010X211", "BGN*11*0001*20260302~BIN*4*ABCD~"),
        ("997", "FA", "005010", "AK1*HC*1~AK9*A*1*1*1~"),
    ],
)
def test_attachments_and_997s_are_read_by_their_envelope(set_id: str, code: str, version: str, body: str) -> None:
    result = check(envelope(set_id, code, version, body))
    assert result.ok
    assert [finding.code for finding in result.findings] == ["guide.not-checked"]
    assert [one.transaction.set_id for one in result.transactions] == [set_id]
    assert not check(envelope(set_id, code, version, body).replace(b"SE*4*", b"SE*5*")).ok


def test_an_unknown_set_is_refused_by_name() -> None:
    [refused] = check(envelope("834", "BE", "005010X220A1", "BGN*00*1~")).findings
    assert (refused.code, refused.element, refused.text) == ("syntax.version-refused", "ST01", "834")
