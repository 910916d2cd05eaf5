"""The guide of the 837D, 005010X224A2. The claim loop stands under subscriber and patient alike and is written once."""

from textwrap import indent

_SURFACES = "B|D|F|I|L|M|O"
_IDENTIFIED = "R R=1|2 R S S N S S=XX S"

_CLAIM = f"""loop 2300 S 100
  CLM R 1 : R R N N R(R,R=B,R) R=N|Y R=A|B|C R=N|W|Y R=I|Y N S(R=AA|EM|OA,S=AA|EM|OA,S,S,S) S N N N N N N S=PB S
  DTP*439 S 1 : R R=D8 R
  DTP*452 S 5 : R R=D8 R
  DTP*472 S 1 : R R=D8|RD8 R
  DTP*050 S 1 : R R=D8 R
  DN1 S 1
  DN2 S 35 : R R=E|M N N N S=JP
  PWK S 10 : R R=AA|BM|EL|EM|FT|FX N N S=AC S
  CN1 S 1
  AMT*F5 S 1 : R R
  REF*G3|4N|F8|9F|G1|9A|9C|D9|LX S >1 : R R
  K3 S 10 : R
  NTE*ADD S 5 : R R
  HI S 1 : R(R=ABK|BK|TQ,R) S(R=ABF|BF|TQ,R)x3
  HCP S 1
  loop 2310A S 2
    NM1*DN|P3 R 1 : R R=1 R S S N S S=XX S
    PRV*RF S 1 : R R=PXC R
    REF*0B|1G|G2 S 3 : R R
  loop 2310B S 1
    NM1*82 R 1 : {_IDENTIFIED}
    PRV*PE S 1 : R R=PXC R
    REF*0B|1G|G2|LU S 4 : R R
  loop 2310C S 1
    NM1*77 R 1 : R R=2 S N N N N S=XX S
    N3 R 1 : R S
    N4 R 1 : R S S S N N S
    REF*0B|1G|G2|LU S 3 : R R
  loop 2310D S 1
    NM1*DD R 1 : {_IDENTIFIED}
    PRV*AS S 1 : R R=PXC R
    REF*0B|1G|G2|LU S 4 : R R
  loop 2310E S 1
    NM1*DQ R 1 : R R=1 R S S N S S=XX S
    REF*0B|1G|G2|LU S 4 : R R
  loop 2320 S 10
    SBR R 1 : R=A|B|C|D|E|F|G|H|P|S|T|U R S S S N N N S
    CAS S 5 : R=CO|CR|OA|PI|PR R R S S S S S S S S S S S S S S S S
    AMT*D|EAF|A8 S 3 : R R
    OI R 1 : N N R=N|W|Y N N R=I|Y
    MOA S 1
    loop 2330A R 1
      NM1*IL R 1 : R R=1|2 R S S N S R=II|MI R
      N3 S 1 : R S
      N4 S 1 : R S S S N N S
      REF*SY S 2 : R R
    loop 2330B R 1
      NM1*PR R 1 : R R=2 R N N N N R=PI|XV R
      N3 S 1 : R S
      N4 S 1 : R S S S N N S
      DTP*573 S 1 : R R=D8 R
      REF*2U|EI|FY|NF|G1|9F|F8|T4|G3 S >1 : R R
    loop 2330C S 2
      NM1*DN|P3 R 1 : R R=1
      REF*0B|1G|G2 R 3 : R R
    loop 2330D S 1
      NM1*82 R 1 : R R=1|2
      REF*0B|1G|G2|LU R 3 : R R
    loop 2330E S 1
      NM1*DQ R 1 : R R=1
      REF*0B|1G|G2|LU R 3 : R R
    loop 2330F S 1
      NM1*85 R 1 : R R=1|2
      REF*G2|LU R 2 : R R
    loop 2330G S 1
      NM1*77 R 1 : R R=2
      REF*0B|1G|G2|LU R 3 : R R
    loop 2330H S 1
      NM1*DD R 1 : R R=1|2
      REF*0B|1G|G2|LU R 3 : R R
  loop 2400 R 50
    LX R 1 : R
    SV3 R 1 : R(R=AD,R,S,S,S,S,S,N) R S S(R,S,S,S,S) S=I|R S N N N N S(R,S,S,S)
    TOO S 32 : R=JP S S(R={_SURFACES},S={_SURFACES},S={_SURFACES},S={_SURFACES},S={_SURFACES})
    DTP*472|441|452|446|196|198 S 6 : R R=D8 R
    CN1 S 1
    REF*G3|G1|9F|6R|9A|9C|9B|9D S >1 : R R S S
    AMT*T S 1 : R R
    K3 S 10 : R
    HCP S 1
    loop 2420A S 1
      NM1*82 R 1 : {_IDENTIFIED}
      PRV*PE S 1 : R R=PXC R
      REF*0B|1G|G2|LU S 20 : R R S S
    loop 2420B S 1
      NM1*DD R 1 : {_IDENTIFIED}
      PRV*AS S 1 : R R=PXC R
      REF*0B|1G|G2|LU S 20 : R R S S
    loop 2420C S 1
      NM1*DQ R 1 : R R=1 R S S N S S=XX S
      REF*0B|1G|G2|LU S 20 : R R S S
    loop 2420D S 1
      NM1*77 R 1 : R R=2 S N N N N S=XX S
      N3 R 1 : R S
      N4 R 1 : R S S S N N S
      REF*G2|LU S 3 : R R S S
    loop 2430 S 15
      SVD R 1 : R R R(R=AD|ER,R,S,S,S,S,S,N) N R S
      CAS S 5 : R=CO|CR|OA|PI|PR R R S S S S S S S S S S S S S S S S
      DTP*573 R 1 : R R=D8 R
      AMT*EAF S 1 : R R
"""

