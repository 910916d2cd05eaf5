"""Follows the envelopes of a file and reports every way in which they do not fit; transactions are read by others."""

from collections.abc import Iterable

from edi.x12.delimiters import IsaHeader
from edi.x12.envelope import Group, Interchange, TransactionSet
from edi.x12.envelope_elements import ElementFault, gs_faults, isa_faults, st_faults
from edi.x12.findings import Finding, Findings, Severity
from edi.x12.guides import FUNCTIONAL_CODES
from edi.x12.tokenizer import Damage

_DAMAGE_MESSAGES = {
    "syntax.outside-interchange": "Bytes stand outside any interchange and were not read.",
    "syntax.isa-unreadable": "An ISA segment cannot be read, so nothing that follows it was read.",
    "syntax.last-terminator": "The file ends without the last segment terminator.",
    "syntax.truncated": "The file ends inside a segment, which was not read.",
    "syntax.wrapped-lines": "Lines are wrapped inside segments; the line ends were removed.",
}
_TOLERATED = frozenset({"syntax.last-terminator", "syntax.wrapped-lines"})
_PADDING = [""] * 17


class EnvelopeReader:
    """State of the envelopes while a file is read; a subclass reads what lies between ST and SE."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.interchange: Interchange | None = None
        self.group: Group | None = None
        self.transaction: TransactionSet | None = None
        self.interchange_count = 0
        self.transaction_count = 0
        self.refusing = False
        self._groups = 0
        self._sets = 0
        self._set_numbers: set[str] = set()
        self._group_numbers: set[str] = set()

    def begin_set(self, transaction: TransactionSet) -> None:
        """A transaction set was opened."""

    def end_set(self, offset: int, problem: Finding | None) -> None:
        """The open transaction set ends before `offset`; `problem` when it was cut off."""

    def report(
        self,
        code: str,
        message: str,
        *,
        level: int = 1,
        expected: str = "",
        severity: Severity = "error",
        number: int = 0,
        offset: int = 0,
        segment_id: str = "",
        element: str = "",
        text: str = "",
        loop: str = "",
    ) -> Finding:
        """Add a finding at the current place in the envelopes."""
        transaction = self.transaction
        finding = Finding(
            code=code,
            level=level,
            message=message,
            expected=expected,
            severity=severity,
            segment=number,
            segment_id=segment_id,
            offset=offset,
            element=element,
            text=text[:200],
            loop=loop,
            set_segment=number - transaction.segment + 1 if transaction and number else 0,
            transaction=transaction.ordinal if transaction else 0,
            interchange=self.interchange.ordinal if self.interchange else 0,
        )
        self.findings.add(finding)
        return finding

    def damage(self, damage: Damage, number: int) -> None:
        """Report bytes that are not segments; a truncated file also ends what is open."""
        finding = self.report(
            damage.kind,
            _DAMAGE_MESSAGES[damage.kind],
            expected=damage.expected,
            severity="warning" if damage.kind in _TOLERATED else "error",
            number=number,
            offset=damage.offset,
            text=damage.text,
        )
        if damage.kind == "syntax.truncated" and self.transaction:
            self.end_set(damage.offset, finding)
            self.transaction = None

    def isa(self, header: IsaHeader, offset: int, number: int) -> None:
        """Open an interchange; one whose ISA breaks the fixed layout is named and refused."""
        self.close(offset, number)
        values = header.elements
        self.interchange_count += 1
        self.interchange = Interchange(
            values[5],
            values[6].strip(),
            values[7],
            values[8].strip(),
            values[9],
            values[10],
            values[12],
            values[13],
            values[14] == "1",
            values[15],
            header.delimiters,
            self.interchange_count,
            offset,
            number,
        )
        self._groups = 0
        self._group_numbers.clear()
        self.refusing = bool(header.faults)
        for element, text, expected in header.faults:
            self.report(
                "syntax.isa-layout",
                "The ISA segment breaks its fixed layout; the interchange was not read.",
                expected=expected,
                number=number,
                offset=offset,
                segment_id="ISA",
                element=element,
                text=text,
            )
        if not header.faults:
            self._elements(isa_faults(values, header.delimiters.characters()), offset, number)

    def gs(self, values: list[str], offset: int, number: int) -> None:
        """Open a functional group."""
        self._close_group(offset, number)
        if self.interchange is None:
            self._out_of_place(values, offset, number, "inside an interchange")
            return
        values = values + _PADDING
        self.group = Group(values[1], values[2], values[3], values[4], values[5], values[6], values[8], offset, number)
        self._groups += 1
        self._sets = 0
        self._set_numbers.clear()
        self._unique(self._group_numbers, "GS06", values[6], offset, number)
        self._elements(gs_faults(values), offset, number)

    def st(self, values: list[str], offset: int, number: int) -> None:
        """Open a transaction set."""
        self._close_set(offset, number)
        if self.interchange is None or self.group is None:
            self._out_of_place(values, offset, number, "inside a functional group")
            return
        values = values + _PADDING
        self.transaction_count += 1
        self._sets += 1
        self.transaction = TransactionSet(
            values[1],
            values[2],
            values[3] or self.group.version,
            self.interchange,
            self.group,
            self.transaction_count,
            offset,
            number,
        )
        self._unique(self._set_numbers, "ST02", values[2], offset, number)
        self._elements(st_faults(values), offset, number)
        wanted = FUNCTIONAL_CODES.get(values[1])
        if wanted and self.group.functional_code != wanted:
            self.report(
                "syntax.functional-code",
                "The group's functional code does not fit the transaction set in it.",
                expected=f"GS01 = {wanted} for a {values[1]}",
                number=self.group.segment,
                offset=self.group.offset,
                segment_id="GS",
                element="GS01",
                text=self.group.functional_code,
            )
        self.begin_set(self.transaction)

    def se(self, values: list[str], offset: int, number: int) -> None:
        """Close the transaction set and check its trailer."""
        opened = self.transaction
        if opened is None:
            self._out_of_place(values, offset, number, "at the end of a transaction set")
            return
        values = values + _PADDING
        counted = str(number - opened.segment + 1)
        self._count("syntax.segment-count", "SE01", values[1], counted, "segments from ST to SE", offset, number)
        self._control("SE02", values[2], opened.control_number, offset, number)
        self.end_set(offset, None)
        self.transaction = None

    def ge(self, values: list[str], offset: int, number: int) -> None:
        """Close the group and check its trailer."""
        self._close_set(offset, number)
        if self.group is None:
            self._out_of_place(values, offset, number, "at the end of a functional group")
            return
        values = values + _PADDING
        self._count(
            "syntax.set-count", "GE01", values[1], str(self._sets), "transaction sets in the group", offset, number
        )
        self._control("GE02", values[2], self.group.control_number, offset, number)
        self.group = None

    def iea(self, values: list[str], offset: int, number: int) -> None:
        """Close the interchange and check its trailer."""
        self._close_group(offset, number)
        if self.interchange is None:
            self._out_of_place(values, offset, number, "at the end of an interchange")
            return
        values = values + _PADDING
        if not self.refusing:
            self._count(
                "syntax.group-count", "IEA01", values[1], str(self._groups), "groups in the interchange", offset, number
            )
            self._control("IEA02", values[2], self.interchange.control_number, offset, number)
        self.interchange = None
        self.refusing = False

    def close(self, offset: int, number: int) -> None:
        """End of file, or a new ISA: whatever is still open lacks its trailer."""
        self._close_group(offset, number)
        if self.interchange is not None:
            self._missing("IEA", "interchange", offset, number)
            self.interchange = None
            self.refusing = False

    def _close_set(self, offset: int, number: int) -> None:
        if self.transaction is not None:
            finding = self._missing("SE", "transaction set", offset, number)
            self.end_set(offset, finding)
            self.transaction = None

    def _close_group(self, offset: int, number: int) -> None:
        self._close_set(offset, number)
        if self.group is not None:
            self._missing("GE", "functional group", offset, number)
            self.group = None

    def _missing(self, trailer: str, what: str, offset: int, number: int) -> Finding:
        return self.report(
            "syntax.missing-trailer",
            f"The {what} is not closed: its {trailer} segment is missing.",
            expected=f"{trailer} before this place",
            number=number,
            offset=offset,
            segment_id=trailer,
            element=trailer,
        )

    def _out_of_place(self, values: list[str], offset: int, number: int, where: str) -> None:
        self.report(
            "syntax.envelope-order",
            f"The {values[0]} segment stands where it cannot.",
            expected=f"{values[0]} {where}",
            number=number,
            offset=offset,
            segment_id=values[0],
            element=values[0],
        )

    def _elements(self, faults: Iterable[ElementFault], offset: int, number: int) -> None:
        for code, element, text, expected in faults:
            self.report(
                code,
                f"{element} cannot be what it says.",
                expected=expected,
                number=number,
                offset=offset,
                segment_id=element[:-2],
                element=element,
                text=text,
            )

    def _unique(self, seen: set[str], element: str, text: str, offset: int, number: int) -> None:
        if text in seen:
            self.report(
                "syntax.duplicate-control-number",
                f"The control number in {element} was already used in the same envelope.",
                expected="a number that is used once",
                number=number,
                offset=offset,
                segment_id=element[:2],
                element=element,
                text=text,
            )
        seen.add(text)

    def _count(self, code: str, element: str, text: str, counted: str, what: str, offset: int, number: int) -> None:
        if text.lstrip("0") != counted.lstrip("0") or not text:
            self.report(
                code,
                f"{element} does not equal the number of {what}.",
                expected=counted,
                number=number,
                offset=offset,
                segment_id=element[:-2],
                element=element,
                text=text,
            )

    def _control(self, element: str, text: str, opened: str, offset: int, number: int) -> None:
        if text != opened:
            self.report(
                "syntax.control-number",
                f"{element} does not repeat the control number of the opening segment.",
                expected=opened,
                number=number,
                offset=offset,
                segment_id=element[:-2],
                element=element,
                text=text,
            )
