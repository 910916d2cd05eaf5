"""What the checks of `billwright doctor` share: a finding in words, and who asks."""

import msgspec

from kernel.context import Audience, Scope


class Check(msgspec.Struct, frozen=True):
    """One part, whether it is well, and in words what was found."""

    name: str
    ok: bool
    said: str


class Wrong(Exception):
    """Something that was found wrong: what, and what puts it right."""


def operator_scope(role: Audience) -> Scope:
    """The operator at this machine, looking as one login role."""
    return Scope(audience=role, role="operator", purpose="cli", request_id="doctor")
