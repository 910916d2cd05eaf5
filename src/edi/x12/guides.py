"""Which implementation guide a transaction set follows, told from ST01 and the version in ST03 or GS08."""

import re
from typing import Literal

Guide = Literal["837P", "837I", "837D", "835", "999", "997", "277CA", "277", "276", "270", "271", "278", "275"]

_BY_SET: dict[str, dict[str, Guide]] = {
    "837": {"X222": "837P", "X223": "837I", "X224": "837D"},
    "835": {"X221": "835"},
    "999": {"X231": "999"},
    "997": {"X230": "997", "": "997"},
    "277": {"X214": "277CA", "X212": "277"},
    "276": {"X212": "276"},
    "270": {"X279": "270"},
    "271": {"X279": "271"},
    "278": {"X217": "278"},
    "275": {"X210": "275", "X211": "275"},
}

VERSIONS: dict[Guide, str] = {
    "837P": "005010X222A1",
    "837I": "005010X223A2",
    "837D": "005010X224A2",
    "835": "005010X221A1",
    "999": "005010X231A1",
    "997": "005010",
    "277CA": "005010X214",
    "277": "005010X212",
    "276": "005010X212",
    "270": "005010X279A1",
    "271": "005010X279A1",
    "278": "005010X217",
    "275": "005010X211",
}
"""The version written, per guide; reading also accepts other addenda of the same guide."""

FUNCTIONAL_CODES: dict[str, str] = {
    "837": "HC",
    "835": "HP",
    "999": "FA",
    "997": "FA",
    "277": "HN",
    "276": "HR",
    "270": "HS",
    "271": "HB",
    "278": "HI",
    "275": "PI",
    "834": "BE",
    "820": "RA",
}
"""GS01 of each transaction set."""


_VERSION = re.compile(r"005010(?:(X[0-9]{3})(?:A[1-9])?)?")


def guide_of(set_id: str, version: str) -> Guide | None:
    """The guide of a set; None when the set or its version is not one this library reads."""
    match = _VERSION.fullmatch(version)
    return _BY_SET.get(set_id, {}).get(match[1] or "") if match else None


def expected_versions(set_id: str) -> str:
    """Words for the versions of this set that are read; empty when the set is unknown."""
    return ", ".join(VERSIONS[guide] for guide in _BY_SET.get(set_id, {}).values())
