"""Data keys of a company; member ids of coverages encrypted, with a blind index to match by

The member id in the clear goes in the same revision: a copy left behind would be what this is to end. Stop the services first.

Revision ID: 14_field_keys
Revises: 13_sessions
"""

import uuid
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import context, op
from migrations.ops import (
    COMPANY_ROWS,
    Access,
    count_column,
    create_company_table,
    drop_tables,
    instant_column,
    text_column,
    uuid_column,
)

from kernel.crypto.fields import Field, FieldKeys, plain_identifier
from kernel.crypto.keyring import new_keys, unwrapped

revision = "14_field_keys"
down_revision = "13_sessions"

MEMBER_ID = Field("coverage", "member_id", plain_identifier)
IDENTITY = ["practice_id", "patient_id", "payer_id"]
_COMPANIES = sa.text("select distinct company_id from app.coverage")
_KEYS = sa.text("select id, purpose, wrapped from app.data_key where company_id = :company order by version")
_KEEP_KEY = sa.text(
    "insert into app.data_key (company_id, id, purpose, version, wrapped, wrapped_by, created_at)"
    " values (:company_id, :id, :purpose, :version, :wrapped, :wrapped_by, :created_at)"
)
_CLEAR = sa.text("select practice_id, id, member_id from app.coverage where company_id = :company")
_SEALED = sa.text("select practice_id, id, member_id_sealed from app.coverage where company_id = :company")
_SEAL = sa.text(
    "update app.coverage set member_id_sealed = :sealed, member_id_index = :index where practice_id = :practice and id = :id"
)
_OPEN = sa.text("update app.coverage set member_id = :text where practice_id = :practice and id = :id")


def upgrade() -> None:
    create_company_table(
        "data_key",
        uuid_column("id"),
        text_column("purpose"),
        count_column("version"),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        text_column("wrapped_by"),
        instant_column("created_at"),
        access=[
            Access("staff", "select insert", rows=COMPANY_ROWS),
            Access("worker", "select insert", rows=COMPANY_ROWS),
            Access("identity", "select insert", rows=COMPANY_ROWS),
            Access("practice", rows=COMPANY_ROWS),
            Access("patient", rows=COMPANY_ROWS),
        ],
        unique=[("purpose", "version")],
        checks={"purpose": "purpose in ('field', 'index')", "version": "version > 0"},
    )
    for name in ("member_id_sealed", "member_id_index"):
        op.add_column("coverage", sa.Column(name, sa.LargeBinary(), nullable=True), schema="app")
    for company_id, keys in _companies(make=True):
        _rewrite(_seal_row(keys, row) for row in _read(_CLEAR, company_id))
    for name in ("member_id_sealed", "member_id_index"):
        op.alter_column("coverage", name, nullable=False, schema="app")
    op.drop_constraint("coverage_patient_id_payer_id_member_id_rank_key", "coverage", schema="app")
    op.drop_column("coverage", "member_id", schema="app")
    _identify_by("member_id_index")


def downgrade() -> None:
    op.add_column("coverage", text_column("member_id", nullable=True), schema="app")
    for company_id, keys in _companies(make=False):
        _rewrite(_open_row(keys, row) for row in _read(_SEALED, company_id))
    op.alter_column("coverage", "member_id", nullable=False, schema="app")
    op.drop_constraint("coverage_patient_id_payer_id_member_id_index_rank_key", "coverage", schema="app")
    op.drop_column("coverage", "member_id_sealed", schema="app")
    op.drop_column("coverage", "member_id_index", schema="app")
    _identify_by("member_id")
    drop_tables("data_key")


def _identify_by(column: str) -> None:
    name = f"coverage_patient_id_payer_id_{column}_rank_key"
    op.create_unique_constraint(name, "coverage", [*IDENTITY, column, "rank"], schema="app")


def _companies(*, make: bool) -> Iterator[tuple[uuid.UUID, FieldKeys]]:
    """Each company with coverages, and its keys. The owner is bound by row security too, so it is lifted for the rewriting alone."""
    connection = op.get_bind()
    for table in ("coverage", "data_key"):
        op.execute(f"alter table app.{table} no force row level security")
    for company_id in connection.scalars(_COMPANIES).all():
        wrapper = context.config.attributes["key_wrapper"]
        if make:
            connection.execute(_KEEP_KEY, new_keys(wrapper, company_id))
        rows = connection.execute(_KEYS, {"company": company_id}).all()
        yield company_id, unwrapped(wrapper, company_id, list(rows))
    for table in ("coverage", "data_key"):
        op.execute(f"alter table app.{table} force row level security")


def _read(statement: sa.TextClause, company_id: uuid.UUID) -> list[Any]:
    return list(op.get_bind().execute(statement, {"company": company_id}).all())


def _rewrite(rows: Iterator[tuple[sa.TextClause, dict[str, Any]]]) -> None:
    for statement, values in rows:
        op.get_bind().execute(statement, values)


def _seal_row(keys: FieldKeys, row: Any) -> tuple[sa.TextClause, dict[str, Any]]:
    sealed = keys.encrypt(MEMBER_ID, row.id, row.member_id, practice_id=row.practice_id)
    index = keys.blind_index(MEMBER_ID, row.member_id, practice_id=row.practice_id)
    return _SEAL, {"sealed": sealed, "index": index, "practice": row.practice_id, "id": row.id}


def _open_row(keys: FieldKeys, row: Any) -> tuple[sa.TextClause, dict[str, Any]]:
    text = keys.decrypt(MEMBER_ID, row.id, bytes(row.member_id_sealed), practice_id=row.practice_id)
    return _OPEN, {"text": text, "practice": row.practice_id, "id": row.id}
