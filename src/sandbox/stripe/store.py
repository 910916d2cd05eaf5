"""Everything the stand-in remembers, in one SQLite file that survives being killed at any moment.

Objects are kept as the JSON that is answered, beside the few columns they are found by. The account is the connected
account of the ``Stripe-Account`` header, or the empty string for the platform itself.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sandbox.stripe.errors import no_such_object

_SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    parent TEXT,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS object_by_kind ON object (account, kind, seq);
CREATE INDEX IF NOT EXISTS object_by_parent ON object (parent, kind, seq);
CREATE TABLE IF NOT EXISTS answer (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    path TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE TABLE IF NOT EXISTS delivery (
    event_id TEXT PRIMARY KEY,
    attempts INTEGER NOT NULL,
    due_at_ms INTEGER
);
"""


class Answer(NamedTuple):
    """What was answered to the first request with an idempotency key."""

    path: str
    fingerprint: str
    status: int
    body: str


class Page(NamedTuple):
    """One page of a list, newest first, and whether older objects follow."""

    items: list[dict[str, Any]]
    has_more: bool


class Store:
    """One connection, used from one thread; a request changes everything it changes in one transaction."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(folder / "stripe.sqlite3", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        # The file must survive a killed process, not a power cut: the operating system keeps what was written.
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Give the file back; the store is of no use afterwards."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Within a transaction: what happens inside is undone when it raises, what came before is kept."""
        self._db.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO attempt")
            raise
        finally:
            self._db.execute("RELEASE attempt")

    def add(self, body: Mapping[str, Any], *, account: str, parent: str | None = None) -> None:
        """Keep a new object; ``body`` names its own id and kind."""
        self._db.execute(
            "INSERT INTO object (id, kind, account, parent, body) VALUES (?, ?, ?, ?, ?)",
            (body["id"], body["object"], account, parent, json.dumps(body)),
        )

    def replace(self, body: Mapping[str, Any]) -> None:
        """Keep an object's new state."""
        self._db.execute("UPDATE object SET body = ? WHERE id = ?", (json.dumps(body), body["id"]))

    def find(self, kind: str, object_id: str, account: str) -> dict[str, Any] | None:
        """The object, if this account has it."""
        row = self._db.execute(
            "SELECT body FROM object WHERE id = ? AND kind = ? AND account = ?", (object_id, kind, account)
        ).fetchone()
        return _loaded(row)

    def get(self, kind: str, object_id: str, account: str) -> dict[str, Any]:
        """The object.

        Raises:
            StripeError: 404, unknown id or another account's.
        """
        found = self.find(kind, object_id, account)
        if found is None:
            raise no_such_object(kind, object_id)
        return found

    def find_any(self, object_id: str, account: str) -> dict[str, Any] | None:
        """The object of whatever kind, if this account has it."""
        row = self._db.execute("SELECT body FROM object WHERE id = ? AND account = ?", (object_id, account)).fetchone()
        return _loaded(row)

    def account_of(self, object_id: str) -> str | None:
        """Whose object it is, for pages and deliveries, which carry no account header."""
        row = self._db.execute("SELECT account FROM object WHERE id = ?", (object_id,)).fetchone()
        return None if row is None else str(row[0])

    def children(self, kind: str, parent: str) -> list[dict[str, Any]]:
        """The objects of a kind that followed from ``parent``, oldest first."""
        rows = self._db.execute("SELECT body FROM object WHERE parent = ? AND kind = ? ORDER BY seq", (parent, kind))
        return [json.loads(body) for (body,) in rows]

    def overdue_sessions(self, as_of_seconds: int) -> list[tuple[str, str]]:
        """Account and id of open checkout sessions whose time has run out."""
        rows = self._db.execute(
            "SELECT account, id FROM object WHERE kind = 'checkout.session'"
            " AND json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= ? ORDER BY seq",
            (as_of_seconds,),
        )
        return [(str(account), str(object_id)) for account, object_id in rows]

    def page(
        self,
        kind: str,
        account: str,
        *,
        equal: Mapping[str, str],
        one_of: Mapping[str, list[str]],
        created: Mapping[str, int],
        starting_after: str | None,
        limit: int,
    ) -> Page:
        """A page of the account's objects of a kind, newest first, narrowed by fields of their JSON.

        Args:
            kind: The object's kind.
            account: Whose objects.
            equal: Field and the value it must have.
            one_of: Field and the values it may have.
            created: Any of ``gt``, ``gte``, ``lt``, ``lte`` and a moment in seconds.
            starting_after: Last id of the page before.
            limit: Most objects on the page.
        """
        where, values = ["kind = ?", "account = ?"], [kind, account]
        for field, wanted in equal.items():
            where.append("json_extract(body, '$.' || ?) = ?")
            values += [field, wanted]
        for field, choices in one_of.items():
            where.append("json_extract(body, '$.' || ?) IN (SELECT value FROM json_each(?))")
            values += [field, json.dumps(choices)]
        for comparison, moment in created.items():
            operator = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}[comparison]
            where.append(f"json_extract(body, '$.created') {operator} CAST(? AS INTEGER)")
            values.append(str(moment))
        if starting_after is not None:
            self.get(kind, starting_after, account)
            where.append("seq < (SELECT seq FROM object WHERE id = ?)")
            values.append(starting_after)
        query = f"SELECT body FROM object WHERE {' AND '.join(where)} ORDER BY seq DESC LIMIT ?"  # noqa: S608 - fixed words
        rows = self._db.execute(query, (*values, limit + 1)).fetchall()
        return Page([json.loads(body) for (body,) in rows[:limit]], len(rows) > limit)

    def answer(self, account: str, key: str) -> Answer | None:
        """What was answered to this idempotency key before."""
        row = self._db.execute(
            "SELECT path, fingerprint, status, body FROM answer WHERE account = ? AND key = ?", (account, key)
        ).fetchone()
        return None if row is None else Answer(*row)

    def remember_answer(self, account: str, key: str, answer: Answer) -> None:
        """Keep an answer for good. Stripe may forget after a day; ids derived from the key must not meet again."""
        self._db.execute("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?)", (account, key, *answer))

    def schedule_delivery(self, event_id: str, due_at_ms: int) -> None:
        """Have an event delivered at a moment, or again."""
        self._db.execute(
            "INSERT INTO delivery VALUES (?, 0, ?) ON CONFLICT (event_id) DO UPDATE SET due_at_ms = excluded.due_at_ms",
            (event_id, due_at_ms),
        )

    def due_deliveries(self, as_of_ms: int, limit: int) -> list[str]:
        """Ids of events whose next delivery is due, the longest waiting first."""
        rows = self._db.execute(
            "SELECT event_id FROM delivery WHERE due_at_ms <= ? ORDER BY due_at_ms, rowid LIMIT ?", (as_of_ms, limit)
        )
        return [str(event_id) for (event_id,) in rows]

    def next_delivery_ms(self) -> int | None:
        """When the next delivery is due, if any waits."""
        (due,) = self._db.execute("SELECT min(due_at_ms) FROM delivery").fetchone()
        return None if due is None else int(due)

    def record_attempt(self, event_id: str, next_due_at_ms: int | None) -> None:
        """Note one more delivery attempt, and when to try again (None: done, or given up)."""
        self._db.execute(
            "UPDATE delivery SET attempts = attempts + 1, due_at_ms = ? WHERE event_id = ?", (next_due_at_ms, event_id)
        )

    def attempts(self, event_id: str) -> int:
        """How many times the delivery of an event was attempted."""
        row = self._db.execute("SELECT attempts FROM delivery WHERE event_id = ?", (event_id,)).fetchone()
        return 0 if row is None else int(row[0])


def _loaded(row: tuple[str] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    body: dict[str, Any] = json.loads(row[0])
    return body
