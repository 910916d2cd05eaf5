"""API keys, and links that open a bill once

Revision ID: 19_keys_and_links
Revises: 18_sign_in
"""

import sqlalchemy as sa
from alembic import op
from migrations.ops import (
    ALL_ROWS,
    COMPANY_ROWS,
    Access,
    create_company_table,
    create_identity_functions,
    create_practice_table,
    drop_identity_functions,
    drop_tables,
    flag_column,
    instant_column,
    list_column,
    text_column,
    uuid_column,
)
from sqlalchemy.dialects import postgresql as pg

revision = "19_keys_and_links"
down_revision = "18_sign_in"

OWN_ROWS = "company_id = (select scope.company()) and user_id = (select scope.acting_user())"
KEY_SHOWN = (
    "company_id", "id", "user_id", "name", "prefix", "permissions", "practice_ids", "company_wide", "created_at", "expires_at",
    "last_used_at", "revoked_at",
)  # fmt: skip


def upgrade() -> None:
    create_company_table(
        "api_key",
        uuid_column("id"),
        uuid_column("user_id"),
        text_column("name"),
        text_column("prefix"),
        text_column("key_hash"),
        list_column("permissions"),
        sa.Column("practice_ids", pg.ARRAY(pg.UUID(as_uuid=True)), nullable=False),
        flag_column("company_wide"),
        instant_column("created_at"),
        instant_column("expires_at"),
        instant_column("last_used_at", nullable=True),
        instant_column("revoked_at", nullable=True),
        access=[
            Access("identity", "select insert", update=("revoked_at",), rows=OWN_ROWS, columns=KEY_SHOWN),
            Access("staff", "select", update=("revoked_at",), rows=COMPANY_ROWS, columns=KEY_SHOWN),
            Access("identity_owner", "select", update=("last_used_at",), rows=ALL_ROWS),
        ],
        indexes=[("user_id",)],
        references={"user_account": ("user_id",)},
        checks={"expires_at": "expires_at <= created_at + interval '366 days'"},
    )
    op.create_index("api_key_key_hash_key", "api_key", ["key_hash"], schema="app", unique=True)
    create_practice_table(
        "bill_link",
        uuid_column("id"),
        uuid_column("access_id"),
        instant_column("created_at"),
        instant_column("expires_at"),
        instant_column("spent_at", nullable=True),
        access=[
            Access("staff", "select insert"),
            Access("identity_owner", "select", update=("spent_at",), rows=ALL_ROWS),
        ],
        indexes=[("access_id",)],
        references={"patient_access": ("access_id",)},
    )
    create_identity_functions(*_FUNCTIONS)


def downgrade() -> None:
    drop_identity_functions("find_api_key", "find_bill_link", "spend_bill_link")
    drop_tables("api_key", "bill_link")


_HEAD = "security definer set search_path = pg_catalog, pg_temp as"

_FUNCTIONS = (
    f"""create function identity.find_api_key(p_key_hash text)
    returns table (company_id uuid, id uuid, user_id uuid, permissions text[], practice_ids uuid[], company_wide boolean,
        held_practices uuid[], held_roles text[], held_states text[]) language plpgsql {_HEAD} $$
    #variable_conflict use_column
    declare one app.api_key;
    begin
        select k.* into one from app.api_key k join app.user_account u on u.company_id = k.company_id and u.id = k.user_id
        where k.key_hash = p_key_hash and k.revoked_at is null and k.expires_at > clock_timestamp() and u.ended_at is null;
        if one.id is null then
            return;
        end if;
        if one.last_used_at is null or one.last_used_at < clock_timestamp() - interval '1 minute' then
            update app.api_key k set last_used_at = clock_timestamp() where k.company_id = one.company_id and k.id = one.id;
        end if;
        return query select one.company_id, one.id, one.user_id, one.permissions, one.practice_ids, one.company_wide,
            held.practices, held.roles, held.states
        from (select array_agg(h.practice_id) as practices, array_agg(h.role) as roles, array_agg(h.practice_status) as states
              from identity.held_roles(one.company_id, one.user_id, null) h) held;
    end $$""",
    f"""create function identity.find_bill_link(p_id uuid)
    returns table (company_id uuid, practice_id uuid, practice_name text, practice_phone text, access_id uuid, patient_id uuid,
    birth_date_hash text, locked boolean) language sql stable {_HEAD} $$
    select a.company_id, a.practice_id, p.name, p.phone, a.id, a.patient_id, a.birth_date_hash,
           coalesce(a.locked_until > clock_timestamp(), false)
    from app.bill_link l join app.patient_access a on a.practice_id = l.practice_id and a.id = l.access_id
    join app.practice p on p.practice_id = l.practice_id
    where l.id = p_id and l.spent_at is null and l.expires_at > clock_timestamp() and a.ended_at is null
      and p.status <> 'offboarded' $$""",
    f"""create function identity.spend_bill_link(p_practice uuid, p_id uuid) returns boolean language sql {_HEAD} $$
    with spent as (update app.bill_link set spent_at = clock_timestamp()
                   where practice_id = p_practice and id = p_id and spent_at is null returning 1)
    select exists (select from spent) $$""",
)
