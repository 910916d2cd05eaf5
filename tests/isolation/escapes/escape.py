"""One attempt to get out of one's practice: a value, tried as a login role on a database whose guard stands, and on one without it."""

from collections.abc import Mapping
from typing import Literal

import msgspec
import psycopg

Scope = Literal["ours", "none", "forged", "expired", "whole company", "staff's", "our patient's"]


class Escape(msgspec.Struct, frozen=True, kw_only=True):
    """Statements of one transaction; the last tells by finding rows whether it worked.

    `refused` is what the database says while the guard stands; empty, when it runs and finds nothing. `told` is for side channels: what
    the database says when the escape works. `given` prepares both databases; `breaks` takes the guard away from one.
    Braces name ids and roles of the world it is tried in.
    """

    name: str
    attempt: tuple[str, ...]
    breaks: tuple[str, ...]
    refused: str = ""
    told: str = ""
    role: str = "staff"
    scope: Scope = "ours"
    given: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True):
    """What the database said, and how many rows the last statement found, changed or gave out."""

    error: str = ""
    found: int = 0


def worked(escape: Escape, outcome: Outcome) -> bool:
    """Did this get out?"""
    if escape.told:
        return escape.told in outcome.error
    return not outcome.error and outcome.found != 0


def refused(escape: Escape, outcome: Outcome) -> bool:
    """Did the guard answer, and in the way it should? An attempt that fails for another reason proves nothing."""
    if escape.refused:
        return escape.refused in outcome.error
    return not worked(escape, outcome) and (bool(escape.told) or not outcome.error)


def attempt(url: str, token: str | None, statements: tuple[str, ...]) -> Outcome:
    """Run the statements as this login, under this scope setting, and roll back."""
    with psycopg.connect(url) as connection:
        try:
            if token is not None:
                connection.execute("select pg_catalog.set_config('billwright.scope', %s, true)", (token,))
            found = [_found(connection, statement) for statement in statements]
        except psycopg.Error as error:
            return Outcome(f"{error.diag.message_primary} {error.diag.message_detail or ''}")
        finally:
            connection.rollback()
        return Outcome(found=found[-1])


def _found(connection: psycopg.Connection, statement: str) -> int:
    with connection.cursor() as cursor:
        if statement.startswith("copy") and "to stdout" in statement:
            with cursor.copy(statement) as out:
                return sum(1 for _ in out)
        if statement.startswith("copy") and "from stdin" in statement:
            with cursor.copy(statement):
                pass
            return 1
        cursor.execute(statement)
        return len(cursor.fetchall()) if cursor.description else cursor.rowcount


def filled(escape: Escape, values: Mapping[str, str]) -> Escape:
    """The escape with the ids and roles of a world in place of its braces."""

    def fill(statements: tuple[str, ...]) -> tuple[str, ...]:
        done = []
        for statement in statements:
            for name, value in values.items():
                statement = statement.replace(f"{{{name}}}", value)
            done.append(statement)
        return tuple(done)

    return msgspec.structs.replace(
        escape, attempt=fill(escape.attempt), breaks=fill(escape.breaks), given=fill(escape.given)
    )
