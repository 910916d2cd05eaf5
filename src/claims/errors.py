"""Why claims refuse."""

from kernel.errors import Conflict, Invalid, NotFound


class ClaimNotFound(NotFound):
    """No claim of that id in this practice."""

    slug = "claim-not-found"


class IllegalClaimMove(Conflict):
    """The claim's state does not allow this."""

    slug = "claim-state"


class NothingToScrub(Conflict):
    """The claim is not waiting to be sent."""

    slug = "claim-not-waiting"


class EncounterChanged(Conflict):
    """Encounters that are on file came again with other content."""

    slug = "encounter-changed"


class CannotWrite(Conflict):
    """A claim, the practice or the connection holds something that no 837P can carry."""

    slug = "claims-not-writable"


class UnreadableAcknowledgment(Invalid):
    """A file that should hold acknowledgments and holds none that can be read."""

    slug = "acknowledgment-unreadable"
