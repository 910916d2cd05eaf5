"""The guide of the 837I, 005010X223A2. The claim loop stands under subscriber and patient alike and is written once."""

from textwrap import indent

_CLAIM = """
loop 2300 S 100
  CLM R 1 : R R N N R(R,R=A,R) N R=A|B|C R=N|W|Y R=I|Y N N N N N N N N N N S
  DTP*096 S 1 : R R=TM R
  DTP*434 R 1 : R R=RD8 R
  DTP*435|050 S 2 : R R=D8|DT R
  CL1 R 1 : S S R
  PWK S 10 : R R=AA|BM|EL|EM|FT|FX N N S=AC S
  CN1 S 1
  AMT*F3 S 1 : R R
  REF*4N|9F|G1|F8|9A|9C|LX|D9|LU|EA|P4|G4 S >1 : R R
  K3 S 10 : R
  NTE*ALG|DCP|DGN|DME|MED|NTR|ODT|RHB|RLH|RNH|SET|SFM|SPT|UPI S 10 : R R
  NTE*ADD S 1 : R R
  CRC*ZZ S 1
  HI*ABK|BK R 1 : R(R=ABK|BK,R,N,N,N,N,N,N,S=N|U|W|Y)
  HI*ABJ|BJ S 1 : R(R=ABJ|BJ,R)
  HI*APR|PR S 1 : R(R=APR|PR,R) S(R=APR|PR,R)x2
  HI*ABN|BN S 1 : R(R=ABN|BN,R,N,N,N,N,N,N,S=N|U|W|Y) S(R=ABN|BN,R,N,N,N,N,N,N,S=N|U|W|Y)x11
  HI*DR S 1 : R(R=DR,R)
  HI*ABF|BF S 2 : R(R=ABF|BF,R,N,N,N,N,N,N,S=N|U|W|Y) S(R=ABF|BF,R,N,N,N,N,N,N,S=N|U|W|Y)x11
  HI*BBR|BR|CAH S 1 : R(R=BBR|BR|CAH,R,R=D8,R)
  HI*BBQ|BQ S 2 : R(R=BBQ|BQ,R,R=D8,R) S(R=BBQ|BQ,R,R=D8,R)x11
  HI*BI S 2 : R(R=BI,R,R=RD8,R) S(R=BI,R,R=RD8,R)x11
  HI*BH S 2 : R(R=BH,R,R=D8,R) S(R=BH,R,R=D8,R)x11
  HI*BE S 2 : R(R=BE,R,N,N,R) S(R=BE,R,N,N,R)x11
  HI*BG S 2 : R(R=BG,R) S(R=BG,R)x11
  HI*TC S 2 : R(R=TC,R) S(R=TC,R)x11
  HCP S 1
  loop 2310A S 1
    NM1*71 R 1 : R R=1 R S S N S S=XX S
    PRV*AT S 1 : R R=PXC R
    REF*0B|1G|G2|LU S 4 : R R
  loop 2310B S 1
    NM1*72 R 1 : R R=1 R S S N S S=XX S
    REF*0B|1G|G2|LU S 4 : R R
  loop 2310C S 1
    NM1*ZZ R 1 : R R=1 R S S N S S=XX S
    REF*0B|1G|G2|LU S 4 : R R
  loop 2310D S 1
    NM1*82 R 1 : R R=1 R S S N S S=XX S
    REF*0B|1G|G2|LU S 4 : R R
  loop 2310E S 1
    NM1*77 R 1 : R R=2 R N N N N S=XX S
    N3 R 1 : R S
    N4 R 1 : R S S S N N S
    REF*0B|G2|LU S 3 : R R
  loop 2310F S 1
    NM1*DN R 1 : R R=1 R S S N S S=XX S
    REF*0B|1G|G2 S 3 : R R
  loop 2320 S 10
    SBR R 1 : R=A|B|C|D|E|F|G|H|P|S|T|U R S S N N N N S
    CAS S 5 : R=CO|CR|OA|PI|PR R R S S S S S S S S S S S S S S S S
    AMT*D|EAF|A8 S 3 : R R
    OI R 1 : N N R=N|W|Y N N R=I|Y
    MIA S 1
    MOA S 1
    loop 2330A R 1
      NM1*IL R 1 : R R=1|2 R S S N S R=II|MI R
      N3 S 1 : R S
      N4 S 1 : R S S S N N S
      REF*SY S 3 : R R
    loop 2330B R 1
      NM1*PR R 1 : R R=2 R N N N N R=PI|XV R
      N3 S 1 : R S
      N4 S 1 : R S S S N N S
      DTP*573 S 1 : R R=D8 R
      REF*2U|EI|FY|NF|G1|9F|F8|T4 S >1 : R R
    loop 2330C S 1
      NM1*71 R 1 : R R=1
      REF*0B|1G|G2|LU R 4 : R R
    loop 2330D S 1
      NM1*72 R 1 : R R=1
      REF*0B|1G|G2|LU R 4 : R R
    loop 2330E S 1
      NM1*ZZ R 1 : R R=1
      REF*0B|1G|G2|LU R 4 : R R
    loop 2330F S 1
      NM1*77 R 1 : R R=2
      REF*0B|G2|LU R 3 : R R
    loop 2330G S 1
      NM1*82 R 1 : R R=1
      REF*0B|1G|G2|LU R 4 : R R
    loop 2330H S 1
      NM1*DN R 1 : R R=1
      REF*0B|1G|G2 R 3 : R R
    loop 2330I S 1
      NM1*85 R 1 : R R=2
      REF*G2|LU R 2 : R R
  loop 2400 R 999
    LX R 1 : R
    SV2 R 1 : R S(R=ER|HC|HP|IV|WK,R,S,S,S,S,S,N) R R=DA|UN R N S
    PWK S 10 : R R=AA|BM|EL|EM|FT|FX N N S=AC S
    DTP*472 S 1 : R R=D8|RD8 R
    REF*6R|9B|9D S >1 : R R
    AMT*GT|N8 S 2 : R R
    NTE*TPO S 1 : R R
    HCP S 1
    loop 2410 S 1
      LIN R 1
      CTP R 1
      REF*VY|XZ S 1 : R R
    loop 2420A S 1
      NM1*72 R 1 : R R=1 R S S N S S=XX S
      REF*0B|1G|G2|LU S 20 : R R S S
    loop 2420B S 1
      NM1*ZZ R 1 : R R=1 R S S N S S=XX S
      REF*0B|1G|G2|LU S 20 : R R S S
    loop 2420C S 1
      NM1*82 R 1 : R R=1 R S S N S S=XX S
      REF*0B|1G|G2|LU S 20 : R R S S
    loop 2420D S 1
      NM1*DN R 1 : R R=1 R S S N S S=XX S
      REF*0B|1G|G2 S 20 : R R S S
    loop 2430 S 15
      SVD R 1 : R R S(R=ER|HC|HP|IV|WK,R,S,S,S,S,S,N) R R S
      CAS S 5 : R=CO|CR|OA|PI|PR R R S S S S S S S S S S S S S S S S
      DTP*573 R 1 : R R=D8 R
      AMT*EAF S 1 : R R
"""

GUIDE_837I = f"""
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
    NM1*85 R 1 : R R=2 R N N N N S=XX S
    N3 R 1 : R S
    N4 R 1 : R S S S N N S
    REF*EI R 1 : R R
    REF*0B|1G S 2 : R R
    PER*IC S 2
  loop 2010AB S 1
    NM1*87 R 1 : R R=2
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
    SBR R 1 : R=A|B|C|D|E|F|G|H|P|S|T|U S=18 S S N N N N S
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
        REF*SY|Y4|1W S 2 : R R
{indent(_CLAIM, " " * 6)}
"""
