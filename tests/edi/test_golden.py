"""Our golden files: nothing wrong in them, and written again after reading they are the same to the byte."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.edi.samples import GOLDEN
from tests.edi.test_claim_837i import read as read_institutional
from tests.edi.test_claim_837p import read as read_professional

from edi.ack_277ca import stream_277ca, write_277ca
from edi.ack_999 import stream_999, write_999
from edi.check import check
from edi.claim_837i import write_837i
from edi.claim_837p import write_837p
from edi.reading import stream
from edi.remittance_835 import read_835, write_835
from edi.x12.envelope import Envelope, envelope_of

FILES = sorted(GOLDEN.glob("*.edi"))
READERS: dict[str, tuple[Callable[[bytes], Any], Callable[[Envelope, Any], bytes]]] = {
    "835": (read_835, lambda envelope, values: write_835(envelope, values)),
    "837p": (read_professional, write_837p),
    "837i": (read_institutional, write_837i),
    "999": (stream_999, write_999),
    "277ca": (stream_277ca, write_277ca),
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_wrong_and_every_value_is_whole(path: Path) -> None:
    content = path.read_bytes()
    result = check(content)
    assert [finding for finding in result.findings if finding.severity != "info"] == []
    assert [problem for value in stream(content) for problem in getattr(value, "problems", [])] == []


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.name.split("_")[0] in READERS], ids=lambda path: path.name
)
def test_what_is_read_is_written_to_the_byte(path: Path) -> None:
    content = path.read_bytes()
    read, write = READERS[path.name.split("_")[0]]
    values = list(read(content))
    [transaction] = {id(one.transaction): one.transaction for one in check(content).transactions}.values()
    assert write(envelope_of(transaction), values) == content
