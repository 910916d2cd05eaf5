"""Workbooks built to harm a reader. The product reads none: each is told what it is, at once, and is never unpacked."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable

import httpx
import openpyxl
import pytest
from tests.api.encounter_files import csv_bytes
from tests.factories.claims import open_clinic
from tests.interop.encounter_rows import row
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, base_of

from tabular.inspection import Limits, inspect
from tabular.refusals import FileRefused

MOST_BYTES = 3_000_000
"""What looking at a workbook may take of memory, whatever it holds."""

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
PARTS = {
    "outside entity": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><sst><si><t>&b;</t></si></sst>',
    "outside document": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/evil.dtd"><sst/>',
    "billion laughs": f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><sst><si><t>&l9;</t></si></sst>',
    "quadratic": f'<!DOCTYPE a [<!ENTITY b "{"b" * 50_000}">]><sst>{"&b;" * 50_000}</sst>',
}


def workbook(**more: bytes) -> bytes:
    """A workbook as Excel saves it, with parts put in or replaced."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    book.save(content)
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, part in more.items():
            archive.writestr(f"xl/{name}", part)
    return content.getvalue()


def many_sheets() -> bytes:
    """Sixty thousand sheets, in few bytes each."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        for number in range(60_000):
            archive.writestr(f"xl/s{number}", b"")
    return content.getvalue()


def long_list() -> bytes:
    """A list of entries without the entries: as many as fit into what may be uploaded."""
    entry = b"PK\x01\x02" + struct.pack("<6H3L5H2L", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    count = 40_000_000 // len(entry)
    listed = b"PK\x03\x04" + b"\0" * 26 + b"xl/workbook.xml" + entry * count
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(entry) * count, 45, 0)
    return listed + end


def in_itself() -> bytes:
    """A workbook in a workbook, ten times over."""
    content = workbook()
    for _ in range(10):
        content = workbook(embedded=content)
    return content


BOMBS: dict[str, Callable[[], bytes]] = {
    "zeros without end": lambda: workbook(sharedStrings=b"\0" * 200_000_000),
    "strings without end": lambda: workbook(strings=b"<si><t>x</t></si>" * 10_000_000),
    "many sheets": many_sheets,
    "a long list": long_list,
    "in itself": in_itself,
    "a way out": lambda: workbook(**{"../../../etc/cron.d/job": b"* * * * * root true"}),
    "cut off": lambda: workbook()[:-40],
    "macros": lambda: workbook(**{"vbaProject.bin": b"\xd0\xcf\x11\xe0"}),
    **{name: (lambda part=part: workbook(**{"sharedStrings.xml": part.encode()})) for name, part in PARTS.items()},
}


@pytest.fixture
async def biller(web: Web, tenant: Tenant) -> httpx.AsyncClient:
    """Somebody who may import."""
    await open_clinic(tenant)
    return await web.signed_in(tenant, "biller")


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_workbook_is_told_what_it_is_and_leaves_nothing(
    biller: httpx.AsyncClient, tenant: Tenant, bomb: str
) -> None:
    content, imports = BOMBS[bomb](), f"{base_of(tenant)}/imports/encounters"
    answer = await biller.post(imports, content=content, params={"file_name": "visits.csv"})
    assert answer.status_code == 422, answer.text
    told = "a ZIP archive (damaged)" if bomb == "cut off" else "an Excel workbook (XLSX)"
    assert f"This is {told}, not a CSV file. Save it as CSV UTF-8" in answer.json()["detail"]
    after = await biller.post(imports, content=csv_bytes(row("E-1")), params={"file_name": "visits.csv"})
    assert (after.status_code, after.json()["encounters_accepted"]) == (201, 1)


@pytest.mark.parametrize("bomb", ["many sheets", "a long list", "zeros without end"])
def test_looking_at_a_workbook_takes_little_memory(bomb: str) -> None:
    file = io.BytesIO(BOMBS[bomb]())
    tracemalloc.start()
    with pytest.raises(FileRefused, match="Excel workbook"):
        inspect(file, Limits())
    taken = tracemalloc.get_traced_memory()[1]
    with zipfile.ZipFile(io.BytesIO(many_sheets())) as archive:
        assert len(archive.namelist()) == 60_001
    by_listing = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < MOST_BYTES < by_listing, "listing its entries would have been noticed"
