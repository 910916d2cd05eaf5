"""Who exists: companies, practices, people, their memberships and sessions

Revision ID: 02_tenancy
Revises: 01_scope
"""

from alembic import op
from migrations.ops import (
    ALL_ROWS,
    COMPANY_ROWS,
    Access,
    count_column,
    create_company_table,
    create_practice_table,
    drop_tables,
    instant_column,
    role,
    text_column,
    uuid_column,
)

revision = "02_tenancy"
down_revision = "01_scope"


def upgrade() -> None:
    create_company_table(
        "company",
        text_column("slug"),
        text_column("name"),
        text_column("currency"),
        instant_column("created_at"),
        key=(),
        access=[
            Access("staff", "select insert", rows=COMPANY_ROWS),
            Access("worker", rows=COMPANY_ROWS),
        ],
        checks={"currency": "currency = 'USD'"},
    )
    create_practice_table(
        "practice",
        text_column("slug"),
        text_column("name"),
        text_column("npi"),
        text_column("tax_id"),
        text_column("taxonomy"),
        text_column("address"),
        text_column("city"),
        text_column("state_code"),
        text_column("zip"),
        text_column("phone"),
        text_column("time_zone"),
        text_column("claim_prefix"),
        text_column("status"),
        instant_column("created_at"),
        key=(),
        access=[
            Access(
                "staff", "select insert", update=("name", "address", "city", "state_code", "zip", "phone", "status")
            ),
            Access("practice"),
            Access("worker"),
            Access("patient"),
            Access("scheduler", rows=ALL_ROWS, columns=("practice_id", "company_id", "status")),
            Access("identity_owner", rows=ALL_ROWS),
        ],
        checks={"status": "status in ('active', 'suspended', 'offboarded')"},
    )
    op.create_foreign_key(
        "practice_company_fkey",
        "practice",
        "company",
        ["company_id"],
        ["company_id"],
        source_schema="app",
        referent_schema="app",
    )
    op.create_index("practice_company_id_slug_key", "practice", ["company_id", "slug"], schema="app", unique=True)
    create_company_table(
        "user_account",
        uuid_column("id"),
        text_column("email"),
        text_column("display_name"),
        text_column("password_hash"),
        instant_column("created_at"),
        instant_column("ended_at", nullable=True),
        access=[
            Access("staff", "select insert", update=("display_name", "ended_at"), rows=COMPANY_ROWS),
            Access("identity_owner", rows=ALL_ROWS),
        ],
    )
    # Signing in starts from the address alone, so it is unique across companies.
    op.create_index("user_account_email_key", "user_account", ["email"], schema="app", unique=True)
    create_company_table(
        "membership",
        uuid_column("id"),
        uuid_column("user_id"),
        uuid_column("practice_id", nullable=True),
        text_column("role"),
        instant_column("created_at"),
        instant_column("ended_at", nullable=True),
        access=[
            Access("staff", "select insert", update=("ended_at",), rows=COMPANY_ROWS),
            Access("identity_owner", rows=ALL_ROWS),
        ],
        indexes=[("user_id",)],
        references={"user_account": ("user_id",)},
    )
    create_company_table(
        "session",
        uuid_column("id"),
        text_column("audience"),
        uuid_column("user_id", nullable=True),
        uuid_column("practice_id", nullable=True),
        uuid_column("patient_id", nullable=True),
        text_column("token_hash"),
        instant_column("created_at"),
        instant_column("last_seen_at"),
        instant_column("expires_at"),
        instant_column("revoked_at", nullable=True),
        access=[Access("identity_owner", "select insert", update=("last_seen_at", "revoked_at"), rows=ALL_ROWS)],
        checks={"audience": "audience in ('staff', 'practice', 'patient')"},
    )
    op.create_index("session_token_hash_key", "session", ["token_hash"], schema="app", unique=True)
    create_practice_table(
        "patient_access",
        uuid_column("id"),
        uuid_column("patient_id"),
        text_column("code_hash"),
        text_column("birth_date_hash"),
        count_column("failed_attempts"),
        instant_column("locked_until", nullable=True),
        instant_column("created_at"),
        instant_column("ended_at", nullable=True),
        access=[
            Access("staff", "select insert", update=("ended_at",)),
            Access("worker", "select insert", update=("ended_at",)),
            Access("identity_owner", "select", update=("failed_attempts", "locked_until"), rows=ALL_ROWS),
        ],
        indexes=[("patient_id",)],
    )
    op.create_index("patient_access_code_hash_key", "patient_access", ["code_hash"], schema="app", unique=True)
    _create_identity_functions()


