"""Why an enrollment refuses."""

from kernel.errors import Conflict, Invalid, NotFound


class EnrollmentNotFound(NotFound):
    """No enrollment of that id in this practice."""

    slug = "enrollment-not-found"


class IllegalEnrollmentMove(Conflict):
    """The enrollment's state does not allow this."""

    slug = "enrollment-state"


class UnknownParty(Invalid):
    """The provider or payer of an application is not on the shelves."""

    slug = "enrollment-party-unknown"


class EndsBeforeItBegins(Invalid):
    """An enrollment's last day lies before its first."""

    slug = "enrollment-ends-before-it-begins"
