"""Makes the acknowledgments of a received file from what the check found: TA1 for the envelope, 999 for each group.

A 999 speaks of syntax and guide (levels 1 and 2). Balancing, situations and external codes are for the application to
answer, unless `highest_level` says otherwise.
"""

from collections.abc import Iterable, Sequence

from edi.ack_ta1 import InterchangeAcknowledgment
from edi.acknowledgments import Acknowledgment, ElementError, SegmentError, SetResponse
from edi.x12.envelope import Interchange, TransactionSet
from edi.x12.findings import Finding

_NOT_SUPPORTED = frozenset({"syntax.version-refused"})

_SEGMENT_CODES = {
    "syntax.unknown-segment": "1",
    "guide.unexpected-segment": "2",
    "guide.missing-segment": "3",
    "guide.missing-loop": "I7",
    "guide.too-many": "5",
    "guide.segment-order": "7",
}
"""IK304 of findings about a whole segment; any other means data element errors (8)."""

_ELEMENT_CODES = {
    "guide.missing-element": "1",
    "syntax.too-many-components": "3",
    "syntax.trailing-separators": "3",
    "syntax.too-short": "4",
    "syntax.too-long": "5",
    "syntax.character": "6",
    "syntax.number": "6",
    "syntax.amount": "6",
    "guide.code-value": "7",
    "guide.unexpected-qualifier": "7",
    "syntax.date": "8",
    "syntax.time": "9",
    "guide.element-not-used": "I10",
}
"""IK403; what is not listed did not match what the guide expects there (I12)."""

_SET_CODES = {
    ("syntax.missing-trailer", "SE"): "2",
    ("syntax.control-number", "SE02"): "3",
    ("syntax.segment-count", "SE01"): "4",
    ("syntax.duplicate-control-number", "ST02"): "23",
    ("syntax.version-refused", "ST01"): "1",
    ("syntax.version-refused", "ST03"): "I6",
    ("syntax.version-refused", "GS08"): "I6",
    ("syntax.version-mismatch", "GS08"): "I6",
}
"""IK502 by finding and element."""

_GROUP_CODES = {
    ("syntax.missing-trailer", "GE"): "3",
    ("syntax.control-number", "GE02"): "4",
    ("syntax.set-count", "GE01"): "5",
    ("syntax.functional-code", "GS01"): "1",
}
"""AK905 by finding and element."""

_NOTES = {
    "ISA01": "010",
    "ISA03": "012",
    "ISA05": "005",
    "ISA06": "006",
    "ISA07": "007",
    "ISA08": "008",
    "ISA09": "014",
    "ISA10": "015",
    "ISA11": "016",
    "ISA12": "017",
    "ISA13": "018",
    "ISA14": "019",
    "ISA15": "020",
    "ISA16": "027",
    "IEA01": "021",
    "IEA02": "001",
    "IEA": "023",
}
"""TA105 by the element at fault."""


def acknowledge_interchanges(
    interchanges: Iterable[Interchange], findings: Sequence[Finding]
) -> list[InterchangeAcknowledgment]:
    """A TA1 for every interchange: rejected when its envelope is at fault, whatever its groups hold."""
    answers = []
    for one in interchanges:
        faults = [
            each for each in findings if each.is_error and each.interchange == one.ordinal and each.element in _NOTES
        ]
        note = _NOTES[faults[0].element] if faults else "000"
        answers.append(
            InterchangeAcknowledgment(
                control_number=one.control_number,
                date=one.date,
                time=one.time,
                code="R" if faults else "A",
                note=note,
            )
        )
    return answers


def acknowledge(
    sets: Sequence[TransactionSet], findings: Sequence[Finding], highest_level: int = 2
) -> list[Acknowledgment]:
    """A 999 for every functional group received, one response per set; sets without fault are accepted.

    A 999 itself is never acknowledged with another, so sets of functional group FA are left out.
    """
    groups: dict[tuple[int, int], list[TransactionSet]] = {}
    for one in sets:
        if one.group.functional_code != "FA":
            groups.setdefault((one.interchange.ordinal, one.group.offset), []).append(one)
    errors = [finding for finding in findings if finding.is_error and finding.level <= highest_level]
    return [_answer(group, errors) for group in groups.values()]


def _answer(sets: Sequence[TransactionSet], errors: Sequence[Finding]) -> Acknowledgment:
    by_set: dict[int, list[Finding]] = {}
    for error in errors:
        by_set.setdefault(error.transaction, []).append(error)
    responses = [_respond(one, by_set.get(one.ordinal, [])) for one in sets]
    accepted = sum(response.is_accepted for response in responses)
    group = sets[0].group
    reasons = _group_reasons(sets, errors)
    code = "R" if reasons or not accepted else "A" if accepted == len(sets) else "P"
    return Acknowledgment(
        functional_code=group.functional_code,
        group_control_number=group.control_number,
        version=group.version,
        code=code,
        received_count=len(sets),
        accepted_count=0 if reasons else accepted,
        reasons=reasons,
        responses=responses,
    )


def _group_reasons(sets: Sequence[TransactionSet], errors: Sequence[Finding]) -> list[str]:
    """AK905 on: faults of the group's own header and trailer, which lie around its sets."""
    interchange, start, last = sets[0].interchange.ordinal, sets[0].group.offset, sets[-1].offset
    reasons = []
    for error in errors:
        code = _GROUP_CODES.get((error.code, error.element))
        inside = error.offset == start if error.element == "GS01" else error.offset > last
        if code and error.interchange == interchange and inside and code not in reasons:
            reasons.append(code)
    return reasons[:5]


def _respond(one: TransactionSet, errors: Sequence[Finding]) -> SetResponse:
    response = SetResponse(one.set_id, one.control_number, one.version, "R" if errors else "A")
    by_segment: dict[tuple[int, str], SegmentError] = {}
    for error in errors:
        reason = _SET_CODES.get((error.code, error.element), "5")
        if reason not in response.reasons:
            response.reasons.append(reason)
        if reason == "5":
            _segment_error(by_segment, error)
    response.reasons = response.reasons[:5]
    response.errors = list(by_segment.values())
    return response


def _segment_error(by_segment: dict[tuple[int, str], SegmentError], error: Finding) -> None:
    code = _SEGMENT_CODES.get(error.code, "8")
    key = (error.set_segment, code if code != "8" else "")
    entry = by_segment.setdefault(
        key, SegmentError(error.segment_id or "ST", max(error.set_segment, 1), error.loop[:4], code)
    )
    if code == "8" and error.element[-1:].isdigit() and len(entry.elements) < _MOST_ELEMENTS:
        position = error.element[len(error.segment_id) :].lstrip("0")
        entry.elements.append(ElementError(position, _ELEMENT_CODES.get(error.code, "I12"), _copy(error.text)))


_MOST_ELEMENTS = 99


def _copy(text: str) -> str:
    """IK404, the bad data: left out where it could not stand in an element."""
    clean = text.isascii() and text.isprintable() and not any(mark in text for mark in "*:^~|>")
    return text[:99] if clean else ""
