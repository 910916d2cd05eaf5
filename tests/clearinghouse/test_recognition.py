"""Which files are recognized, and what is said about those that are not."""

import pytest
from tests.factories.clearinghouse import ISA, interchange_acknowledgment, partner_file, remittance_file

from clearinghouse.recognition import Recognized, ends_whole, recognize

RECOGNIZED = {
    "835": (remittance_file(7), ("835",)),
    "999": (partner_file("999", "005010X231A1", number=7, functional="FA"), ("999",)),
    "277CA": (partner_file("277", "005010X214", number=7, functional="HN"), ("277ca",)),
    "TA1 alone": (interchange_acknowledgment(7), ("ta1",)),
    "two interchanges": (interchange_acknowledgment(7) + remittance_file(8), ("ta1", "835")),
    "byte order mark and line ends": (b"\xef\xbb\xbf" + remittance_file(7).replace(b"~", b"~\r\n"), ("835",)),
}


@pytest.mark.parametrize("name", RECOGNIZED)
def test_a_file_is_told_by_its_envelopes(name: str) -> None:
    content, sets = RECOGNIZED[name]
    assert recognize(content) == Recognized(sets, "000000007")


REFUSED = {
    "the file is empty": b"",
    "an X12 file begins with an ISA segment": b"\r\n  \n",
    "a ZIP archive": b"PK\x03\x04rest",
    "a PDF": b"%PDF-1.7",
    "UTF-16": remittance_file().decode().encode("utf-16"),
    "not a report or a letter": b"Dear customer, your remittance is attached",
    "ISA06 breaks the fixed layout": remittance_file().replace(b"PAYER          ", b"PAYER         "),
    "ends inside a segment at byte": remittance_file()[:-30],
    "no IEA segment at its end": remittance_file()[: remittance_file().index(b"IEA*1*")],
    "before the one before it has its IEA": remittance_file()[: remittance_file().index(b"IEA*1*")] + remittance_file(),
    "277 in version 005010X212": partner_file("277", "005010X212", functional="HN"),
    "835 in version 004010X091A1": partner_file("835", "004010X091A1"),
    "834 in version 005010X220A1": partner_file("834", "005010X220A1", functional="BE"),
    "a transaction set of no known code": partner_file("Jane Doe", "005010X221A1"),
    "no transaction set (ST) and no TA1": (ISA.format(number=1) + "IEA*0*000000001~").encode(),
    "stands something else": remittance_file() + b"end of report",
}


@pytest.mark.parametrize("said", REFUSED)
def test_a_refusal_says_what_is_wrong(said: str) -> None:
    recognized = recognize(REFUSED[said])
    assert recognized.problem is not None
    assert said in recognized.problem
    assert "Jane" not in recognized.problem


def test_half_a_file_is_not_taken_for_a_whole_one() -> None:
    content = remittance_file()
    assert ends_whole(content)
    assert ends_whole(content + b"\r\n")
    assert not any(ends_whole(content[:end]) for end in range(len(content)))
