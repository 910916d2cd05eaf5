"""Second factors, recovery codes, password resets, and how long to wait after failed attempts

Revision ID: 18_sign_in
Revises: 17_job_care
"""

import sqlalchemy as sa
from alembic import op
from migrations.ops import (
    ALL_ROWS,
    COMPANY_ROWS,
    Access,
    allow,
    count_column,
    create_company_table,
    create_identity_functions,
    create_intake_table,
    disallow,
    drop_identity_functions,
    drop_tables,
    instant_column,
    role,
    text_column,
    uuid_column,
)

revision = "18_sign_in"
down_revision = "17_job_care"

OWN_ROWS = "company_id = (select scope.company()) and user_id = (select scope.acting_user())"
OWN_ACCOUNT = "company_id = (select scope.company()) and id = (select scope.acting_user())"
SESSION_SHOWN = (
    "company_id", "id", "audience", "user_id", "stage", "address", "device", "created_at", "last_seen_at", "expires_at", "revoked_at",
)  # fmt: skip
SESSION_CHANGED = ("token_hash", "stage", "second_factor_passed", "authenticated_at", "expires_at", "revoked_at")
FUNCTIONS = (
    "begin_attempt",
    "settle_attempt",
    "known_session",
    "second_factor_asked",
    "begin_password_reset",
    "find_password_reset",
)


def upgrade() -> None:
    _let_identity_read_its_scope("grant", "to")
    create_company_table(
        "second_factor",
        uuid_column("user_id"),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        count_column("last_step"),
        instant_column("created_at"),
        instant_column("confirmed_at", nullable=True),
        key=("user_id",),
        access=[
            Access(
                "identity",
                "select insert",
                update=("secret_sealed", "last_step", "created_at", "confirmed_at"),
                rows=OWN_ROWS,
            ),
            Access("identity_owner", rows=ALL_ROWS),
        ],
        references={"user_account": ("user_id",)},
    )
    create_company_table(
        "recovery_code",
        uuid_column("id"),
        uuid_column("user_id"),
        text_column("code_hash"),
        instant_column("created_at"),
        instant_column("ended_at", nullable=True),
        access=[Access("identity", "select insert", update=("ended_at",), rows=OWN_ROWS)],
        unique=[("user_id", "code_hash")],
        references={"user_account": ("user_id",)},
    )
    create_company_table(
        "password_reset",
        uuid_column("id"),
        uuid_column("user_id"),
        instant_column("created_at"),
        instant_column("expires_at"),
        instant_column("ended_at", nullable=True),
        access=[
            Access("identity", "select", update=("ended_at",), rows=OWN_ROWS),
            Access("identity_owner", "select insert", rows=ALL_ROWS),
        ],
        indexes=[("user_id",)],
        references={"user_account": ("user_id",)},
    )
    # A sign-in name that nobody has is counted like one that somebody has, so no company is known here.
    create_intake_table(
        "sign_in_throttle",
        uuid_column("id"),
        count_column("failures"),
        instant_column("last_failed_at"),
        instant_column("blocked_until", nullable=True),
        access=[
            Access(
                "identity_owner",
                "select insert delete",
                update=("failures", "last_failed_at", "blocked_until"),
                rows=ALL_ROWS,
            )
        ],
    )
    op.create_index("sign_in_throttle_last_failed_at_idx", "sign_in_throttle", ["last_failed_at"], schema="app")
    op.create_index("session_company_id_user_id_idx", "session", ["company_id", "user_id"], schema="app")
    allow(
        "session",
        [
            Access("identity", "select", update=SESSION_CHANGED, rows=OWN_ROWS, columns=SESSION_SHOWN),
            Access("staff", "select", update=("revoked_at",), rows=COMPANY_ROWS, columns=SESSION_SHOWN),
        ],
    )
    allow("user_account", [Access("identity", "select", update=("password_hash",), rows=OWN_ACCOUNT)])
    allow("company", [Access("identity", rows=COMPANY_ROWS)])
    op.execute(f"grant update (second_factor_required) on app.company to {role('staff')}")
    allow("outbox", [Access("identity", "insert", rows=ALL_ROWS)])
    create_identity_functions(*_FUNCTIONS)


