"""The guide of the 278, 005010X217: the request for a review of services, and the answer. BHT02 tells which it is.

The patient event stands under subscriber and dependent alike.
"""

from textwrap import indent

_REJECTED = "AAA S 9 : R=N|Y N S S"
_REVIEW = "R=AR|HS|IN|SC R=1|2|3|4|5|6|I|N|R|S S S(R,R=A|B,S) S(R=AA|AP|EM|OA,S,S,S,S) S S S S=A|I|M|O|Y S"
_QUANTITY = "HSD S 1 : S=DY|FL|HS|MN|VS S S=DA|MO|VS|WK|YR S S S S S"
_IDENTIFIED = "R R=1|2 S S S S S S=24|34|46|FI|PI|XV|XX S"
_ADDRESS = """
  N3 S 1 : R S
  N4 S 1 : R S S S N N S
"""
_PROCEDURE = "R(R,R,S,S,S,S,S,S)"


def _only(text: str, *, answer: bool) -> str:
    """What only one of the two has: nothing in a request."""
    return text if answer else ""


def _provider(loop: str, roles: str, most: int, *, answer: bool) -> str:
    return f"""
loop {loop} S {most}
  NM1*{roles} R 1 : {_IDENTIFIED}
  REF S 9 : R R S
{_ADDRESS}
  PER*IC S 1
  {_only(_REJECTED, answer=answer)}
  PRV S 1 : R R=PXC R
"""


_PROVIDER_ROLES = "1T|71|72|73|77|AAJ|DD|DK|DN|DQ|FA|G3|P3|PV|QB|QV|SJ"


def _service(*, answer: bool) -> str:
    return f"""
loop 2000F S >1
  HL@3*SS R 1 : R R R R=0
  TRN S 3 : R=1|2 R R S
  {_only(_REJECTED, answer=answer)}
  UM S 1 : {_REVIEW}
  {_only("HCR S 1 : R S S S=N|Y", answer=answer)}
  REF*BB|NT S 2 : R R
  DTP S >1 : R R=D8|RD8 R
  HI S 1
  SV1 S 1 : {_PROCEDURE} S S=F2|MJ|UN S N N S(R,S,S,S) N N N S N N N N N N N N S
  SV2 S 1 : S S(R,R,S,S,S,S,S,S) S S=DA|F2|UN S S N N S S
  SV3 S 1 : R(R=AD,R,S,S,S,S,S,S) S N S(R,S,S,S,S) S=I|R S S
  TOO S 32 : R=JP R S
  {_QUANTITY}
  PWK S 10 : R R=AA|BM|EL|EM|FX|VO N N S=AC S S
  MSG S 1 : R
{indent(_provider("2010F", _PROVIDER_ROLES, 12, answer=answer), "  ")}
"""


def _event(*, answer: bool) -> str:
    return f"""
loop 2000E S 1
  HL@3*EV R 1 : R R R R=0|1
  TRN S 3 : R=1|2 R R S
  {_only(_REJECTED, answer=answer)}
  UM R 1 : {_REVIEW}
  {_only("HCR S 1 : R S S S=N|Y", answer=answer)}
  REF*BB|NT S 2 : R R
  DTP S >1 : R R=D8|DT|RD8 R
  HI S 1 : R(R,R,S=D8,S) S(R,R,S=D8,S)x11
  {_QUANTITY}
  CRC S >1 : R R=N|Y R S S S S
  CL1 S 1 : S S S S
  CR1 S 1
  CR2 S 1
  CR5 S 1
  CR6 S 1
  PWK S 10 : R R=AA|BM|EL|EM|FX|VO N N S=AC S S
  MSG S 1 : R
{indent(_provider("2010EA", _PROVIDER_ROLES, 14, answer=answer), "  ")}
  loop 2010EB S 5
    NM1*45|FS|ND|PW|R3 R 1 : R R=2 S
{indent(_ADDRESS, "  ")}
    {_only(_REJECTED, answer=answer)}
  loop 2010EC S 3
    NM1*00|1P|2B|ABG|CA|FA|L5|PR|PU|X3 R 1 : {_IDENTIFIED}
    REF S 9 : R R S
{indent(_ADDRESS, "  ")}
    PER*IC S 3
    DTP S 1 : R R=D8 R
{indent(_service(answer=answer), "  ")}
"""


def _levels(*, answer: bool) -> str:
    patient = f"""
REF S 9 : R R S
N3 S 1 : R S
N4 S 1 : R S S S N N S
{_only(_REJECTED, answer=answer)}
DMG S 1 : R=D8 R S=F|M|U
"""
    return f"""
loop 2000A R 1
  HL@3*20 R 1 : R N R R=0|1
  {_only(_REJECTED, answer=answer)}
  loop 2010A R 1
    NM1*X3 R 1 : R R=1|2 S S S N S R=24|34|46|PI|XV|XX R
    {_only("PER*IC S 1", answer=answer)}
    {_only(_REJECTED, answer=answer)}
  loop 2000B {"S" if answer else "R"} 1
    HL@3*21 R 1 : R R R R=0|1
    loop 2010B R 1
      NM1*1P|2B|FA R 1 : R R=1|2 S S S N S R=24|34|46|XX R
      REF S 8 : R R S
{indent(_ADDRESS, "    ")}
      PER*IC S 1
      {_only(_REJECTED, answer=answer)}
      PRV S 1 : R R=PXC R
    loop 2000C {"S" if answer else "R"} 1
      HL@3*22 R 1 : R R R R=0|1
      loop 2010C R 1
        NM1*IL R 1 : R R=1 S S S S S R=II|MI R
{indent(patient, " " * 8)}
        INS S 1 : R=Y R=18 N N N N N S
      loop 2000D S 1
        HL@3*23 R 1 : R R R R=0|1
        loop 2010D R 1
          NM1*QC R 1 : R R=1 S S S S S S=MI S
{indent(patient, " " * 10)}
          INS S 1 : R=N R N N N N N N N N N N N N N N S
{indent(_event(answer=answer), " " * 8)}
{indent(_event(answer=answer), " " * 6)}
"""


GUIDE_278 = f"""
loop - A 1
  BHT@2*01|13|36 R 1 : R=0007 R R R R
{indent(_levels(answer=False), "  ")}
loop - A 1
  BHT R 1 : R=0007 R=11 R R R S=18|19|AT
{indent(_levels(answer=True), "  ")}
"""
