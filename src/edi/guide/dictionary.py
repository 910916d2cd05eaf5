"""Element types and lengths of every segment in the guides read here (X12 005010 element dictionary).

One line a segment. ``AN1-38`` text of 1 to 38 characters, ``ID`` a code, ``R`` a decimal, ``N`` an integer, ``DT`` a
CCYYMMDD date, ``DF`` a date or range of dates with or without times, ``TM`` a time. Parentheses hold the components of
a composite, ``PROCEDURE`` those of a coded service; ``+`` after an element lets it repeat; ``xN`` repeats what stands before it.
"""

import re

import msgspec

_SEGMENTS = """
ST  ID3 AN4-9 AN1-35
BHT ID4 ID2 AN1-50 DT TM ID2
BPR ID1-2 R1-18 ID1 ID3 ID1-10 ID2 AN3-12 ID1-3 AN1-35 AN10 AN9 ID2 AN3-12 ID1-3 AN1-35 DT
TRN ID1-2 AN1-50 AN10 AN1-50
CUR ID2-3 ID3 R4-10 ID2-3 ID3
REF ID2-3 AN1-50 AN1-80 (ID2-3,AN1-50,ID2-3,AN1-50,ID2-3,AN1-50)
DTM ID3 DT TM ID2 ID2-3 AN1-35
DTP ID3 ID2-3 DF
N1  ID2-3 AN1-60 ID1-2 AN2-80 ID2 ID2-3
N3  AN1-55 AN1-55
N4  AN2-30 ID2 ID3-15 ID2-3 ID1-2 AN1-30 ID1-3
PER ID2 AN1-60 ID2 AN1-256 ID2 AN1-256 ID2 AN1-256 AN1-20
RDM ID1-2 AN1-60 AN1-256
LX  N1-6
TS3 AN1-50 AN1-2 DT R1-15 R1-18 R1-18x17 R1-15 R1-18
TS2 R1-18 R1-18x18
CLP AN1-38 ID1-2 R1-18 R1-18 R1-18 ID1-2 AN1-50 AN1-2 ID1 ID1-2 ID1-4 R1-15 R1-10 ID1
CAS ID1-2 ID1-5 R1-18 R1-15 ID1-5 R1-18 R1-15 ID1-5 R1-18 R1-15 ID1-5 R1-18 R1-15 ID1-5 R1-18 R1-15 ID1-5 R1-18 R1-15
NM1 ID2-3 ID1 AN1-60 AN1-35 AN1-25 AN1-10 AN1-10 ID1-2 AN2-80 ID2 ID2-3 AN1-60
MIA R1-15 R1-18 R1-15 R1-18 AN1-50 R1-18x9 R1-15 R1-18x4 AN1-50x4 R1-18
MOA R1-10 R1-18 AN1-50x5 R1-18 R1-18
AMT ID1-3 R1-18 ID1
QTY ID2 R1-15
SVC PROCEDURE R1-18 R1-18 AN1-48 R1-15 PROCEDURE R1-15
LQ  ID1-3 AN1-30
PLB AN1-50 DT (ID2,AN1-50) R1-18 (ID2,AN1-50) R1-18 (ID2,AN1-50) R1-18 (ID2,AN1-50) R1-18 (ID2,AN1-50) R1-18 (ID2,AN1-50) R1-18
HL  AN1-12 AN1-12 ID1-2 ID1
PRV ID1-3 ID2-3 AN1-50
SBR ID1 ID2 AN1-50 AN1-60 ID1-3 ID1 ID1 ID2 ID1-2
PAT ID2 ID1 ID2 ID1 ID2-3 DF ID2 R1-10 ID1
DMG ID2-3 DF ID1 ID1 (ID1,ID1-3,AN1-30)+ ID1-2 ID2-3
CLM AN1-38 R1-18 ID1-2 ID1-2 (AN1-2,ID1-2,ID1) ID1 ID1 ID1 ID1 ID1 (ID2-3,ID2-3,ID2-3,ID2,ID2-3) ID2-3 ID1 ID2 ID1 ID2 ID1-2 ID1 ID1-2 ID1-2
CL1 ID1 ID1-2 ID1-2 ID1
DN1 N1-15 N1-15 ID1 AN1-80
DN2 AN1-50 ID1-2 R1-15 ID2-3 DF ID1-3
PWK ID2 ID1-2 N1-2 ID2-3 ID1-2 AN2-80 AN1-80
CN1 ID2 R1-18 R1-6 AN1-50 R1-6 AN1-30
K3  AN1-80
NTE ID3 AN1-80
CR1 ID2 R1-10 ID1 ID1 ID2 R1-15 AN1-55 AN1-55 AN1-80 AN1-80
CR2 N1-9 R1-15 ID2-3 ID2-3 ID2 R1-15 R1-15 ID1 ID1 AN1-80 AN1-80 ID1
CR3 ID1 ID2 R1-15 ID1 ID1
CR5 ID1 R1-15 ID1 ID1 AN1-80 R1-15 R1-15 R1-15 AN1-80 R1-15 R1-15 ID1x4 R1-15 ID1 ID1
CR6 ID1 DT ID2-3 DF DT ID1 ID1 ID1 DT ID2 AN1-15 DT DT DT ID2-3 DF ID1 DTx4
CRC ID2 ID1 ID2-3x5
HI  (ID1-3,AN1-30,ID2-3,AN1-35,R1-18,R1-15,AN1-30,AN1-30,ID1)x12
HCP ID2 R1-18 R1-18 AN1-50 R1-9 AN1-50 R1-18 AN1-48 ID2 AN1-48 ID2 R1-15 ID2 ID1-2 ID1-2
OI  ID1-2 ID2 ID1 ID1 ID1 ID1
SV1 PROCEDURE R1-18 ID2 R1-15 AN1-2 ID1-2 (N1-2,N1-2,N1-2,N1-2) R1-18 ID1 ID1-2 ID1 ID1 ID1-2 ID1-2 ID1 ID1 AN1-50 ID3-15 R1-18 ID1 ID1
SV2 AN1-48 PROCEDURE R1-18 ID2 R1-15 R1-10 R1-18 ID1 ID1 ID1
SV3 PROCEDURE R1-18 AN1-2 (ID1-3,ID1-3,ID1-3,ID1-3,ID1-3) ID1 R1-15 AN1-80 ID1 ID1 AN1-30 (N1-2,N1-2,N1-2,N1-2)
SV5 (ID2,AN1-48) ID2 R1-15 R1-18 R1-18 ID1
TOO ID1-3 AN1-30 (ID1-2,ID1-2,ID1-2,ID1-2,ID1-2)
SVD AN2-80 R1-18 PROCEDURE AN1-48 R1-15 N1-6
LIN AN1-20 ID2 AN1-48
CTP ID2 ID3 R1-17 R1-15 (ID2,R1-15,R1-10)
PS1 AN1-50 R1-18 ID2
MEA ID2 ID1-3 R1-20
FRM AN1-20 ID1 AN1-50 DT R1-6
UM  ID1-2 ID1 ID1-2 (AN1-2,ID1-2,ID1) (ID2-3,ID2-3,ID2-3,ID2,ID2-3) ID2-3 ID1 ID1 ID1 ID1-2
HCR ID1-2 AN1-50 ID1-30+ ID1
HSD ID2 R1-15 ID2 R1-6 ID1-2 N1-3 ID1-2 ID1
MSG AN1-264
EQ  ID1-2+ PROCEDURE ID3 ID1-3 (N1-2,N1-2,N1-2,N1-2)
EB  ID1-3 ID3 ID1-2+ ID1-3 AN1-50 ID1-2 R1-18 R1-10 ID2 R1-15 ID1 ID1 PROCEDURE (N1-2,N1-2,N1-2,N1-2)
III ID1-3 AN1-30 ID2 AN1-264 R1-15
AAA ID1 ID2 ID2 ID1
INS ID1 ID2 ID3 ID2-3 ID1 ID1 ID2 ID1 ID1 ID1 ID2-3 DF ID1 AN2-30 ID2 ID2-3 N1-9
MPI ID1 ID2 ID1 AN1-80 ID2 ID2-3 DF
LS  AN1-4
LE  AN1-4
STC (AN1-30,AN1-30,ID2-3,ID1-3) DT ID1-2 R1-18 R1-18 DT ID3 DT AN1-16 (AN1-30,AN1-30,ID2-3,ID1-3) (AN1-30,AN1-30,ID2-3,ID1-3) AN1-264
AK1 ID2 N1-9 AN1-12
AK2 ID3 AN4-9 AN1-35
IK3 ID2-3 N1-10 AN1-4 ID1-3
IK4 (N1-2,N1-2,N1-4) N1-4 ID1-3 AN1-99
CTX (AN1-35,AN1-35)x1 ID2-3 N1-10 AN1-4 (N1-2,N1-2,N1-4) (AN1-4,AN1-4)
IK5 ID1 ID1-3x5
AK9 ID1 N1-6 N1-6 N1-6 ID1-3x5
SE  N1-10 AN4-9
"""

