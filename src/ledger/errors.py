"""Why the books refuse."""

from kernel.errors import Conflict, NotFound


class EntryNotFound(NotFound):
    """No journal entry of that id in this practice."""

    slug = "entry-not-found"


class FactChanged(Conflict):
    """A fact that is already in the books came again with other content. Nothing was posted."""

    slug = "fact-changed"


class AlreadyReversed(Conflict):
    """The entry was reversed before; reversing it twice would invent money."""

    slug = "already-reversed"
