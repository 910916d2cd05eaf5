"""What a key may do: the part its owner gave it of what the owner holds right now; pure."""

import uuid
from collections.abc import Iterator

import msgspec

from kernel.context import Principal
from tenancy.held import Access, HeldRole, Place, access_of, audience_of_roles


class KeyScope(msgspec.Struct, frozen=True, kw_only=True):
    """Permissions, and where they hold: in practices, and in the company as a whole if `company_wide`."""

    permissions: list[str]
    practice_ids: list[uuid.UUID] = []
    company_wide: bool = False

    def places(self) -> list[Place]:
        """Everywhere the key may act."""
        return [*self.practice_ids, *([None] if self.company_wide else [])]


class KeyHeld(msgspec.Struct, frozen=True, kw_only=True):
    """A key as found, and its owner's roles as three lists of one length."""

    company_id: uuid.UUID
    id: uuid.UUID
    user_id: uuid.UUID
    permissions: list[str]
    practice_ids: list[uuid.UUID]
    company_wide: bool
    held_practices: list[uuid.UUID | None] | None
    held_roles: list[str] | None
    held_states: list[str | None] | None


def key_principal(held: KeyHeld) -> Principal:
    """Who acts by this key: its owner, with the key as the session, and no more than both the key and the owner have."""
    lists = zip(held.held_practices or (), held.held_roles or (), held.held_states or (), strict=True)
    roles = [HeldRole(practice_id, role, state) for practice_id, role, state in lists]
    access = access_of(roles)
    scope = KeyScope(permissions=held.permissions, practice_ids=held.practice_ids, company_wide=held.company_wide)
    places = [place for place in scope.places() if place in access.roles]
    return Principal(
        audience=audience_of_roles({one.role for one in roles}),
        company_id=held.company_id,
        session_id=held.id,
        user_id=held.user_id,
        roles={place: access.roles[place] for place in places},
        permissions={place: access.permissions[place] & frozenset(held.permissions) for place in places},
        read_only=access.read_only,
    )


def scope_faults(scope: KeyScope, access: Access) -> Iterator[tuple[str, str]]:
    """JSON pointer and message of everything in a wanted scope that the owner does not hold."""
    if not scope.permissions:
        yield "/permissions", "name at least one permission"
    if not scope.places():
        yield "/practice_ids", "name at least one practice, or set company_wide"
    for number, practice_id in enumerate(scope.practice_ids):
        if practice_id not in access.roles:
            yield f"/practice_ids/{number}", "you have no role in this practice"
    if scope.company_wide and None not in access.roles:
        yield "/company_wide", "you have no company-wide role"
    held = frozenset[str]().union(*(access.permissions.get(place, frozenset()) for place in scope.places()))
    for number, permission in enumerate(scope.permissions):
        if permission not in held:
            yield f"/permissions/{number}", "you do not hold this permission where the key is to have it"