GUIDE_837D = f"""
BHT R 1 : R=0019 R=00|18 R R R R=31|CH|RP
loop 1000A R 1
  NM1*41 R 1 : R R=1|2 R S S N N R=46 R
  PER*IC R 2
loop 1000B R 1
  NM1*40 R 1 : R R=2 R N N N N R=46 R
loop 2000A R >1
  HL@3*20 R 1 : R N R R=1
  PRV*BI S 1 : R R=PXC R
  CUR S 1
  loop 2010AA R 1
    NM1*85 R 1 : R R=1|2 R S S N S S=XX S
    N3 R 1 : R S
    N4 R 1 : R S S S N N S
    REF*EI|SY R 1 : R R
    REF*0B|1G|G2|LU S 3 : R R
    PER*IC S 2
  loop 2010AB S 1
    NM1*87 R 1 : R R=1|2
    N3 R 1 : R S
    N4 R 1 : R S S S N N S
  loop 2010AC S 1
    NM1*PE R 1 : R R=2 R N N N N R=PI|XV R
    N3 R 1 : R S
    N4 R 1 : R S S S N N S
    REF*2U|FY|NF S 1 : R R
    REF*EI R 1 : R R
  loop 2000B R >1
    HL@3*22 R 1 : R R R R=0|1
    SBR R 1 : R=A|B|C|D|E|F|G|H|P|S|T|U S=18 S S S N N N S
    loop 2010BA R 1
      NM1*IL R 1 : R R=1|2 R S S N S S=II|MI S
      N3 S 1 : R S
      N4 S 1 : R S S S N N S
      DMG S 1 : R=D8 R R=F|M|U
      REF*SY|Y4 S 2 : R R
    loop 2010BB R 1
      NM1*PR R 1 : R R=2 R N N N N R=PI|XV R
      N3 S 1 : R S
      N4 S 1 : R S S S N N S
      REF*2U|EI|FY|NF S 3 : R R
      REF*G2|LU S 2 : R R
{indent(_CLAIM, " " * 4)}
    loop 2000C S >1
      HL@3*23 R 1 : R R R R=0
      PAT R 1 : R
      loop 2010CA R 1
        NM1*QC R 1 : R R=1 R S S N S
        N3 R 1 : R S
        N4 R 1 : R S S S N N S
        DMG R 1 : R=D8 R R=F|M|U
        REF*Y4|1W|SY S 2 : R R
{indent(_CLAIM, " " * 6)}
"""
