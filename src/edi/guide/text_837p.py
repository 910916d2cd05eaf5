"""The guide of the 837P, 005010X222A1. The claim loop stands under subscriber and patient alike and is written once."""

from textwrap import indent

_CLAIM = """loop 2300 S 100
  CLM R 1 : R R N N R(R,R=B,R) R=N|Y R=A|B|C R=N|W|Y R=I|Y S=P S(R=AA|EM|OA,S=AA|EM|OA,N,S,S) S=02|03|05|09 N N N N N N N S
  DTP*431|454|304|453|439|484|455|471|314|360|361|297|296|435|096|090|091|444|050 S >1 : R R=D8|RD8 R
  PWK S 10 : R R=AA|BM|EL|EM|FT|FX N N S=AC S
  CN1 S 1
  AMT*F5 S 1 : R R
  REF*4N|F5|EW|9F|G1|F8|X4|9A|9C|LX|D9|EA|P4|1J S >1 : R R
  K3 S 10 : R
  NTE S 1 : R=ADD|CER|DCP|DGN|TPO R
  CR1 S 1
  CR2 S 1
  CRC*07|E1|E2|E3|75|ZZ S 6
  HI*ABK|BK R 1 : R(R=ABK|BK,R) S(R=ABF|BF,R)x11
  HI*BP S 1 : R(R=BP,R) S(R=BO,R)
  HI*BG S 2 : R(R=BG,R) S(R=BG,R)x11
  HCP S 1
  loop 2310A S 2
    NM1*DN|P3 R 1 : R R=1 R S S N S S=XX S
    REF*0B|1G|G2 S 3 : R R
  loop 2310B S 1
    NM1*82 R 1 : R R=1|2 R S S N S S=XX S
    PRV*PE S 1 : R R=PXC R
    REF*0B|1G|G2|LU S 4 : R R
  loop 2310C S 1
    NM1*77 R 1 : R R=2 S N N N N S=XX S
    N3 R 1 : R S
    N4 R 1 : R S S S N N S
    REF*0B|G2|LU S 3 : R R
    PER*IC S 1
  loop 2310D S 1
    NM1*DQ R 1 : R R=1 R S S N S S=XX S
    REF*0B|1G|G2|LU S 4 : R R
  loop 2310E S 1
    NM1*PW R 1 : R R=2
    N3 R 1 : R S
    N4 R 1 : R S S S N N S
  loop 2310F S 1
    NM1*45 R 1 : R R=2
    N3 R 1 : R S
    N4 R 1 : R S S S N N S
  loop 2320 S 10
    SBR R 1 : R=A|B|C|D|E|F|G|H|P|S|T|U R S S S N N N S
    CAS S 5 : R=CO|CR|OA|PI|PR R R S S S S S S S S S S S S S S S S
    AMT*D|A8|EAF S 3 : R R
    OI R 1 : N N R=N|W|Y S=P N R=I|Y
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
      REF*2U|EI|FY|NF|G1|9F|F8|T4 S >1 : R R
    loop 2330C S 2
      NM1*DN|P3 R 1 : R R=1
      REF*0B|1G|G2 R 3 : R R
    loop 2330D S 1
      NM1*82 R 1 : R R=1|2
      REF*0B|1G|G2|LU R 3 : R R
    loop 2330E S 1
      NM1*77 R 1 : R R=2
      REF*0B|G2|LU R 3 : R R
    loop 2330F S 1
      NM1*DQ R 1 : R R=1
      REF*0B|1G|G2|LU R 3 : R R
    loop 2330G S 1
      NM1*85 R 1 : R R=1|2
      REF*G2|LU R 2 : R R
  loop 2400 R 50
    LX R 1 : R
    SV1 R 1 : R(R=ER|HC|IV|WK,R,S,S,S,S,S,N) R R=MJ|UN R S N R(R,S,S,S) N S=Y N S=Y S=Y N N S=0
    SV5 S 1
    PWK S 10 : R R=AA|AB|AD|AF|AG|BM|EL|EM|FT|FX|NS N N S=AC S
    CR1 S 1
    CR3 S 1
    CRC*07|70|09 S 5
    DTP*472 R 1 : R R=D8|RD8 R
    DTP*471|607|463|461|304|738|739|011|455|454 S >1 : R R=D8 R
    QTY*PT|FL S 2 : R R
    MEA S 5
    CN1 S 1
    REF*9B|9D|G1|6R|EW|X4|F4|BT|9F S >1 : R R S S
    AMT*T|F4 S 2 : R R
    K3 S 10 : R
    NTE S 2 : R=ADD|DCP|TPO R
    PS1 S 1
    HCP S 1
    loop 2410 S 1
      LIN R 1
      CTP S 1
      REF*VY|XZ S 1 : R R
    loop 2420A S 1
      NM1*82 R 1 : R R=1|2 R S S N S S=XX S
      PRV*PE S 1 : R R=PXC R
      REF*0B|1G|G2|LU S 20 : R R S S
    loop 2420B S 1
      NM1*QB R 1 : R R=1|2 N N N N N R=XX R
      REF*0B|1G|G2 S 20 : R R S S
    loop 2420C S 1
      NM1*77 R 1 : R R=2 S N N N N S=XX S
      N3 R 1 : R S
      N4 R 1 : R S S S N N S
      REF*G2|LU S 3 : R R S S
    loop 2420D S 1
      NM1*DQ R 1 : R R=1 R S S N S S=XX S
      REF*0B|1G|G2|LU S 20 : R R S S
    loop 2420E S 1
      NM1*DK R 1 : R R=1 R S S N S S=XX S
      N3 S 1 : R S
      N4 S 1 : R S S S N N S
      REF*0B|1G|G2 S 20 : R R S S
      PER*IC S 1
    loop 2420F S 2
      NM1*DN|P3 R 1 : R R=1 R S S N S S=XX S
      REF*0B|1G|G2 S 20 : R R S S
    loop 2420G S 1
      NM1*PW R 1 : R R=2
      N3 R 1 : R S
      N4 R 1 : R S S S N N S
    loop 2420H S 1
      NM1*45 R 1 : R R=2
      N3 R 1 : R S
      N4 R 1 : R S S S N N S
    loop 2430 S 15
      SVD R 1 : R R R(R=ER|HC|IV|WK,R,S,S,S,S,S,N) N R S
      CAS S 5 : R=CO|CR|OA|PI|PR R R S S S S S S S S S S S S S S S S
      DTP*573 R 1 : R R=D8 R
      AMT*EAF S 1 : R R
    loop 2440 S >1
      LQ*AS|UT R 1 : R R
      FRM R 99
"""

