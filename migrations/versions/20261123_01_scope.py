"""Schemas, and the signed scope that every policy reads

Revision ID: 01_scope
Revises:
"""

from alembic import op
from migrations.ops import role

revision = "01_scope"
down_revision = None


def upgrade() -> None:
    op.execute(f"set local role {role('scope')}")
    op.execute("create table scope.signing_key (inner_pad bytea not null, outer_pad bytea not null)")
    op.execute(_VERIFIED.replace("{prefix}", role("")))
    for name, place, cast in (
        ("company", 4, "uuid"),
        ("practice", 5, "uuid"),
        ("patient", 6, "uuid"),
        ("acting_user", 3, "uuid"),
    ):
        op.execute(_ACCESSOR.format(name=name, place=place, cast=cast))
    op.execute(_REFUSE_CHANGE)
    op.execute("revoke all on all functions in schema scope from public")
    readers = ", ".join(role(reader) for reader in ("staff", "practice", "patient", "worker", "owner"))
    op.execute(
        f"grant usage on schema scope to {readers}, {role('identity')}, {role('intake')}, {role('identity_owner')}"
    )
    op.execute(
        f"grant execute on function scope.company(), scope.practice(), scope.patient(), scope.acting_user() to {readers}"
    )
    op.execute(f"grant execute on function scope.refuse_change() to {role('owner')}")
    op.execute(f"set local role {role('owner')}")
    every = (
        "staff",
        "practice",
        "patient",
        "worker",
        "relay",
        "scheduler",
        "sealer",
        "identity",
        "intake",
        "reporting",
        "identity_owner",
    )
    op.execute(f"grant usage on schema app to {', '.join(role(name) for name in every)}")


def downgrade() -> None:
    op.execute(f"set local role {role('scope')}")
    op.execute(
        "drop function scope.company(), scope.practice(), scope.patient(), scope.acting_user(), scope.refuse_change()"
    )
    op.execute("drop function scope.verified()")
    op.execute("drop table scope.signing_key")
    op.execute(f"set local role {role('owner')}")


# HMAC-SHA256 from the built-in sha256(): the two pads are stored instead of the key. The audience must be the login role of this
# session, so a token made for one role is worthless on another's connection.
_VERIFIED = """
create function scope.verified() returns text[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    token text := current_setting('billwright.scope', true);
    body text := left(token, -65);
    pads scope.signing_key;
    parts text[];
begin
    if coalesce(token, '') = '' then
        raise exception 'no scope' using errcode = '42501';
    end if;
    select * into strict pads from scope.signing_key;
    if right(token, 64) is distinct from
       encode(sha256(pads.outer_pad || sha256(pads.inner_pad || convert_to(body, 'UTF8'))), 'hex') then
        raise exception 'bad scope' using errcode = '42501';
    end if;
    parts := string_to_array(body, '|');
    if parts[1]::bigint < extract(epoch from clock_timestamp()) then
        raise exception 'expired scope' using errcode = '42501';
    end if;
    if '{prefix}' || parts[2] is distinct from session_user::text then
        raise exception 'scope of another audience' using errcode = '42501';
    end if;
    return parts;
end $$
"""

_ACCESSOR = """
create function scope.{name}() returns {cast}
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    value text := (scope.verified())[{place}];
begin
    if coalesce(value, '') = '' then
        raise exception 'the scope names no {name}' using errcode = '42501';
    end if;
    return value::{cast};
end $$
"""

_REFUSE_CHANGE = """
create function scope.refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception '% is append-only: write a new row that corrects the old one', tg_table_name using errcode = '42501';
end $$
"""
