"""Pages by key: the rows after the last one seen, in an order that no insert or delete disturbs."""

import datetime as dt
import uuid
from typing import Any

import msgspec
import sqlalchemy as sa

KeyPart = str | int | dt.date | dt.datetime | uuid.UUID


class PageAsked(msgspec.Struct, frozen=True):
    """At most `limit` rows, those after the one with this key; from the beginning without one."""

    limit: int
    after: tuple[Any, ...] | None = None  # KeyPart: several kinds of text, which a decoder could not tell apart


def paged(
    statement: sa.Select[Any], asked: PageAsked | None, *key: sa.ColumnElement[Any], newest_first: bool = False
) -> sa.Select[Any]:
    """The statement in the order of its key, which must be unique and never null; with `asked`, one row more than the page.

    The row too many says that another page follows. `newest_first` turns the whole order around.
    """
    statement = statement.order_by(*(column.desc() if newest_first else column for column in key))
    if asked is None:
        return statement
    if asked.after is not None:
        last = [sa.literal(value, column.type) for value, column in zip(asked.after, key, strict=True)]
        place, behind = sa.tuple_(*key), sa.tuple_(*last)
        statement = statement.where(place < behind if newest_first else place > behind)
    return statement.limit(asked.limit + 1)