GUIDE_837P = f"""
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
    REF*0B|1G S 2 : R R
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
    SBR R 1 : R=A|B|C|D|E|F|G|H|P|S|T|U S=18 S S S=12|13|14|15|16|41|42|43|47 N N N S
    PAT S 1 : N N N N S=D8 S S=01 S S=Y
    loop 2010BA R 1
      NM1*IL R 1 : R R=1|2 R S S N S S=II|MI S
      N3 S 1 : R S
      N4 S 1 : R S S S N N S
      DMG S 1 : R=D8 R R=F|M|U
      REF*SY|Y4 S 2 : R R
      PER*IC S 1
    loop 2010BB R 1
      NM1*PR R 1 : R R=2 R N N N N R=PI|XV R
      N3 S 1 : R S
      N4 S 1 : R S S S N N S
      REF*2U|EI|FY|NF S 3 : R R
      REF*G2|LU S 2 : R R
{indent(_CLAIM, " " * 4)}
    loop 2000C S >1
      HL@3*23 R 1 : R R R R=0
      PAT R 1 : R N N N S=D8 S S=01 S S=Y
      loop 2010CA R 1
        NM1*QC R 1 : R R=1 R S S N S
        N3 R 1 : R S
        N4 R 1 : R S S S N N S
        DMG R 1 : R=D8 R R=F|M|U
        REF*SY|Y4|1W S 2 : R R
        PER*IC S 1
{indent(_CLAIM, " " * 6)}
"""
