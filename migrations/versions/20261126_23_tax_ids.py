"""Tax ids of practices encrypted: somebody who practices alone may bill under their Social Security number

The tax id in the clear goes in the same revision. Stop the services first.

Revision ID: 23_tax_ids
Revises: 22_practice_people
"""

import uuid
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import context, op
from migrations.ops import text_column

from kernel.crypto.fields import Field, FieldKeys
from kernel.crypto.keyring import new_keys, unwrapped

revision = "23_tax_ids"
down_revision = "22_practice_people"

TAX_ID = Field("practice", "tax_id")
_COMPANIES = sa.text("select distinct company_id from app.practice")
_KEYS = sa.text("select id, purpose, wrapped from app.data_key where company_id = :company order by version")
_KEEP_KEY = sa.text(
    "insert into app.data_key (company_id, id, purpose, version, wrapped, wrapped_by, created_at)"
    " values (:company_id, :id, :purpose, :version, :wrapped, :wrapped_by, :created_at)"
)
_CLEAR = sa.text("select practice_id, tax_id from app.practice where company_id = :company")
_SEALED = sa.text("select practice_id, tax_id_sealed from app.practice where company_id = :company")
_SEAL = sa.text("update app.practice set tax_id_sealed = :sealed where practice_id = :practice")
_OPEN = sa.text("update app.practice set tax_id = :text where practice_id = :practice")


def upgrade() -> None:
    op.add_column("practice", sa.Column("tax_id_sealed", sa.LargeBinary(), nullable=True), schema="app")
    connection = op.get_bind()
    for company_id, keys in _companies():
        for practice_id, tax_id in connection.execute(_CLEAR, {"company": company_id}).all():
            sealed = keys.encrypt(TAX_ID, practice_id, tax_id, practice_id=practice_id)
            connection.execute(_SEAL, {"sealed": sealed, "practice": practice_id})
    op.alter_column("practice", "tax_id_sealed", nullable=False, schema="app")
    op.drop_column("practice", "tax_id", schema="app")


def downgrade() -> None:
    op.add_column("practice", text_column("tax_id", nullable=True), schema="app")
    connection = op.get_bind()
    for company_id, keys in _companies():
        for practice_id, sealed in connection.execute(_SEALED, {"company": company_id}).all():
            text = keys.decrypt(TAX_ID, practice_id, bytes(sealed), practice_id=practice_id)
            connection.execute(_OPEN, {"text": text, "practice": practice_id})
    op.alter_column("practice", "tax_id", nullable=False, schema="app")
    op.drop_column("practice", "tax_id_sealed", schema="app")


def _companies() -> Iterator[tuple[uuid.UUID, FieldKeys]]:
    """Each company with practices, and its keys. The owner is bound by row security too, so it is lifted for the rewriting alone."""
    connection, wrapper = op.get_bind(), context.config.attributes["key_wrapper"]
    for table in ("practice", "data_key"):
        op.execute(f"alter table app.{table} no force row level security")
    for company_id in connection.scalars(_COMPANIES).all():
        rows = connection.execute(_KEYS, {"company": company_id}).all()
        if not rows:
            connection.execute(_KEEP_KEY, new_keys(wrapper, company_id))
            rows = connection.execute(_KEYS, {"company": company_id}).all()
        yield company_id, unwrapped(wrapper, company_id, list(rows))
    for table in ("practice", "data_key"):
        op.execute(f"alter table app.{table} force row level security")
