"""Conditions on many values at once: one array parameter, so that a statement and its plan are the same however many there are."""

import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa


def among_ids(ids: Iterable[uuid.UUID]) -> Any:
    """For `column == among_ids(ids)`."""
    return sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid())))


def among_texts(texts: Iterable[str]) -> Any:
    """For `column == among_texts(texts)`."""
    return sa.any_(sa.literal(list(texts), sa.ARRAY(sa.Text())))
