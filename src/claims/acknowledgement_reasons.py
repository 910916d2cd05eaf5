"""What an acknowledgment says, in words for the person who has to act on it, pure. Codes and places only, no content."""

from edi.ack_277ca import ClaimStatus
from edi.ack_999 import Acknowledgment, SetResponse

MOST_SHOWN = 3


def set_reason(response: SetResponse) -> str:
    """Why a set was rejected: the segments at fault, with the element and its code where the 999 names them."""
    places = []
    for error in response.errors[:MOST_SHOWN]:
        loop = f" in loop {error.loop}" if error.loop else ""
        elements = "".join(f", element {one.position} code {one.code}" for one in error.elements[:MOST_SHOWN])
        places.append(f"segment {error.segment_id} at {error.position}{loop}, code {error.code}{elements}")
    more = f"; and {len(response.errors) - MOST_SHOWN} more" if len(response.errors) > MOST_SHOWN else ""
    said = "; ".join(places) + more if places else f"code {response.code}, no segment named"
    return f"the clearinghouse could not read set {response.control_number} (999): {said}"


def group_reason(one: Acknowledgment) -> str:
    """Why a whole group was rejected without a word on its sets."""
    return f"the clearinghouse rejected the whole file (999, group {one.group_control_number}, code {one.code})"


def claim_reason(status: ClaimStatus) -> str:
    """What the receiver said of a claim: status category and code, and whom it concerns (code lists 507 and 508)."""
    codes = ", ".join(
        ":".join(part for part in (one.category, one.code, one.entity) if part) for one in status.statuses
    )
    if not status.is_rejected:
        return "taken by the payer (277CA)"
    return f"sent back before adjudication (277CA {codes or 'rejected with its batch'}); correct it and send it again"
