"""Dental claims are read with their tooth information."""

from tests.edi.examples import DAY

from edi.check import check
from edi.claim_837 import Claim
from edi.claim_837d import stream_837d
from edi.procedures import Procedure
from edi.x12.delimiters import Delimiters
from edi.x12.values import format_date

BODY = f"""ISA*00*          *00*          *ZZ*BILLWRIGHT     *ZZ*CLEARHOUSE     *260302*0930*^*00501*000000017*0*T*:~
GS*HC*BILLWRIGHT*CLEARHOUSE*{format_date(DAY)}*0930*4*X*005010X224A2~
ST*837*0001*005010X224A2~
BHT*0019*00*BATCH1*{format_date(DAY)}*0930*CH~
NM1*41*2*BILLWRIGHT BILLING*****46*SUB123~
PER*IC*EDI DESK*TE*4025550100~
NM1*40*2*CENTRAL CLEARINGHOUSE*****46*RCV456~
HL*1**20*1~
NM1*85*2*HARBOR DENTAL*****XX*1999999984~
N3*12 QUAY STREET~
N4*ANYTOWN*NE*681010001~
REF*EI*123456789~
HL*2*1*22*0~
SBR*P*18*******CI~
NM1*IL*1*FIELD*ROSA****MI*W000000001~
DMG*D8*19800131*F~
NM1*PR*2*PRAIRIE HEALTH PLAN*****PI*99901~
CLM*PCN300*250***11:B:1*Y*A*Y*Y~
DTP*472*D8*20260216~
LX*1~
SV3*AD:D2150*150**40**1~
TOO*JP*12*M:O~
LX*2~
SV3*AD:D1110*100****1~
SE*23*0001~
GE*1*4~
IEA*1*000000017~
""".encode()


def test_services_and_teeth() -> None:
    reader = stream_837d(BODY)
    [claim] = [event for event in reader if isinstance(event, Claim)]
    first, second = claim.lines
    assert (first.procedure, first.charge_cents, first.tooth_area) == (Procedure("AD", "D2150"), 15000, "40")
    assert [segment.elements for segment in first.kept] == [["TOO", "JP", "12", "M:O"]]
    assert (second.charge_cents, str(second.units)) == (10000, "1")
    assert list(reader.findings) == []
    assert claim.transaction is not None
    assert claim.transaction.interchange.delimiters == Delimiters(line_end="\n")


def test_a_total_that_is_off_is_found() -> None:
    result = check(BODY.replace(b"PCN300*250*", b"PCN300*251*"))
    assert [finding.code for finding in result.findings if finding.is_error] == ["balance.claim-total"]
    assert check(BODY).ok
