"""The guides of the 276 and the 277, 005010X212. Claims stand under subscriber and dependent alike."""

from textwrap import indent

_PROCEDURE = "R(R=AD|ER|HC|HP|IV|N4|NU|WK,R,S,S,S,S,N,N)"
_PROVIDER = "NM1*1P R 1 : R R=1|2 S S S N S R=FI|SV|XX R"
_SUBSCRIBER = "NM1*IL R 1 : R R=1|2 R S S N S R=24|II|MI R"
_DEPENDENT = "NM1*QC R 1 : R R=1 R S S N S"
_PAYER = "NM1*PR R 1 : R R=2 R N N N N R=PI|XV R"
_RECEIVER = "NM1*41 R 1 : R R=1|2 S S S N N R=46 R"
_STATUSES = "S(R,R,S,S) S(R,R,S,S)"


def _asked(level: str, usage: str) -> str:
    return f"""
loop 2200{level} {usage} >1
  TRN*1 R 1 : R R
  REF*1K|BLT|LU|EJ|D9|XZ|VV S 7 : R R
  AMT*T3 S 1 : R R
  DTP*472 S 1 : R R=D8|RD8 R
  loop 2210{level} S >1
    SVC R 1 : {_PROCEDURE} R N S N N S
    REF*FJ S 1 : R R
    DTP*472 R 1 : R R=D8|RD8 R
"""


def _answered(level: str, usage: str) -> str:
    return f"""
loop 2200{level} {usage} >1
  TRN*2 R 1 : R R
  STC R >1 : R(R,R,S,S) R N S S S S=ACH|BOP|CHK|FWT|NON S S {_STATUSES}
  REF*1K|BLT|EJ|XZ|VV|D9 S 6 : R R
  DTP*472 S 1 : R R=D8|RD8 R
  loop 2220{level} S >1
    SVC R 1 : {_PROCEDURE} R R S N N S
    STC R >1 : R(R,R,S,S) R N N N N N N N {_STATUSES}
    REF*FJ S 1 : R R
    DTP*472 R 1 : R R=D8|RD8 R
"""


_ANSWER = f"STC R >1 : R(R,R,S,N) R N N N N N N N {_STATUSES}"

GUIDE_276 = f"""
BHT R 1 : R=0010 R=13 R R R
loop 2000A R >1
  HL@3*20 R 1 : R N R R=1
  loop 2100A R 1
    {_PAYER}
  loop 2000B R >1
    HL@3*21 R 1 : R R R R=1
    loop 2100B R 1
      {_RECEIVER}
    loop 2000C R >1
      HL@3*19 R 1 : R R R R=1
      loop 2100C R 2
        {_PROVIDER}
      loop 2000D R >1
        HL@3*22 R 1 : R R R R=0|1
        DMG S 1 : R=D8 R S=F|M
        loop 2100D R 1
          {_SUBSCRIBER}
{indent(_asked("D", "S"), " " * 8)}
        loop 2000E S >1
          HL@3*23 R 1 : R R R
          DMG R 1 : R=D8 R S=F|M
          loop 2100E R 1
            {_DEPENDENT}
{indent(_asked("E", "R"), " " * 10)}
"""

GUIDE_277 = f"""
BHT R 1 : R=0010 R=08 R R R R=DG
loop 2000A R >1
  HL@3*20 R 1 : R N R R=1
  loop 2100A R 1
    {_PAYER}
    PER*IC S 1
  loop 2000B R >1
    HL@3*21 R 1 : R R R R=0|1
    loop 2100B R 1
      {_RECEIVER}
    loop 2200B S 1
      TRN*2 R 1 : R R
      {_ANSWER}
    loop 2000C S >1
      HL@3*19 R 1 : R R R R=0|1
      loop 2100C R 2
        {_PROVIDER}
      loop 2200C S 1
        TRN*1 R 1 : R R
        {_ANSWER}
      loop 2000D S >1
        HL@3*22 R 1 : R R R R=0|1
        loop 2100D R 1
          {_SUBSCRIBER}
{indent(_answered("D", "S"), " " * 8)}
        loop 2000E S >1
          HL@3*23 R 1 : R R R
          loop 2100E R 1
            {_DEPENDENT}
{indent(_answered("E", "R"), " " * 10)}
"""
