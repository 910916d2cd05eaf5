"""The guides of the 270 and the 271, 005010X279A1. What is said of a person is the same for subscriber and dependent."""

from textwrap import indent

_RECEIVER = """
NM1*1P|2B|36|80|FA|GP|P5|PR R 1 : R R=1|2 S S S N S R=24|34|FI|PI|PP|SV|XV|XX R
REF*0B|1C|1D|1J|4A|CT|EL|EO|HPI|JD|N5|N7|Q4|SY|TJ S 9 : R R S
N3 S 1 : R S
N4 S 1 : R S S S N N S
"""

_PERSON_CODES = "HI S 1 : R(R=ABK|BK,R) S(R=ABF|BF,R)x7"
_RELATIONS = "01|02|03|04|05|07|09|10|15|17|19|20|21|22|23|24|29|32|33|34|38|39|40|41|43|53|76|G8"


def _asked(level: str, opening: str, relationship: str) -> str:
    return f"""
TRN*1 S 2 : R R R S
loop 2100{level} R 1
  {opening}
  REF*18|1L|1W|3H|6P|CT|EA|EJ|F6|GH|HJ|IG|N6|NQ|SY|Y4|MRC S 9 : R R
  N3 S 1 : R S
  N4 S 1 : R S S S N N S
  PRV S 1 : R S S
  DMG S 1 : S=D8 S S=F|M
  INS S 1 : {relationship} N N N N N N N N N N N N N N S
  {_PERSON_CODES}
  DTP*102|291|307|435|472 S 2 : R R=D8|RD8 R
  loop 2110{level} S 99
    EQ R 1 : S S(R=AD|CJ|HC|ID|IV|N4|ZZ,R,S,S,S,S,N,N) S S S(R,S,S,S)
    AMT*R|PB S 2 : R R
    III S 10 : R R
    REF*9F|G1 S 1 : R R
    DTP*291 S 1 : R R=D8|RD8 R
"""


def _answered(level: str, opening: str, relationship: str) -> str:
    return f"""
TRN*1|2 S 3 : R R R S
loop 2100{level} R 1
  {opening}
  REF*18|1L|1W|3H|49|6P|CE|CT|EA|EJ|F6|GH|HJ|IF|IG|N6|NQ|Q4|SY|Y4|MRC S 9 : R R S
  N3 S 1 : R S
  N4 S 1 : R S S S N N S
  AAA S 9 : R=N|Y N R R=C|N|R|S|W|X|Y
  PRV S 1 : R S S
  DMG S 1 : S=D8 S S=F|M|U
  INS S 1 : {relationship} S=001 S=25 N N N N N N N N N N N N S
  {_PERSON_CODES}
  DTP S 9 : R R=D8|RD8 R
  MPI S 1 : R R R S S S=D8|RD8 S
  loop 2110{level} S >1
    EB R 1 : R S S S S S S S S S S=N|U|Y S=N|U|W|Y S(R=AD|CJ|HC|ID|IV|N4|ZZ,R,S,S,S,S,N,S) S(R,S,S,S)
    HSD S 9
    REF*18|1L|1W|49|6P|9F|ALS|CLI|F6|FO|G1|IG|M7|N6|NQ S 9 : R R S
    DTP S 20 : R R=D8|RD8 R
    AAA S 9 : R=N|Y N R R=C|N|R|W|X
    MSG S 10 : R
    loop 2115{level} S 10
      III R 1 : S S S=44 S
    loop 2120{level} S 1
      LS*2120 R 1 : R
      loop 2120{level} R 23
        NM1*13|1I|1P|2B|36|73|FA|GP|GW|I3|IL|LR|OC|P3|P4|P5|PR|PRP|SEP|TTP|VER|VN|VY|X3|Y2 R 1 : R R=1|2 S S S N S S S S
        N3 S 1 : R S
        N4 S 1
        PER*IC S 3
        PRV S 1 : R S S
      LE*2120 R 1 : R
"""


_SUBSCRIBER = "NM1*IL R 1 : R R=1|2 S S S N S S=II|MI S"
_DEPENDENT = "NM1*03 R 1 : R R=1 S S S N S"
_SELF = "R=Y R=18"
_OTHER = f"R=N R={_RELATIONS}"
_SOURCE = "NM1*2B|36|GP|P5|PR R 1 : R R=1|2 S S S N S R=24|46|FI|NI|PI|XV|XX R"

GUIDE_270 = f"""
BHT R 1 : R=0022 R=01|13|36 S R R S=RT
loop 2000A R >1
  HL@3*20 R 1 : R N R R=1
  loop 2100A R 1
    {_SOURCE}
  loop 2000B R >1
    HL@3*21 R 1 : R R R R=1
    loop 2100B R 1
{indent(_RECEIVER, " " * 6)}
      PRV S 1 : R S=PXC S
    loop 2000C R >1
      HL@3*22 R 1 : R R R R=0|1
{indent(_asked("C", _SUBSCRIBER, _SELF), " " * 6)}
      loop 2000D S >1
        HL@3*23 R 1 : R R R R=0
{indent(_asked("D", _DEPENDENT, _OTHER), " " * 8)}
"""

GUIDE_271 = f"""
BHT R 1 : R=0022 R=06|11 S R R
loop 2000A R >1
  HL@3*20 R 1 : R N R R=0|1
  AAA S 9 : R=N|Y N R=04|41|42|79 R=C|N|P|R|S|Y
  loop 2100A R 1
    {_SOURCE}
    PER*IC S 3
    AAA S 9 : R=N|Y N R=04|41|42|79|80|T4 R=C|N|P|R|S|W|X|Y
  loop 2000B S >1
    HL@3*21 R 1 : R R R R=0|1
    loop 2100B R 1
{indent(_RECEIVER, " " * 6)}
      AAA S 9 : R=N|Y N R=15|41|43|44|45|46|47|48|50|51|79|97|T4 R=C|N|R|S|W|X|Y
      PRV S 1 : R S=PXC S
    loop 2000C S >1
      HL@3*22 R 1 : R R R R=0|1
{indent(_answered("C", _SUBSCRIBER, _SELF), " " * 6)}
      loop 2000D S >1
        HL@3*23 R 1 : R R R R=0
{indent(_answered("D", _DEPENDENT, _OTHER), " " * 8)}
"""
