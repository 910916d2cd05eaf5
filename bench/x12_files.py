"""Synthetic 835 and 837P files of any size for measuring; nobody in them exists."""

from collections.abc import Iterator

_ISA = "ISA*00*          *00*          *ZZ*SENDERID       *ZZ*RECEIVERID     *240115*1200*^*00501*000000001*0*T*:~\n"
_CODES = ("99213", "99214", "85025", "71046", "36415", "80053")


def _close(sets: int) -> str:
    return f"GE*{sets}*1~\nIEA*1*000000001~\n"


def _amount(cents: int) -> str:
    whole, fraction = divmod(cents, 100)
    return f"{whole}.{fraction:02}".rstrip("0") if fraction else str(whole)


def remittance_file(claims: int, lines: int = 3, claims_per_set: int = 200) -> bytes:
    """One interchange of balanced 835s."""
    parts = [_ISA, "GS*HP*SENDERID*RECEIVERID*20240115*1200*1*X*005010X221A1~\n"]
    sets = 0
    for first in range(0, claims, claims_per_set):
        sets += 1
        parts.append(_remittance(sets, range(first, min(claims, first + claims_per_set)), lines))
    parts.append(_close(sets))
    return "".join(parts).encode()


def _remittance(number: int, claims: range, lines: int) -> str:
    body: list[str] = []
    paid_total = 0
    for claim in claims:
        charges = [5000 + (claim * 37 + line * 1013) % 40000 for line in range(lines)]
        discounts = [charge // 5 for charge in charges]
        shares = [(claim * 7 + line * 11) % 2000 for line in range(lines)]
        paid = sum(charges) - sum(discounts) - sum(shares)
        paid_total += paid
        body += [
            f"CLP*PCN{claim:08}*1*{_amount(sum(charges))}*{_amount(paid)}*{_amount(sum(shares))}*12*ICN{claim:09}*11*1",
            f"NM1*QC*1*PATIENT{claim % 97}*JANE****MI*W{claim:09}",
            "DTM*232*20240102",
        ]
        for line in range(lines):
            charge, discount, share = charges[line], discounts[line], shares[line]
            body += [
                f"SVC*HC:{_CODES[(claim + line) % 6]}*{_amount(charge)}*{_amount(charge - discount - share)}**1",
                f"DTM*472*202401{1 + claim % 28:02}",
                f"CAS*CO*45*{_amount(discount)}",
                f"CAS*PR*2*{_amount(share)}",
                f"REF*6R*{claim}L{line + 1}",
                f"AMT*B6*{_amount(charge - discount)}",
            ]
    head = [
        f"ST*835*{number:04}",
        f"BPR*I*{_amount(paid_total)}*C*ACH*CCP*01*999999992*DA*123456*1999999999**01*999988880*DA*98765*20240115",
        f"TRN*1*EFT{number}*1999999999",
        "DTM*405*20240115",
        "N1*PR*SYNTHETIC HEALTH PLAN",
        "N3*1 TEST ST",
        "N4*ANYTOWN*NE*681010000",
        "PER*BL*EDI HELP*TE*8005550101",
        "N1*PE*SYNTHETIC CLINIC*XX*1999999984",
        "REF*TJ*123456789",
        "LX*1",
    ]
    segments = head + body
    segments.append(f"SE*{len(segments) + 1}*{number:04}")
    return "~\n".join(segments) + "~\n"


def claim_file(claims: int, lines: int = 3, claims_per_set: int = 200) -> bytes:
    """One interchange of 837Ps, one subscriber per claim."""
    parts = [_ISA, "GS*HC*SENDERID*RECEIVERID*20240115*1200*1*X*005010X222A1~\n"]
    sets = 0
    for first in range(0, claims, claims_per_set):
        sets += 1
        parts.append(_claims(sets, range(first, min(claims, first + claims_per_set)), lines))
    parts.append(_close(sets))
    return "".join(parts).encode()


def _claims(number: int, claims: range, lines: int) -> str:
    segments = [
        f"ST*837*{number:04}*005010X222A1",
        f"BHT*0019*00*BATCH{number:06}*20240115*1200*CH",
        "NM1*41*2*SYNTHETIC BILLING CO*****46*SUB123",
        "PER*IC*EDI DEPT*TE*8005550102",
        "NM1*40*2*SYNTHETIC CLEARINGHOUSE*****46*RCV456",
        "HL*1**20*1",
        "PRV*BI*PXC*207Q00000X",
        "NM1*85*2*SYNTHETIC CLINIC*****XX*1999999984",
        "N3*2 TEST ST",
        "N4*ANYTOWN*NE*681010001",
        "REF*EI*123456789",
    ]
    for ordinal, claim in enumerate(claims, start=2):
        charges = [5000 + (claim * 37 + line * 1013) % 40000 for line in range(lines)]
        segments += [
            f"HL*{ordinal}*1*22*0",
            "SBR*P*18*GRP0001******CI",
            f"NM1*IL*1*PATIENT{claim % 97}*JANE****MI*W{claim:09}",
            "N3*1 MAIN ST",
            "N4*ANYTOWN*NE*681010000",
            "DMG*D8*19800101*F",
            "NM1*PR*2*SYNTHETIC HEALTH PLAN*****PI*99999",
            f"CLM*PCN{claim:08}*{_amount(sum(charges))}***11:B:1*Y*A*Y*Y",
            f"REF*D9*CH{claim:010}",
            "HI*ABK:I10*ABF:N390*ABF:R0789",
            "NM1*82*1*PROVIDER*PAT****XX*1999999992",
            "PRV*PE*PXC*207Q00000X",
        ]
        for line in range(lines):
            segments += [
                f"LX*{line + 1}",
                f"SV1*HC:{_CODES[(claim + line) % 6]}*{_amount(charges[line])}*UN*1***1:2",
                f"DTP*472*D8*202401{1 + claim % 28:02}",
                f"REF*6R*{claim}L{line + 1}",
            ]
    segments.append(f"SE*{len(segments) + 1}*{number:04}")
    return "~\n".join(segments) + "~\n"


def endless_set(megabytes: int) -> Iterator[bytes]:
    """One 835 set of about this size, made piece by piece."""
    content = remittance_file(1000, claims_per_set=1000)
    first, last = content.index(b"CLP*"), content.index(b"SE*")
    yield content[:first]
    for _ in range((megabytes << 20) // (last - first)):
        yield content[first:last]
    yield content[last:]
