"""A procedure as the composite element of service segments."""

from edi.procedures import Procedure, procedure_parts
from edi.x12.writer import InterchangeWriter


def procedure_text(out: InterchangeWriter, procedure: Procedure) -> str:
    """The composite, such as ``HC:99213:25``; the plain form is most of them and is made without the empty parts."""
    if procedure.modifiers or procedure.description or procedure.end_code:
        return out.composite(*procedure_parts(procedure))
    return out.composite(procedure.qualifier, procedure.code)
