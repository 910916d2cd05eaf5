"""A whole 835 of one claim that is not ours: it is stored, balances, and waits for a person."""


def small_remittance() -> bytes:
    """One payment of $80.00 for a charge of $100.00."""
    segments = [
        "ST*835*0001",
        "BPR*I*80*C*CHK************20260928",
        "TRN*1*TRACE-1*1999999999",
        "DTM*405*20260928",
        "N1*PR*Blue Heron Health Plan",
        "N3*1 Main Street",
        "N4*Columbus*OH*43215",
        "REF*2U*90003",
        "PER*BL*DESK*TE*8005550100",
        "N1*PE*Riverbend Family Medicine*XX*1234567893",
        "LX*1",
        "CLP*NOT-OURS*1*100*80*20*12*ICN-1",
        "NM1*QC*1*Marlowe*Petra",
        "SVC*HC:G0439*100*80**1",
        "DTM*472*20260901",
        "CAS*PR*1*20",
    ]
    segments.append(f"SE*{len(segments) + 1}*0001")
    head = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*SUBMITTER      *260930*1200*^*00501*000000001*0*P*:"
    group = "GS*HP*PAYER*SUBMITTER*20260930*1200*1*X*005010X221A1"
    return "".join(f"{one}~" for one in (head, group, *segments, "GE*1*1", "IEA*1*000000001")).encode()
