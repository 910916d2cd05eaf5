"""Who may do what, from when until when, given by whom and why; invitations; nothing runs for a practice that is not active

Revision ID: 15_access
Revises: 14_field_keys
"""

from importlib import import_module

from alembic import op
from migrations.ops import (
    ALL_ROWS,
    COMPANY_ROWS,
    PRACTICE_ROWS,
    Access,
    allow,
    create_company_table,
    create_identity_functions,
    disallow,
    drop_identity_functions,
    drop_tables,
    instant_column,
    json_column,
    make_append_only,
    role,
    text_column,
    uuid_column,
)

revision = "15_access"
down_revision = "14_field_keys"

_PERIOD = ("starts_at", "expires_at")


def upgrade() -> None:
    _people()
    _memberships()
    _history()
    _invitations()
    _practices_and_jobs()
    _functions()


def downgrade() -> None:
    _undo_functions()
    _undo_practices_and_jobs()
    drop_tables("membership_change", "invitation")
    for column in ("starts_at", "expires_at", "granted_by", "reason"):
        op.drop_column("membership", column, schema="app")
    op.execute("drop index app.membership_held_key")
    op.drop_constraint("membership_practice_id_fkey", "membership", schema="app")
    op.drop_constraint("practice_company_id_practice_id_key", "practice", schema="app")
    op.execute("drop index app.user_account_email_key")
    op.create_index("user_account_email_key", "user_account", ["email"], schema="app", unique=True)


def _people() -> None:
    """An address belongs to whoever works somewhere now: a leaver may come back, or begin at another company."""
    op.execute("drop index app.user_account_email_key")
    op.execute("create unique index user_account_email_key on app.user_account (email) where ended_at is null")


def _memberships() -> None:
    for name in _PERIOD:
        op.add_column("membership", instant_column(name, nullable=True), schema="app")
    op.add_column("membership", uuid_column("granted_by", nullable=True), schema="app")
    op.execute("alter table app.membership add column reason text not null default 'before reasons were kept'")
    op.execute("alter table app.membership alter column reason drop default")
    op.create_unique_constraint(
        "practice_company_id_practice_id_key", "practice", ["company_id", "practice_id"], schema="app"
    )
    # A role can be held only in a practice of the person's own company; the database says so too.
    op.create_foreign_key(
        "membership_practice_id_fkey",
        "membership",
        "practice",
        ["company_id", "practice_id"],
        ["company_id", "practice_id"],
        source_schema="app",
        referent_schema="app",
    )
    op.execute(
        "create unique index membership_held_key on app.membership (company_id, user_id, practice_id, role)"
        " nulls not distinct where ended_at is null"
    )


def _history() -> None:
    create_company_table(
        "membership_change",
        uuid_column("id"),
        instant_column("changed_at"),
        uuid_column("user_id"),
        uuid_column("membership_id"),
        uuid_column("practice_id", nullable=True),
        text_column("role"),
        text_column("change"),
        instant_column("starts_at", nullable=True),
        instant_column("expires_at", nullable=True),
        uuid_column("changed_by", nullable=True),
        text_column("purpose"),
        text_column("reason"),
        access=[Access("staff", "select insert", rows=COMPANY_ROWS)],
        indexes=[("user_id", "changed_at"), ("practice_id", "changed_at")],
        references={"user_account": ("user_id",), "membership": ("membership_id",)},
        checks={"change": "change in ('granted', 'ended')"},
    )
    # What was held before there was a history begins it; only identity_owner may see every company's memberships.
    keeper = role("identity_owner")
    op.execute(f"grant insert on app.membership_change to {keeper}")
    op.execute(f"create policy begin_history on app.membership_change for insert to {keeper} with check (true)")
    op.execute(f"set local role {keeper}")
    op.execute(_BEGIN_HISTORY)
    op.execute(f"set local role {role('owner')}")
    op.execute("drop policy begin_history on app.membership_change")
    op.execute(f"revoke insert on app.membership_change from {keeper}")
    make_append_only("membership_change")


_BEGIN_HISTORY = """
insert into app.membership_change
    (company_id, id, changed_at, user_id, membership_id, practice_id, role, change, purpose, reason)
select company_id, gen_random_uuid(), created_at, user_id, id, practice_id, role, 'granted', '', reason from app.membership
union all
select company_id, gen_random_uuid(), ended_at, user_id, id, practice_id, role, 'ended', '', reason from app.membership
where ended_at is not null
"""


def _invitations() -> None:
    create_company_table(
        "invitation",
        uuid_column("id"),
        text_column("email"),
        text_column("display_name"),
        json_column("roles"),
        text_column("reason"),
        text_column("token_hash"),
        uuid_column("created_by", nullable=True),
        instant_column("created_at"),
        instant_column("expires_at"),
        uuid_column("user_id", nullable=True),
        instant_column("accepted_at", nullable=True),
        instant_column("withdrawn_at", nullable=True),
        access=[
            Access("staff", "select insert", update=("user_id", "accepted_at", "withdrawn_at"), rows=COMPANY_ROWS),
            Access("identity_owner", rows=ALL_ROWS),
        ],
        indexes=[("created_at",)],
        references={"user_account": ("user_id",)},
    )
    op.create_index("invitation_token_hash_key", "invitation", ["token_hash"], schema="app", unique=True)


