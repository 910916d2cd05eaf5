"""The 999 implementation acknowledgment: read and written. `edi.acknowledging` makes one for a received file.

A 999 says whether each set could be read, never whether a claim is good. E is accepted with errors: the claims go on.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from edi.acknowledging import acknowledge
from edi.acknowledgments import Acknowledgment, ElementError, SegmentError, SetResponse
from edi.x12.envelope import Envelope, TransactionSet
from edi.x12.findings import Finding
from edi.x12.reader import Reader, SetBuilder
from edi.x12.segment import Segment
from edi.x12.tokenizer import Source
from edi.x12.values import QUANTITIES
from edi.x12.writer import InterchangeWriter

__all__ = [
    "Acknowledgment",
    "AcknowledgmentBuilder",
    "ElementError",
    "SegmentError",
    "SetResponse",
    "acknowledge",
    "stream_999",
    "write_999",
]

_BLANKS = [""] * 12


class AcknowledgmentBuilder(SetBuilder[Acknowledgment]):
    """Emits one value per 999."""

    guide = "999"
    conversions: ClassVar[Mapping[str, Mapping[int, Mapping[str, object]]]] = {
        "AK9": {2: QUANTITIES, 3: QUANTITIES, 4: QUANTITIES}
    }

    def __init__(self, out: list[Acknowledgment]) -> None:
        super().__init__(out)
        self.tables = {
            "all": {
                "AK1": self._ak1,
                "AK2": self._ak2,
                "IK3": self._ik3,
                "IK4": self._ik4,
                "CTX": self._ctx,
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
        error = ElementError(e[1].replace(self.component, "-"), e[3], e[4], e[2])
        responses[-1].errors[-1].elements.append(error)

    def _ctx(self, e: list[str], offset: int, number: int) -> None:
        responses = self._value.responses
        if not responses or not responses[-1].errors:
            self.keep(Segment(e, number, offset))
        else:
            error = responses[-1].errors[-1]
            place = error.elements[-1] if error.elements else error
            place.contexts.append(e[1:])

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
        included, value.received_count, value.accepted_count = (int(QUANTITIES[e[at]] or 0) for at in (2, 3, 4))
        value.included_count = None if included == len(value.responses) else included
        value.reasons = [reason for reason in e[5:10] if reason]


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
        for segment in one.kept:
            if segment.reason == "unexpected":
                out.add_kept(segment)
        included = len(one.responses) if one.included_count is None else one.included_count
        counts = (str(included), str(one.received_count), str(one.accepted_count))
        out.add("AK9", one.code, *counts, *one.reasons)
        out.end_set()
    return out.content()


def _write_response(out: InterchangeWriter, response: SetResponse) -> None:
    out.add("AK2", response.set_id, response.control_number, response.version)
    for error in response.errors:
        out.add("IK3", error.segment_id, str(error.position), error.loop, error.code)
        _write_contexts(out, error.contexts)
        for element in error.elements:
            position = out.composite(*element.position.split("-"))
            out.add("IK4", position, element.reference, element.code, element.text)
            _write_contexts(out, element.contexts)
    out.add("IK5", response.code, *response.reasons)


def _write_contexts(out: InterchangeWriter, contexts: Sequence[Sequence[str]]) -> None:
    for context in contexts:
        out.add_kept(Segment(["CTX", *context]))
