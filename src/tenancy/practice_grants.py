"""What a practice's own administrator may give: roles of the practice's own people, in that practice, no longer than their own. Pure."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from kernel.errors import FieldError, Forbidden
from tenancy.grants import Grant
from tenancy.held import Place
from tenancy.roles import PRACTICE_PEOPLE, permissions_of

MANAGES = "people:manage"


def place_of(grants: Iterable[Grant]) -> Place:
    """The practice whose own person these roles make; None where they make somebody of the billing company, or of two practices."""
    wanted = list(grants)
    places = {grant.practice_id for grant in wanted}
    return places.pop() if len(places) == 1 and all(grant.role in PRACTICE_PEOPLE for grant in wanted) else None


def refuse_above_practice(grants: Iterable[Grant], practice_id: uuid.UUID) -> None:
    """Raises Forbidden for a role of the billing company, or in another place."""
    for grant in grants:
        if grant.role not in PRACTICE_PEOPLE or grant.practice_id != practice_id:
            own = " and ".join(sorted(PRACTICE_PEOPLE))
            raise _forbidden(
                "/role", f"a practice gives its own people the roles {own}; all others are the company's to give"
            )


def refuse_longer_than_own(grant: Grant, own: Sequence[Grant], *, now: dt.datetime) -> None:
    """Raises Forbidden for a role that outlasts the giver's own right to manage people, which is limited in time."""
    managing = [one for one in own if MANAGES in permissions_of(one.role) and _runs(one, now)]
    ends = [one.expires_at for one in managing]
    if not managing:
        raise _forbidden("/role", "you do not manage this practice's people now")
    last = max((end for end in ends if end is not None), default=None)
    if None in ends or last is None:
        return
    if grant.expires_at is None or grant.expires_at > last:
        raise _forbidden("/expires_at", f"your own role ends at {last.isoformat()}; what you give ends then or before")


def _runs(one: Grant, now: dt.datetime) -> bool:
    return (one.starts_at is None or one.starts_at <= now) and (one.expires_at is None or one.expires_at > now)


def _forbidden(pointer: str, message: str) -> Forbidden:
    return Forbidden(message, fields=(FieldError(pointer, message),))
