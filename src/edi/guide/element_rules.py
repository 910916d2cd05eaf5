"""Rules on single segments that no grammar holds: code sets kept by others, check digits, attachments.

They depend on the segment alone, so a segment that was right once is right wherever its text comes back.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

from edi.codes import SHAPES_IN_WORDS, STATES, CodeLists, CodeSet, code_is_possible, npi_is_valid
from edi.guide.patterns import Fault

_ATTACHMENT_SENT = frozenset({"BM", "EL", "EM", "FT", "FX"})
_DIAGNOSIS_QUALIFIERS = frozenset({"ABK", "ABF", "ABJ", "APR", "ABN"})
_REMEMBERED = 50_000
_DOMESTIC = frozenset({"", "US", "CA"})

ElementRule = Callable[[list[str]], Iterator[Fault]]


class ElementRules:
    """The rules by segment id. `unchecked` collects the code sets met for which no list was loaded."""

    def __init__(self, codes: CodeLists, component: str) -> None:
        self._codes = codes
        self._component = component
        self.unchecked: set[CodeSet] = set()
        self.right: dict[str, set[str]] = defaultdict(set)
        """Codes that were right before, by code set; ``HI`` for composites of plain ICD-10 diagnoses."""
        self.right["state"] |= STATES
        self.by_segment: dict[str, ElementRule] = {
            "NM1": self._nm1,
            "N1": self._n1,
            "N4": self._n4,
            "PRV": self._prv,
            "PWK": self._pwk,
            "HI": self._hi,
            "CAS": self._cas,
            "LQ": self._lq,
            "MOA": self._moa,
            "CLM": self._clm,
            "SV1": self._sv1,
        }

    def _code(self, code_set: CodeSet, code: str, element: str) -> Iterator[Fault]:
        if not code or code in self.right[code_set]:
            return
        slug = code_set.lower().replace(" ", "-")
        if not code_is_possible(code_set, code):
            message = f"{element} cannot be a {code_set} code."
            yield Fault(f"code.{slug}", 5, element, code, message, SHAPES_IN_WORDS[code_set], "7")
            return
        known = self._codes.known(code_set, code)
        if known is None:
            if code_set != "place of service":
                self.unchecked.add(code_set)
        elif not known:
            message = f"{element} is not in the loaded {code_set} list."
            yield Fault(f"code.{slug}", 5, element, code, message, f"a code of the {code_set} list", "7")
            return
        self._remember(code_set, code)

    def _remember(self, code_set: str, code: str) -> None:
        known = self.right[code_set]
        if len(known) < _REMEMBERED:
            known.add(code)

    def _npi(self, npi: str, element: str) -> Iterator[Fault]:
        if npi in self.right["NPI"]:
            return
        if npi_is_valid(npi):
            self._remember("NPI", npi)
        else:
            message = f"{element} is not a valid national provider identifier."
            yield Fault("code.npi", 5, element, npi, message, "ten digits with the right check digit", "7")

    def _nm1(self, e: list[str]) -> Iterator[Fault]:
        if len(e) > 9 and e[8] == "XX":
            yield from self._npi(e[9], "NM109")

    def _n1(self, e: list[str]) -> Iterator[Fault]:
        if len(e) > 4 and e[3] == "XX":
            yield from self._npi(e[4], "N104")

    def _n4(self, e: list[str]) -> Iterator[Fault]:
        country = e[4] if len(e) > 4 else ""
        if len(e) > 2 and e[2] and country in _DOMESTIC and e[2] not in STATES:
            message = "N402 is not a state or province."
            yield Fault("code.state", 5, "N402", e[2], message, "a postal code of a state such as NE", "7")

    def _prv(self, e: list[str]) -> Iterator[Fault]:
        if len(e) > 3 and e[2] == "PXC":
            yield from self._code("taxonomy", e[3], "PRV03")

    def _pwk(self, e: list[str]) -> Iterator[Fault]:
        if len(e) > 2 and e[2] in _ATTACHMENT_SENT and (len(e) < 7 or not e[6]):
            message = "The attachment control number is missing although an attachment was sent."
            yield Fault("situation.attachment-control-number", 4, "PWK06", "", message, "PWK05 AC and PWK06", "1")

    def _hi(self, e: list[str]) -> Iterator[Fault]:
        editions = {element[:1] == "A" for element in e[1:] if element}
        if len(editions) > 1:
            message = "ICD-9 and ICD-10 codes stand in one segment."
            yield Fault(
                "situation.code-editions", 4, "HI", "", message, "qualifiers that all begin with A, or none", "7"
            )
        for position, element in enumerate(e[1:], start=1):
            parts = element.split(self._component)
            if parts[0] in _DIAGNOSIS_QUALIFIERS and len(parts) > 1:
                yield from self._code("ICD-10-CM", parts[1], f"HI{position:02}-2")
                if len(parts) == 2 and parts[1] in self.right["ICD-10-CM"]:
                    self._remember("HI", element)

    def _cas(self, e: list[str]) -> Iterator[Fault]:
        for position in range(2, len(e), 3):
            if e[position] not in self.right["CARC"]:
                yield from self._code("CARC", e[position], f"CAS{position:02}")

    def _lq(self, e: list[str]) -> Iterator[Fault]:
        if len(e) > 2 and e[1] == "HE":
            yield from self._code("RARC", e[2], "LQ02")

    def _moa(self, e: list[str]) -> Iterator[Fault]:
        for position in range(3, min(8, len(e))):
            yield from self._code("RARC", e[position], f"MOA{position:02}")

    def _clm(self, e: list[str]) -> Iterator[Fault]:
        parts = e[5].split(self._component) if len(e) > 5 else []
        if len(parts) > 1 and parts[1] == "B":
            yield from self._code("place of service", parts[0], "CLM05-1")

    def _sv1(self, e: list[str]) -> Iterator[Fault]:
        if len(e) > 5:
            yield from self._code("place of service", e[5], "SV105")