def downgrade() -> None:
    op.execute(f"set local role {role('identity_owner')}")
    for name in (
        "find_user",
        "memberships",
        "open_session",
        "find_session",
        "revoke_session",
        "find_bill_access",
        "count_bill_attempt",
    ):
        op.execute(f"drop function identity.{name}")
    op.execute(f"set local role {role('owner')}")
    drop_tables("company", "practice", "user_account", "membership", "session", "patient_access")


def _create_identity_functions() -> None:
    """Before a scope exists only these questions can be asked, each about one account, session or code."""
    op.execute(f"set local role {role('identity_owner')}")
    for statement in _FUNCTIONS:
        op.execute(statement)
    op.execute("revoke all on all functions in schema identity from public")
    op.execute(f"grant usage on schema identity to {role('identity')}")
    op.execute(f"grant execute on all functions in schema identity to {role('identity')}")
    op.execute(f"set local role {role('owner')}")


_HEAD = "language sql security definer set search_path = pg_catalog, pg_temp as"

_FUNCTIONS = (
    f"""create function identity.find_user(p_email text)
    returns table (company_id uuid, user_id uuid, password_hash text, display_name text) {_HEAD} $$
    select company_id, id, password_hash, display_name from app.user_account where email = lower(p_email) and ended_at is null $$""",
    f"""create function identity.memberships(p_company uuid, p_user uuid)
    returns table (practice_id uuid, role text, practice_slug text, practice_name text, practice_status text) {_HEAD} $$
    select m.practice_id, m.role, p.slug, p.name, p.status from app.membership m left join app.practice p on p.practice_id = m.practice_id
    where m.company_id = p_company and m.user_id = p_user and m.ended_at is null order by p.slug $$""",
    f"""create function identity.open_session(p_company uuid, p_id uuid, p_audience text, p_user uuid, p_practice uuid, p_patient uuid,
    p_token_hash text, p_expires timestamptz) returns void {_HEAD} $$
    insert into app.session (company_id, id, audience, user_id, practice_id, patient_id, token_hash, created_at, last_seen_at,
    expires_at)
    values (p_company, p_id, p_audience, p_user, p_practice, p_patient, p_token_hash,
            clock_timestamp(), clock_timestamp(), p_expires) $$""",
    f"""create function identity.find_session(p_token_hash text, p_idle interval)
    returns table (company_id uuid, session_id uuid, audience text, user_id uuid, practice_id uuid, patient_id uuid) {_HEAD} $$
    update app.session set last_seen_at = clock_timestamp()
    where token_hash = p_token_hash and revoked_at is null
      and expires_at > clock_timestamp() and last_seen_at > clock_timestamp() - p_idle
    returning company_id, id, audience, user_id, practice_id, patient_id $$""",
    f"""create function identity.revoke_session(p_token_hash text) returns void {_HEAD} $$
    update app.session set revoked_at = clock_timestamp() where token_hash = p_token_hash and revoked_at is null $$""",
    f"""create function identity.find_bill_access(p_code_hash text)
    returns table (company_id uuid, practice_id uuid, practice_name text, practice_phone text, access_id uuid, patient_id uuid,
    birth_date_hash text, locked boolean) {_HEAD} $$
    select a.company_id, a.practice_id, p.name, p.phone, a.id, a.patient_id, a.birth_date_hash,
           coalesce(a.locked_until > clock_timestamp(), false)
    from app.patient_access a join app.practice p on p.practice_id = a.practice_id
    where a.code_hash = p_code_hash and a.ended_at is null $$""",
    f"""create function identity.count_bill_attempt(p_practice uuid, p_access uuid, p_success boolean, p_allowed int,
    p_pause interval) returns void {_HEAD} $$
    update app.patient_access set
        failed_attempts = case when p_success then 0 else failed_attempts + 1 end,
        locked_until = case when not p_success and failed_attempts + 1 >= p_allowed then clock_timestamp() + p_pause end
    where practice_id = p_practice and id = p_access $$""",
)
