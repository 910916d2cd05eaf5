"""Redaction: of no transaction does anybody remain, and what is left is still a right file with the same sums."""

from pathlib import Path

import pytest
from tests.edi.samples import GOLDEN

from edi.check import check
from edi.redaction import redact
from edi.remittance_835 import read_835

FILES = sorted(GOLDEN.glob("*.edi"))
PLANTED = "QUIXOTE MARY"
ENVELOPES = ("ISA", "GS", "ST", "SE", "GE", "IEA", "TA1")
IDENTITIES = [
    "FIELD", "ROSA", "W000000001", "PCN1000", "HARBOR", "PRAIRIE", "1999999984", "BATCH0001", "ELM ROAD", "QUAY", "EFT0001",
    "ICN", "HOLLOWAY", "INGRID", "NW5550100", "LARKSPUR", "NORTHWIND", "1234567893", "BRANDT", "MILO", "NW5550222", "ACCT-7",
    "ELM COURT", "CANAL", "DAYTON", "AUTH88", "GRP77", "RIVER", "CHK00871", "S-2001", "NW26000991", "QUILL", "SECOND HARBOR",
    "NW-AUTH-55", "EV-1001", "FRACTURE", "ATT1001", "X-RAY", "NECK PAIN", "CROWN", "LOW SATURATION", "ROUND TRIP", "BILLWRIGHT",
    "CLEARHOUSE", "19710904", "20140220", "19800131", "20150601", "20260227", "20260310", "20260504", "20260216",
]  # fmt: skip


def redacted(content: bytes) -> bytes:
    """The whole redacted file."""
    return b"".join(redact(content))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nobody_remains_and_the_file_is_still_right(path: Path) -> None:
    content = path.read_bytes()
    known = [identity for identity in IDENTITIES if identity.encode() in content]
    assert known
    left = redacted(content)
    assert [identity for identity in known if identity.encode() in left] == []
    assert check(left).ok
    assert left.count(b"~") == content.count(b"~")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_name_in_any_element_at_all_does_not_survive(path: Path) -> None:
    segments = path.read_text().split("~\n")
    for at, segment in enumerate(segments):
        elements = segment.split("*")
        if elements[0] in ENVELOPES or len(elements) < 2:
            continue
        for position in range(len(elements) + 1):
            planted = [*elements, ""]
            planted[position] = PLANTED
            changed = "~\n".join([*segments[:at], "*".join(planted), *segments[at + 1 :]])
            assert PLANTED.encode() not in redacted(changed.encode()), f"{elements[0]}{position:02}"


def test_sums_stay_and_one_number_becomes_one_other_throughout() -> None:
    content = (GOLDEN / "835_paid_bundled_reversed_recovered.edi").read_bytes()
    [before], [after] = read_835(content), read_835(redacted(content))
    assert [one.paid_cents for one in after.claims] == [one.paid_cents for one in before.claims]
    assert len({one.control_number for one in after.claims}) == 1
    assert after.claims[0].lines[0].procedure == before.claims[0].lines[0].procedure
