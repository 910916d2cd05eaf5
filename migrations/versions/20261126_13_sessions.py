"""Finding a session is one call; a session knows its device, its stage and its own idle limit

Revision ID: 13_sessions
Revises: 12_broker
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op
from migrations.ops import ALL_ROWS, Access, allow, create_identity_functions, disallow, drop_identity_functions

revision = "13_sessions"
down_revision = "12_broker"

REPLACED = ("open_session", "find_session")


def upgrade() -> None:
    drop_identity_functions(*REPLACED)
    op.add_column("company", _flag("second_factor_required"), schema="app")
    for column in (
        _text("stage", "open"),
        _text("address", ""),
        _text("device", ""),
        _flag("second_factor_passed"),
        sa.Column("idle_seconds", sa.Integer(), nullable=False, server_default="900"),
    ):
        op.add_column("session", column, schema="app")
        op.alter_column("session", column.name, server_default=None, schema="app")
    op.add_column("session", sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=True), schema="app")
    op.create_check_constraint(
        "session_stage_check", "session", "stage in ('open', 'second_factor', 'enroll')", schema="app"
    )
    allow("company", [Access("identity_owner", rows=ALL_ROWS)])
    create_identity_functions(*_FUNCTIONS)


def downgrade() -> None:
    drop_identity_functions(*REPLACED)
    disallow("company", "identity_owner")
    op.drop_constraint("session_stage_check", "session", schema="app")
    for name in ("authenticated_at", "idle_seconds", "second_factor_passed", "device", "address", "stage"):
        op.drop_column("session", name, schema="app")
    op.drop_column("company", "second_factor_required", schema="app")
    before = import_module("migrations.versions.20261123_02_tenancy")
    create_identity_functions(
        *(one for one in before._FUNCTIONS if any(f"identity.{name}(" in one for name in REPLACED))  # noqa: SLF001
    )


def _text(name: str, value: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=value)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


# plpgsql, because it keeps its plans: authentication is part of every request. The time of the last request is written at most
# once a minute, so that reading does not write. A person whose company asks for a second factor and who has given none this time
# may only enroll.
_FUNCTIONS = (
    """create function identity.open_session(p_company uuid, p_id uuid, p_audience text, p_user uuid, p_practice uuid, p_patient uuid,
    p_token_hash text, p_expires timestamptz, p_idle_seconds int, p_stage text, p_address text, p_device text) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into app.session (company_id, id, audience, user_id, practice_id, patient_id, token_hash, created_at, last_seen_at,
        expires_at, idle_seconds, stage, address, device, authenticated_at, second_factor_passed)
    values (p_company, p_id, p_audience, p_user, p_practice, p_patient, p_token_hash, clock_timestamp(), clock_timestamp(),
        p_expires, p_idle_seconds, p_stage, p_address, p_device, clock_timestamp(), false) $$""",
    """create function identity.find_session(p_token_hash text)
    returns table (company_id uuid, id uuid, audience text, stage text, user_id uuid, practice_id uuid, patient_id uuid,
        authenticated_at timestamptz, held_practices uuid[], held_roles text[], held_states text[])
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    #variable_conflict use_column
    declare one app.session;
    begin
        select s.* into one from app.session s
        where s.token_hash = p_token_hash and s.revoked_at is null and s.expires_at > clock_timestamp()
          and s.last_seen_at > clock_timestamp() - make_interval(secs => s.idle_seconds)
          and (s.user_id is null or exists (select from app.user_account u
               where u.company_id = s.company_id and u.id = s.user_id and u.ended_at is null));
        if one.id is null then
            return;
        end if;
        if one.last_seen_at < clock_timestamp() - interval '1 minute' then
            update app.session s set last_seen_at = clock_timestamp() where s.company_id = one.company_id and s.id = one.id;
        end if;
        if one.stage = 'open' and one.user_id is not null and not one.second_factor_passed
           and (select c.second_factor_required from app.company c where c.company_id = one.company_id) then
            one.stage := 'enroll';
        end if;
        return query select one.company_id, one.id, one.audience, one.stage, one.user_id, one.practice_id, one.patient_id,
            one.authenticated_at, held.practices, held.roles, held.states
        from (select array_agg(m.practice_id) as practices, array_agg(m.role) as roles, array_agg(m.practice_status) as states
              from identity.memberships(one.company_id, one.user_id) m) held;
    end $$""",
)
