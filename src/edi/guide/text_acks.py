"""The guides of the acknowledgments: 999 (005010X231A1) and 277CA (005010X214)."""

GUIDE_999 = """
AK1 R 1 : R R R
loop 2000 S >1
  AK2 R 1 : R R S
  loop 2100 S >1
    IK3 R 1 : R R S R=1|2|3|4|5|6|7|8|I4|I6|I7|I8|I9
    CTX S 10
    loop 2110 S >1
      IK4 R 1 : R(R,S,S) S R=1|2|3|4|5|6|7|8|9|10|12|13|I6|I9|I10|I11|I12|I13 S
      CTX S 10
  IK5 R 1 : R=A|E|M|R|W|X S S S S S
AK9 R 1 : R=A|E|M|P|R|W|X R R R S S S S S
"""

GUIDE_277CA = """
BHT R 1 : R=0085 R=08 R R R R=TH
loop 2000A R 1
  HL@3*20 R 1 : R N R R=1
  loop 2100A R 1
    NM1*AY|PR R 1 : R R=2 R N N N N R=46|FI|PI|XV R
  loop 2200A R 1
    TRN*1 R 1 : R R
    DTP*050 R 1 : R R=D8 R
    DTP*009 R 1 : R R=D8 R
  loop 2000B R 1
    HL@3*21 R 1 : R R R R=0|1
    loop 2100B R 1
      NM1*41 R 1 : R R=1|2 R S S N N R=46 R
    loop 2200B R 1
      TRN*2 R 1 : R R
      STC R >1 : R(R,R,S,N) R R=U|WQ R N N N N N S(R,R,S,N) S(R,R,S,N)
      QTY*90|AA S 2 : R R
      AMT*YU|YY S 2 : R R
    loop 2000C S >1
      HL@3*19 R 1 : R R R R=0|1
      loop 2100C R 1
        NM1*85 R 1 : R R=1|2 S S S N S S=FI|XX S
      loop 2200C S 1
        TRN*1 R 1 : R R
        STC S >1 : R(R,R,S,N) R R=U|WQ R N N N N N S(R,R,S,N) S(R,R,S,N)
        REF*0B|1G|G2|LU|SY|TJ S 3 : R R
        QTY*QA|QC S 2 : R R
        AMT*YU|YY S 2 : R R
      loop 2000D S >1
        HL@3*PT R 1 : R R R
        loop 2100D R 1
          NM1*QC R 1 : R R=1 R S S N S R=II|MI R
        loop 2200D R 99
          TRN*2 R 1 : R R
          STC R >1 : R(R,R,S,N) R R=U|WQ R N N N N N S(R,R,S,N) S(R,R,S,N) S
          REF*1K S 1 : R R
          REF*D9 S 1 : R R
          REF*BLT S 1 : R R
          DTP*472 R 1 : R R=D8|RD8 R
          loop 2220D S >1
            SVC R 1 : R(R=AD|ER|HC|HP|IV|N4|NU|WK,R,S,S,S,S,N,N) R N S N N S
            STC R >1 : R(R,R,S,N) N R=U S N N N N N S(R,R,S,N) S(R,R,S,N)
            REF*FJ|XZ S 2 : R R
            DTP*472 S 1 : R R=D8|RD8 R
"""
