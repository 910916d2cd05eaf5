"""An address as its two segments."""

from edi.parties import Address
from edi.x12.writer import InterchangeWriter


def write_address(out: InterchangeWriter, address: Address) -> None:
    """N3 and N4, each only when it says something."""
    if address.line1 or address.line2:
        out.add("N3", address.line1, address.line2)
    place = (address.city, address.state, address.postal_code, address.country)
    if any(place) or address.subdivision:
        out.add("N4", *place, "", "", address.subdivision)
