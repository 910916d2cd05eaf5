"""The table vocabulary: four classes of table, each with its tenant columns and keys.

*Practice* rows carry company and practice and are keyed by practice; *company* rows are keyed by company; *intake* rows may not
know their practice yet; *global* rows belong to nobody. The class is kept in `Table.info`, so that tests can hold the migrated
schema against it.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData(schema="app")


def uuid_column(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """An id."""
    return sa.Column(name, pg.UUID(as_uuid=True), nullable=nullable)


def text_column(name: str, *, nullable: bool = False, ordered: bool = False) -> sa.Column[Any]:
    """Text; with `ordered` it sorts by bytes, the same on every server."""
    return sa.Column(name, sa.Text(collation="C") if ordered else sa.Text(), nullable=nullable)


def bytes_column(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """Bytes, such as an encrypted value."""
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def cents_column(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """An amount in integer cents."""
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def count_column(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """A small whole number."""
    return sa.Column(name, sa.Integer(), nullable=nullable)


def date_column(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """A date in the practice's time zone."""
    return sa.Column(name, sa.Date(), nullable=nullable)


def instant_column(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """An instant in UTC."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def flag_column(name: str) -> sa.Column[Any]:
    """True or false."""
    return sa.Column(name, sa.Boolean(), nullable=False)


def json_column(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """A value that is stored and shown whole, never searched by its parts."""
    return sa.Column(name, pg.JSONB(), nullable=nullable)


def list_column(name: str) -> sa.Column[Any]:
    """A short list of codes."""
    return sa.Column(name, pg.ARRAY(sa.Text()), nullable=False)


def practice_table(name: str, *columns: sa.Column[Any], key: tuple[str, ...] = ("id",)) -> sa.Table:
    """Rows of one practice, keyed by (practice_id, *key)."""
    return _table(
        name, "practice", (uuid_column("practice_id"), uuid_column("company_id")), columns, ("practice_id", *key)
    )


def company_table(name: str, *columns: sa.Column[Any], key: tuple[str, ...] = ("id",)) -> sa.Table:
    """Rows of the billing company, shared by its practices, keyed by (company_id, *key)."""
    return _table(name, "company", (uuid_column("company_id"),), columns, ("company_id", *key))


def intake_table(name: str, *columns: sa.Column[Any], key: tuple[str, ...] = ("id",)) -> sa.Table:
    """Rows whose practice may not be known yet; no practice sees one until it is claimed."""
    owners = (uuid_column("company_id", nullable=True), uuid_column("practice_id", nullable=True))
    return _table(name, "intake", owners, columns, key)


def _table(
    name: str,
    table_class: str,
    owners: tuple[sa.Column[Any], ...],
    columns: tuple[sa.Column[Any], ...],
    key: tuple[str, ...],
) -> sa.Table:
    return sa.Table(name, metadata, *owners, *columns, sa.PrimaryKeyConstraint(*key), info={"class": table_class})