def downgrade() -> None:
    drop_identity_functions(*FUNCTIONS)
    disallow("outbox", "identity")
    op.execute(f"revoke update (second_factor_required) on app.company from {role('staff')}")
    disallow("company", "identity")
    disallow("user_account", "identity")
    disallow("session", "identity", "staff")
    op.drop_index("session_company_id_user_id_idx", "session", schema="app")
    drop_tables("second_factor", "recovery_code", "password_reset", "sign_in_throttle")
    _let_identity_read_its_scope("revoke", "from")


def _let_identity_read_its_scope(verb: str, preposition: str) -> None:
    """Once a password was right, the scope names the person, and row security keeps `identity` to that person's own rows."""
    op.execute(f"set local role {role('scope')}")
    op.execute(f"{verb} execute on function scope.company(), scope.acting_user() {preposition} {role('identity')}")
    op.execute(f"set local role {role('owner')}")


_HEAD = "security definer set search_path = pg_catalog, pg_temp as"

_FUNCTIONS = (
    # Counts the attempt before it is made, so that many at once are no more than many in a row. The rows are locked in one order.
    f"""create function identity.begin_attempt(p_keys uuid[], p_free int[], p_first_seconds int, p_cap_seconds int)
    returns int language plpgsql {_HEAD} $$
    declare
        moment timestamptz := clock_timestamp();
        wait_seconds int;
    begin
        delete from app.sign_in_throttle t where t.id in (
            select o.id from app.sign_in_throttle o where o.last_failed_at < moment - interval '1 day'
            order by o.last_failed_at limit 20 for update skip locked);
        insert into app.sign_in_throttle (id, failures, last_failed_at)
            select k, 0, moment from unnest(p_keys) k order by k on conflict do nothing;
        perform from app.sign_in_throttle t where t.id = any(p_keys) order by t.id for update;
        select ceil(extract(epoch from max(t.blocked_until) - moment))::int into wait_seconds
        from app.sign_in_throttle t where t.id = any(p_keys) and t.blocked_until > moment;
        if wait_seconds is not null then
            return wait_seconds;
        end if;
        update app.sign_in_throttle t set failures = t.failures + 1, last_failed_at = moment,
            blocked_until = case when t.failures + 1 >= a.free
                then moment + make_interval(secs => least(p_first_seconds * 2 ^ least(t.failures + 1 - a.free, 20), p_cap_seconds)) end
        from unnest(p_keys, p_free) as a(key, free) where t.id = a.key;
        return 0;
    end $$""",
    f"""create function identity.settle_attempt(p_own uuid, p_shared uuid) returns void language sql {_HEAD} $$
    update app.sign_in_throttle set failures = case when id = p_own then 0 else greatest(failures - 1, 0) end, blocked_until = null
    where id in (p_own, p_shared) $$""",
    # A browser that was signed in to this account before is not held up by what others try against it.
    f"""create function identity.known_session(p_token_hash text, p_email text) returns uuid language sql stable {_HEAD} $$
    select s.id from app.session s join app.user_account u on u.company_id = s.company_id and u.id = s.user_id
    where s.token_hash = p_token_hash and u.email = lower(p_email) and s.revoked_at is null and s.stage = 'open'
      and s.created_at > clock_timestamp() - interval '30 days' $$""",
    f"""create function identity.second_factor_asked(p_company uuid, p_user uuid) returns text language sql stable {_HEAD} $$
    select case when exists (select from app.second_factor f
                             where f.company_id = p_company and f.user_id = p_user and f.confirmed_at is not null) then 'second_factor'
                when (select c.second_factor_required from app.company c where c.company_id = p_company) then 'enroll'
                else 'open' end $$""",
    f"""create function identity.begin_password_reset(p_email text, p_id uuid, p_expires timestamptz)
    returns void language sql {_HEAD} $$
    insert into app.password_reset (company_id, id, user_id, created_at, expires_at)
    select u.company_id, p_id, u.id, clock_timestamp(), p_expires from app.user_account u
    where u.email = lower(p_email) and u.ended_at is null $$""",
    f"""create function identity.find_password_reset(p_id uuid)
    returns table (company_id uuid, user_id uuid, email text, display_name text) language sql stable {_HEAD} $$
    select u.company_id, u.id, u.email, u.display_name from app.password_reset r
    join app.user_account u on u.company_id = r.company_id and u.id = r.user_id
    where r.id = p_id and r.ended_at is null and r.expires_at > clock_timestamp() and u.ended_at is null $$""",
)
