"""Procedures and the adjustments made to them, as claims and remittances both state them."""

from decimal import Decimal

import msgspec


class Procedure(msgspec.Struct, frozen=True, gc=False):
    """A coded service. `qualifier` names the code set: HC for HCPCS and CPT, AD dental, ER, IV, N4 drug, NU revenue."""

    qualifier: str
    code: str
    modifiers: tuple[str, ...] = ()
    description: str = ""
    end_code: str = ""
    """Last code of a range; not used by the guides but kept when sent."""


class Adjustment(msgspec.Struct, gc=False):
    """One reason of a CAS segment. `group` is CO contractual, PR patient, OA other, PI payer initiated (CR in 4010)."""

    group: str
    reason: str
    """Claim adjustment reason code (CARC); any code is kept, known or not."""
    amount_cents: int
    quantity: Decimal | None = None


def parse_procedure(text: str, component: str) -> Procedure:
    """A composite such as ``HC:99213:25``."""
    parts = text.split(component)
    if len(parts) == 2:
        return Procedure(parts[0], parts[1])
    parts += [""] * (8 - len(parts))
    modifiers = parts[2:6]
    while modifiers and not modifiers[-1]:
        modifiers.pop()
    return Procedure(parts[0], parts[1], tuple(modifiers), parts[6], parts[7])


class Procedures(dict[str, Procedure]):
    """Composite text to procedure by lookup, for one component separator; remembers a bounded number."""

    def __init__(self, component: str) -> None:
        super().__init__()
        self.component = component

    def __missing__(self, text: str) -> Procedure:
        procedure = parse_procedure(text, self.component)
        if len(self) < 20_000:
            self[text] = procedure
        return procedure


def procedure_parts(procedure: Procedure) -> list[str]:
    """The components in writing order."""
    modifiers = (*procedure.modifiers, "", "", "", "")[:4]
    return [procedure.qualifier, procedure.code, *modifiers, procedure.description, procedure.end_code]


def total_cents(adjustments: list[Adjustment]) -> int:
    """Sum of the adjustments; what they take off the charge."""
    total = 0
    for adjustment in adjustments:
        total += adjustment.amount_cents
    return total
