"""Hierarchical levels: what is said of their numbers and parents, in and out of sequence."""

import pytest

from edi.level_numbers import HierarchyCheck

CASES = {
    "in sequence": (["1**20*1", "2*1*22*1", "3*2*23*0", "4*1*22*0"], []),
    "begins with 2": (["2**20*1", "3*2*22*0"], ["HL01", "HL01"]),
    "a number twice": (["1**20*1", "2*1*22*0", "2*1*22*0", "3*1*22*0"], ["HL01"]),
    "a leading zero": (["1**20*1", "02*1*22*0"], ["HL01"]),
    "no number": (["1**20*1", "*1*22*0"], ["HL01"]),
    "below itself": (["1**20*1", "2*2*22*0"], ["HL02", "HL04 of 1"]),
    "below a dependent": (["1**20*1", "2*1*22*1", "3*2*23*0", "4*3*23*0"], ["HL02", "HL02"]),
    "below one that announced none, said once": (["1**20*1", "2*1*22*0", "3*2*23*0", "4*2*23*0"], ["HL02"]),
    "below the last but one": (["1**20*1", "2*1*22*1", "3*1*22*1", "4*2*23*0"], ["HL02", "HL04 of 3"]),
    "announces and has none": (["1**20*1", "2*1*22*1", "3*1*22*0"], ["HL04 of 2"]),
    "a kind nobody knows": (["1**20*1", "2*1*ZZ*1", "3*2*QQ*0"], []),
    "a known number of another kind": (["1**20*1", "2*1*22*1", "1*2*ZZ*0", "3*2*23*0"], ["HL01"]),
}


@pytest.mark.parametrize("name", CASES)
def test_levels(name: str) -> None:
    levels, expected = CASES[name]
    hierarchy = HierarchyCheck()
    found = [
        finding.element
        for number, level in enumerate(levels, start=1)
        for finding in hierarchy.take(["HL", *level.split("*")], (number, 0))
    ]
    found += [f"{finding.element} of {finding.segment}" for finding in hierarchy.finish()]
    assert found == expected
