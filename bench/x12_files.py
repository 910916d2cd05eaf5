"""Synthetic 835 and 837P files of any size for measuring; nobody in them exists."""

from collections.abc import Iterable, Iterator
from itertools import islice

_ISA = "ISA*00*          *00*          *ZZ*SENDERID       *ZZ*RECEIVERID     *240115*1200*^*00501*000000001*0*T*:~\n"
_CODES = ("99213", "99214", "85025", "71046", "36415", "80053")


def _close(sets: int) -> str:
    return f"GE*{sets}*1~\nIEA*1*000000001~\n"


def _amount(cents: int) -> str:
    whole, fraction = divmod(cents, 100)
    return f"{whole}.{fraction:02}".rstrip("0") if fraction else str(whole)


def remittance_file(claims: int, lines: int = 3, claims_per_set: int = 200) -> bytes:
    """One interchange of balanced 835s."""
    return b"".join(remittance_pieces(claims, lines, claims_per_set))


def remittance_pieces(claims: int, lines: int = 3, claims_per_set: int = 200) -> Iterator[bytes]:
    """The same piece by piece, however large."""
    yield (_ISA + "GS*HP*SENDERID*RECEIVERID*20240115*1200*1*X*005010X221A1~\n").encode()
    number = 0
    for number, part in enumerate(_parts(claims, claims_per_set), start=1):
        yield from _joined(_remittance(number, part, lines))
    yield _close(number).encode()


def _parts(claims: int, claims_per_set: int) -> Iterator[range]:
    for first in range(0, claims, claims_per_set):
        yield range(first, min(claims, first + claims_per_set))


def _joined(segments: Iterable[str]) -> Iterator[bytes]:
    """A set in pieces, with its trailer, which counts its segments."""
    remaining = iter(segments)
    count, control = 0, ""
    while batch := list(islice(remaining, 1_000)):
        control = control or batch[0].split("*")[2]
        count += len(batch)
        yield "".join(f"{segment}~\n" for segment in batch).encode()
    yield f"SE*{count + 1}*{control}~\n".encode()


def _charges(claim: int, lines: int) -> list[int]:
    return [5000 + (claim * 37 + line * 1013) % 40000 for line in range(lines)]


def _paid(charges: list[int], claim: int) -> list[int]:
    """What is paid of each line: the charge without a fifth and without the patient's share."""
    return [charge - charge // 5 - (claim * 7 + line * 11) % 2000 for line, charge in enumerate(charges)]


def _remittance(number: int, claims: range, lines: int) -> Iterator[str]:
    total = sum(sum(_paid(_charges(claim, lines), claim)) for claim in claims)
    yield f"ST*835*{number:04}"
    yield f"BPR*I*{_amount(total)}*C*ACH*CCP*01*999999992*DA*123456*1999999999**01*999988880*DA*98765*20240115"
    yield f"TRN*1*EFT{number}*1999999999"
    yield from _REMITTANCE_HEAD
    for claim in claims:
        charges = _charges(claim, lines)
        paid = _paid(charges, claim)
        shares = [(claim * 7 + line * 11) % 2000 for line in range(lines)]
        sums = f"{_amount(sum(charges))}*{_amount(sum(paid))}*{_amount(sum(shares))}"
        yield f"CLP*PCN{claim:08}*1*{sums}*12*ICN{claim:09}*11*1"
        yield f"NM1*QC*1*PATIENT{claim % 97}*JANE****MI*W{claim:09}"
        yield "DTM*232*20240102"
        for line, charge in enumerate(charges):
            yield f"SVC*HC:{_CODES[(claim + line) % 6]}*{_amount(charge)}*{_amount(paid[line])}**1"
            yield f"DTM*472*202401{1 + claim % 28:02}"
            yield f"CAS*CO*45*{_amount(charge // 5)}"
            yield f"CAS*PR*2*{_amount(shares[line])}"
            yield f"REF*6R*{claim}L{line + 1}"
            yield f"AMT*B6*{_amount(charge - charge // 5)}"


_REMITTANCE_HEAD = (
    "DTM*405*20240115",
    "N1*PR*SYNTHETIC HEALTH PLAN",
    "N3*1 TEST ST",
    "N4*ANYTOWN*NE*681010000",
    "PER*BL*EDI HELP*TE*8005550101",
    "N1*PE*SYNTHETIC CLINIC*XX*1999999984",
    "REF*TJ*123456789",
    "LX*1",
)


def claim_file(claims: int, lines: int = 3, claims_per_set: int = 200) -> bytes:
    """One interchange of 837Ps, one subscriber per claim."""
    return b"".join(claim_pieces(claims, lines, claims_per_set))


def claim_pieces(claims: int, lines: int = 3, claims_per_set: int = 200) -> Iterator[bytes]:
    """The same piece by piece, however large."""
    yield (_ISA + "GS*HC*SENDERID*RECEIVERID*20240115*1200*1*X*005010X222A1~\n").encode()
    number = 0
    for number, part in enumerate(_parts(claims, claims_per_set), start=1):
        yield from _joined(_claims(number, part, lines))
    yield _close(number).encode()


def _claims(number: int, claims: range, lines: int) -> Iterator[str]:
    yield f"ST*837*{number:04}*005010X222A1"
    yield f"BHT*0019*00*BATCH{number:06}*20240115*1200*CH"
    yield from _CLAIM_HEAD
    for ordinal, claim in enumerate(claims, start=2):
        charges = _charges(claim, lines)
        yield f"HL*{ordinal}*1*22*0"
        yield "SBR*P*18*GRP0001******CI"
        yield f"NM1*IL*1*PATIENT{claim % 97}*JANE****MI*W{claim:09}"
        yield from _CLAIM_MIDDLE
        yield f"CLM*PCN{claim:08}*{_amount(sum(charges))}***11:B:1*Y*A*Y*Y"
        yield f"REF*D9*CH{claim:010}"
        yield from _CLAIM_TAIL
        for line, charge in enumerate(charges):
            yield f"LX*{line + 1}"
            yield f"SV1*HC:{_CODES[(claim + line) % 6]}*{_amount(charge)}*UN*1***1:2"
            yield f"DTP*472*D8*202401{1 + claim % 28:02}"
            yield f"REF*6R*{claim}L{line + 1}"


_CLAIM_HEAD = (
    "NM1*41*2*SYNTHETIC BILLING CO*****46*SUB123",
    "PER*IC*EDI DEPT*TE*8005550102",
    "NM1*40*2*SYNTHETIC CLEARINGHOUSE*****46*RCV456",
    "HL*1**20*1",
    "PRV*BI*PXC*207Q00000X",
    "NM1*85*2*SYNTHETIC CLINIC*****XX*1999999984",
    "N3*2 TEST ST",
    "N4*ANYTOWN*NE*681010001",
    "REF*EI*123456789",
)
_CLAIM_MIDDLE = (
    "N3*1 MAIN ST",
    "N4*ANYTOWN*NE*681010000",
    "DMG*D8*19800101*F",
    "NM1*PR*2*SYNTHETIC HEALTH PLAN*****PI*99999",
)
_CLAIM_TAIL = ("HI*ABK:I10*ABF:N390*ABF:R0789", "NM1*82*1*PROVIDER*PAT****XX*1999999992", "PRV*PE*PXC*207Q00000X")