def _practices_and_jobs() -> None:
    op.execute("drop policy staff on app.practice")
    _staff_policy_of_practice(f"{PRACTICE_ROWS} and {COMPANY_ROWS}")
    # The operator's list of companies: the scheduler sees every practice's id already, and serves no request.
    allow("company", [Access("scheduler", rows=ALL_ROWS)])
    # The relay leaves the jobs of a practice that is not active where they are; a worker puts back what came to it before.
    allow("practice", [Access("relay", rows=ALL_ROWS, columns=("practice_id", "status"))])
    op.execute(f"grant update (sent_at) on app.outbox to {role('worker')}")
    op.execute("drop policy staff on app.outbox")
    op.execute(f"create policy staff on app.outbox for select to {role('staff')} using ({PRACTICE_ROWS})")
    op.execute(
        f"create policy staff_insert on app.outbox for insert to {role('staff')}"
        f" with check (case when practice_id is null then {COMPANY_ROWS} else {PRACTICE_ROWS} end)"
    )


def _undo_practices_and_jobs() -> None:
    op.execute("drop policy staff on app.practice")
    _staff_policy_of_practice(PRACTICE_ROWS)
    disallow("company", "scheduler")
    disallow("practice", "relay")
    op.execute(f"revoke update (sent_at) on app.outbox from {role('worker')}")
    op.execute("drop policy staff_insert on app.outbox")
    op.execute("drop policy staff on app.outbox")
    op.execute(
        f"create policy staff on app.outbox as permissive for all to {role('staff')}"
        f" using ({PRACTICE_ROWS}) with check ({PRACTICE_ROWS})"
    )


def _staff_policy_of_practice(rows: str) -> None:
    op.execute(
        f"create policy staff on app.practice as permissive for all to {role('staff')} using ({rows}) with check ({rows})"
    )


def _functions() -> None:
    """Signing in asks about one person; staff ask about the company of their signed scope, which they cannot choose."""
    op.execute(f"set local role {role('scope')}")
    op.execute(f"grant execute on function scope.company() to {role('identity_owner')}")
    op.execute(f"set local role {role('owner')}")
    create_identity_functions(*_NEW, _find_session("held_roles(one.company_id, one.user_id, one.practice_id)"))
    create_identity_functions(_find_bill_access("and a.ended_at is null and p.status <> 'offboarded'"))
    op.execute(f"set local role {role('identity_owner')}")
    op.execute(f"grant usage on schema identity to {role('staff')}")
    op.execute(f"grant execute on function identity.company_practices() to {role('staff')}")
    op.execute(f"grant execute on function identity.last_sign_ins(timestamptz) to {role('staff')}")
    op.execute(f"set local role {role('owner')}")


def _undo_functions() -> None:
    create_identity_functions(_find_session("memberships(one.company_id, one.user_id)"))
    create_identity_functions(_find_bill_access("and a.ended_at is null"))
    drop_identity_functions(*_NEW_NAMES)
    op.execute(f"set local role {role('identity_owner')}")
    op.execute(f"revoke usage on schema identity from {role('staff')}")
    op.execute(f"set local role {role('scope')}")
    op.execute(f"revoke execute on function scope.company() from {role('identity_owner')}")
    op.execute(f"set local role {role('owner')}")


def _find_session(roles: str) -> str:
    """As before, but for where the roles come from."""
    before = import_module("migrations.versions.20261126_13_sessions")._FUNCTIONS[1]  # noqa: SLF001
    return _replacing(before, "memberships(one.company_id, one.user_id)", roles)


def _find_bill_access(condition: str) -> str:
    """As before, but for which codes open."""
    before = import_module("migrations.versions.20261123_02_tenancy")._FUNCTIONS  # noqa: SLF001
    (function,) = (one for one in before if "identity.find_bill_access(" in one)
    return _replacing(function, "and a.ended_at is null", condition)


def _replacing(function: str, old: str, new: str) -> str:
    if function.count(old) != 1:
        raise LookupError(f"expected {old} once")
    return function.replace("create function", "create or replace function", 1).replace(old, new)


_HEAD = "language sql security definer set search_path = pg_catalog, pg_temp as"

_HELD_NOW = """m.ended_at is null and (m.starts_at is null or m.starts_at <= clock_timestamp())
    and (m.expires_at is null or m.expires_at > clock_timestamp())"""

_NEW_NAMES = ("held_roles", "find_invitation", "company_practices", "last_sign_ins")

_NEW = (
    # In a practice that has left nobody has a role any more: what is held company-wide is shown for it instead.
    f"""create function identity.held_roles(p_company uuid, p_user uuid, p_practice uuid)
    returns table (practice_id uuid, role text, practice_status text) {_HEAD} $$
    with held as (
        select m.practice_id, m.role from app.membership m where m.company_id = p_company and m.user_id = p_user and {_HELD_NOW})
    select h.practice_id, h.role, p.status from held h left join app.practice p on p.practice_id = h.practice_id
    where p.status is distinct from 'offboarded'
    union all
    select p.practice_id, h.role, p.status from held h join app.practice p on p.company_id = p_company
    where h.practice_id is null and p.status = 'offboarded'
    union all
    select p.practice_id, 'patient', p.status from app.practice p where p_user is null and p.practice_id = p_practice $$""",
    f"""create function identity.find_invitation(p_token_hash text)
    returns table (company_id uuid, invitation_id uuid) {_HEAD} $$
    select company_id, id from app.invitation where token_hash = p_token_hash and accepted_at is null and withdrawn_at is null
    and expires_at > clock_timestamp() $$""",
    f"""create function identity.company_practices()
    returns table (practice_id uuid, slug text, name text, status text, created_at timestamptz) {_HEAD} $$
    select practice_id, slug, name, status, created_at from app.practice where company_id = (select scope.company())
    order by slug $$""",
    f"""create function identity.last_sign_ins(p_until timestamptz)
    returns table (user_id uuid, signed_in_at timestamptz) {_HEAD} $$
    select user_id, max(created_at) from app.session where company_id = (select scope.company()) and user_id is not null
    and created_at <= p_until group by user_id $$""",
)
