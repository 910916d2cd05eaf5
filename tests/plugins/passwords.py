"""Passwords of the people in tests are hashed at argon2's least cost.

The product's cost is a fifth of a second of processor and 64 MiB for everyone who is added and again for everyone who signs in; over
a run that was more than anything else took. Processes that tests start hash as the product does, and
`tests/tenancy/identity/test_passwords.py` holds what it costs.
"""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from tenancy.identity import passwords

_PRODUCTS = {"_hasher": passwords._hasher, "_NOBODY": passwords._NOBODY}


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", cheap)
        patch.setattr(passwords, "_NOBODY", cheap.hash("nobody's"))
        yield


@pytest.fixture
def passwords_as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests whose subject is the cost."""
    for name, value in _PRODUCTS.items():
        monkeypatch.setattr(passwords, name, value)
