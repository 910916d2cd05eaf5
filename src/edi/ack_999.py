"""The 999 implementation acknowledgment and the TA1 interchange acknowledgment: read, and write from what was received.

A 999 says whether each set could be read, never whether a claim is good. E is accepted with errors: the claims go on.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import msgspec

from edi.x12.envelope import Envelope, TransactionSet
from edi.x12.findings import Finding
from edi.x12.reader import Reader, SetBuilder
from edi.x12.segment import Segment
from edi.x12.tokenizer import Source
from edi.x12.values import QUANTITIES
from edi.x12.writer import InterchangeWriter

_BLANKS = [""] * 12
ACCEPTED_CODES = frozenset({"A", "E"})


class ElementError(msgspec.Struct):
    """IK4: an element at fault. `code` is IK403."""

    position: str
    code: str
    text: str = ""


class SegmentError(msgspec.Struct):
    """IK3: a segment at fault, counted from ST as 1. `code` is IK304."""

    segment_id: str
    position: int
    loop: str = ""
    code: str = ""
    elements: list[ElementError] = []


class SetResponse(msgspec.Struct):
    """AK2 to IK5: what became of one transaction set."""

    set_id: str
    control_number: str
    version: str = ""
    code: str = "A"
    """IK501: A accepted, E accepted with errors, R rejected, M, W, X rejected for security."""
    reasons: list[str] = []
    errors: list[SegmentError] = []

    @property
    def is_accepted(self) -> bool:
        """Whether the set goes on to the payer."""
        return self.code in ACCEPTED_CODES


class Acknowledgment(msgspec.Struct, kw_only=True):
    """One 999: the answer to one functional group."""

    functional_code: str = ""
    group_control_number: str = ""
    version: str = ""
    code: str = "A"
    """AK901: A accepted, E accepted with errors, P partly, R rejected."""
    received_count: int = 0
    accepted_count: int = 0
    responses: list[SetResponse] = []
    transaction: TransactionSet | None = None
    kept: list[Segment] = []
    problems: list[Finding] = []

    @property
    def is_group_rejected(self) -> bool:
        """Whether the group as a whole was refused, whatever is said of single sets."""
        return self.code == "R"


class AcknowledgmentBuilder(SetBuilder[Acknowledgment]):
    """Emits one value per 999."""

    guide = "999"
    conversions: ClassVar[Mapping[str, Mapping[int, Mapping[str, object]]]] = {"AK9": {2: QUANTITIES, 4: QUANTITIES}}

    def __init__(self, out: list[Acknowledgment]) -> None:
        super().__init__(out)
        self.tables = {
            "all": {
                "AK1": self._ak1,
                "AK2": self._ak2,
                "IK3": self._ik3,
                "IK4": self._ik4,
                "IK5": self._ik5,
                "AK9": self._ak9,
            }
        }
        self._value = Acknowledgment()

    def begin(self, transaction: TransactionSet) -> None:
        self._value = Acknowledgment(transaction=transaction)

    def end(self, offset: int, problem: Finding | None) -> None:
        if problem is not None:
            self.flag(problem)
        self.out.append(self._value)

    def keep(self, segment: Segment) -> None:
        self._value.kept.append(segment)

    def flag(self, finding: Finding) -> None:
        self._value.problems.append(finding)

    def _ak1(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        value = self._value
        value.functional_code, value.group_control_number, value.version = e[1:4]

    def _ak2(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        self._value.responses.append(SetResponse(e[1], e[2], e[3]))

    def _ik3(self, e: list[str], offset: int, number: int) -> None:
        if not self._value.responses:
            self.keep(Segment(e, number, offset))
            return
        e = e + _BLANKS
        position = int(e[2]) if e[2].isdigit() else 0
        self._value.responses[-1].errors.append(SegmentError(e[1], position, e[3], e[4]))

    def _ik4(self, e: list[str], offset: int, number: int) -> None:
        responses = self._value.responses
        if not responses or not responses[-1].errors:
            self.keep(Segment(e, number, offset))
            return
        e = e + _BLANKS
        responses[-1].errors[-1].elements.append(ElementError(e[1], e[3], e[4]))

    def _ik5(self, e: list[str], offset: int, number: int) -> None:
        if not self._value.responses:
            self.keep(Segment(e, number, offset))
            return
        e = e + _BLANKS
        self._value.responses[-1].code = e[1]
        self._value.responses[-1].reasons = [reason for reason in e[2:7] if reason]

    def _ak9(self, e: list[str], offset: int, number: int) -> None:
        e = e + _BLANKS
        value = self._value
        value.code = e[1]
        value.received_count, value.accepted_count = (int(QUANTITIES[e[at]] or 0) for at in (3, 4))


def stream_999(source: Source) -> Reader[Acknowledgment]:
    """Iterate once for every 999 in the file. Never raises for what the file holds; see `findings`."""
    out: list[Acknowledgment] = []
    return Reader(source, [AcknowledgmentBuilder(out)], out)


def write_999(envelope: Envelope, acknowledgments: Sequence[Acknowledgment]) -> bytes:
    """One interchange with a 999 for each functional group that is answered."""
    out = InterchangeWriter(envelope, "999", "999")
    for number, one in enumerate(acknowledgments, start=1):
        out.begin_set(f"{number:04}")
        out.add("AK1", one.functional_code, one.group_control_number, one.version)
        for response in one.responses:
            _write_response(out, response)
        counts = (str(len(one.responses)), str(one.received_count), str(one.accepted_count))
        out.add("AK9", one.code, *counts)
        out.end_set()
    return out.content()


def _write_response(out: InterchangeWriter, response: SetResponse) -> None:
    out.add("AK2", response.set_id, response.control_number, response.version)
    for error in response.errors:
        out.add("IK3", error.segment_id, str(error.position), error.loop, error.code)
        for element in error.elements:
            out.add("IK4", element.position, "", element.code, element.text)
    out.add("IK5", response.code, *response.reasons)


def acknowledge(sets: Sequence[TransactionSet], findings: Sequence[Finding]) -> list[Acknowledgment]:
    """The 999s for the groups that were received: a set with an error finding is rejected, the others accepted."""
    by_group: dict[tuple[int, str], list[TransactionSet]] = {}
    for one in sets:
        by_group.setdefault((one.interchange.ordinal, one.group.control_number), []).append(one)
    return [_answer(group, findings) for group in by_group.values()]


def _answer(sets: Sequence[TransactionSet], findings: Sequence[Finding]) -> Acknowledgment:
    responses = [
        _respond(one, [each for each in findings if each.is_error and each.transaction == one.ordinal]) for one in sets
    ]
    accepted = sum(response.is_accepted for response in responses)
    group = sets[0].group
    code: Literal["A", "P", "R"] = "A" if accepted == len(sets) else "P" if accepted else "R"
    return Acknowledgment(
        functional_code=group.functional_code,
        group_control_number=group.control_number,
        version=group.version,
        code=code,
        received_count=len(sets),
        accepted_count=accepted,
        responses=responses,
    )


SEGMENT_HAS_ELEMENT_ERRORS = "8"
SYNTAX_REASON = "5"
"""IK502 5: one or more segments in error."""


def _respond(one: TransactionSet, errors: Sequence[Finding]) -> SetResponse:
    response = SetResponse(one.set_id, one.control_number, one.version, "R" if errors else "A")
    if errors:
        response.reasons = [SYNTAX_REASON]
        response.errors = [
            SegmentError(error.segment_id or "ST", error.set_segment or 1, error.loop, SEGMENT_HAS_ELEMENT_ERRORS)
            for error in errors
        ]
    return response
