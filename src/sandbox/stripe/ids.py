"""Object ids that look like Stripe's and repeat when the same work is repeated.

Every id is a digest of what caused the object: the idempotency key for what a caller creates, the parent's id
for what follows from it (session, payment intent, charge, event). A demo run again with the same keys on an empty
state folder therefore names the same objects, and a request without a key starts from random bytes.
"""

import hashlib
import secrets
import string

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase

# Prefix and number of characters after it, as Stripe's own ids have them.
_FORMS = {
    "balance_transaction": ("txn_3", 23),
    "charge": ("ch_3", 23),
    "checkout.session": ("cs_test_a1", 56),
    "event": ("evt_3", 23),
    "item": ("li_1", 23),
    "payment_intent": ("pi_3", 23),
    "payment_method": ("pm_1", 23),
    "price": ("price_1", 23),
    "product": ("prod_", 14),
    "refund": ("re_3", 23),
    "request": ("req_", 14),
}


def derived_id(kind: str, *causes: str) -> str:
    """The id of the ``kind`` of object that ``causes`` brought about; the same causes give the same id."""
    prefix, length = _FORMS[kind]
    return prefix + digest("\0".join((kind, *causes)), length)


def digest(text: str, length: int) -> str:
    """``length`` (at most 80) letters and digits that depend on ``text`` alone."""
    number = int.from_bytes(hashlib.sha512(text.encode()).digest(), "big")
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return "".join(letters)


def fresh_seed() -> str:
    """A cause that never repeats, for requests without an idempotency key."""
    return secrets.token_hex(16)
