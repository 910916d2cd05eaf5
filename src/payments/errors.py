"""Why a payment is refused or held."""

from kernel.errors import Conflict, Invalid, NotFound


class RemittanceNotFound(NotFound):
    """No remittance of that id in this practice."""

    slug = "remittance-not-found"


class StalePlan(Conflict):
    """The plan a person saw is no longer what would be posted."""

    slug = "plan-is-stale"


class CannotPost(Conflict):
    """The remittance as a whole may not be posted; the message says why."""

    slug = "remittance-cannot-post"


class AmountRefused(Invalid):
    """A card payment of an amount that cannot be taken."""

    slug = "amount-refused"
