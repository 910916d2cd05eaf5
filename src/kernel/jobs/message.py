"""The message that travels through the broker: which outbox row, for whom, and a MAC over both.

Who can write to the queue cannot choose a scope: without the key no message is believed. It carries ids and nothing else.
"""

import hashlib
import hmac
import uuid

import msgspec

from kernel.errors import Forbidden


class ForgedMessage(Forbidden):
    """A queue message whose MAC does not fit; it is dropped, never retried."""

    slug = "forged-message"


class JobMessage(msgspec.Struct, frozen=True):
    """One outbox row, addressed. `practice_id` is None for intake work."""

    outbox_id: uuid.UUID
    company_id: uuid.UUID | None
    practice_id: uuid.UUID | None


def seal(message: JobMessage, key: bytes) -> tuple[str, str]:
    """The message as text, and its MAC."""
    body = msgspec.json.encode(message).decode()
    return body, hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def unseal(body: str, mac: str, key: bytes) -> JobMessage:
    """The message, if the MAC is ours. Raises ForgedMessage."""
    if not hmac.compare_digest(hmac.new(key, body.encode(), hashlib.sha256).hexdigest(), mac):
        raise ForgedMessage("a job message was not signed by this installation; it was dropped")
    return msgspec.json.decode(body, type=JobMessage)