_PROCEDURE = "(ID2,AN1-48,AN2,AN2,AN2,AN2,AN1-80,AN1-48)"
_TOKEN = re.compile(r"(\([^)]*\)|[A-Z]+[0-9]*(?:-[0-9]+)?)(\+?)(?:x([0-9]+))?$")
_SIMPLE = re.compile(r"([A-Z]+)([0-9]*)(?:-([0-9]+))?")


class ElementType(msgspec.Struct, frozen=True):
    """Type and length of one element or component; `components` when it is a composite."""

    kind: str
    shortest: int = 0
    longest: int = 0
    components: tuple["ElementType", ...] = ()
    repeats: bool = False


def _element(token: str) -> list[ElementType]:
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise ValueError(f"not an element: {token}")
    body, repeats, times = match[1], bool(match[2]), int(match[3] or 1)
    if body.startswith("("):
        parts = tuple(_element(part)[0] for part in body[1:-1].split(","))
        return [ElementType("composite", components=parts, repeats=repeats)] * times
    simple = _SIMPLE.fullmatch(body)
    if simple is None:
        raise ValueError(f"not an element: {token}")
    shortest = int(simple[2] or 1)
    return [ElementType(simple[1], shortest, int(simple[3] or simple[2] or 35), repeats=repeats)] * times


def _read(text: str) -> dict[str, tuple[ElementType, ...]]:
    segments = {}
    for line in text.strip().splitlines():
        segment_id, *tokens = line.split()
        segments[segment_id] = tuple(element for token in tokens for element in _element(token))
    return segments


SEGMENTS = _read(_SEGMENTS.replace("PROCEDURE", _PROCEDURE))
"""Segment id to its elements."""
