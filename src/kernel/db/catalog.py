"""Reads the database's own catalogue and says what breaks the rules that keep tenants apart.

Each check is one query that must return nothing; the tests run them on the migrated schema and first on planted faults, so that a
check that cannot fail is noticed. Tables outside the four classes are named, with reasons, in `migrations/allowlist.toml`.
"""

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.db.transaction import Tx


class Fault(NamedTuple):
    """One thing in the schema that breaks a rule."""

    rule: str
    object: str


_TABLES = """
with tables as (
    select c.oid, n.nspname || '.' || c.relname as name, c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.relkind
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'
      and n.nspname not like 'pg_temp%' and not (n.nspname || '.' || c.relname = any(cast(:allowed as text[])))
), tenant as (
    select t.*, exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'practice_id' and a.attnotnull) as by_practice,
           exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'company_id') as has_company,
           exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'practice_id') as has_practice
    from tables t
)
"""

RULES: Mapping[str, str] = {
    "row security is enabled and forced": _TABLES
    + "select name from tenant where not relrowsecurity or not relforcerowsecurity",
    "a table says whose its rows are": _TABLES + "select name from tenant where not has_company and not has_practice",
    "a table that roles may use has a policy": _TABLES
    + """select name from tenant t where not relispartition
         and exists (select from pg_class c, aclexplode(c.relacl) g where c.oid = t.oid and g.grantee <> c.relowner)
         and not exists (select from pg_policy p where p.polrelid = t.oid)""",
    "a role that may use a table has a policy there": _TABLES
    + """select t.name || ':' || r.rolname as name from tenant t cross join pg_roles r
         where t.relrowsecurity and not t.relispartition and not r.rolsuper
           and exists (select from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0,
                       aclexplode(c.relacl || coalesce(a.attacl, '{}')) g
                       where c.oid = t.oid and g.grantee = r.oid and g.grantee <> c.relowner)
           and not exists (select from pg_policy p where p.polrelid = t.oid and r.oid = any(p.polroles))""",
    "a policy of those who serve people asks for the scope": _TABLES
    + """select t.name || ':' || p.polname as name from tenant t join pg_policy p on p.polrelid = t.oid, unnest(p.polroles) r
         where p.polpermissive and r::regrole::text ~ '(staff|practice|patient|worker)$'
           and not coalesce(pg_get_expr(p.polqual, p.polrelid) ~ 'scope\\.' and pg_get_expr(p.polwithcheck, p.polrelid) ~ 'scope\\.',
                            coalesce(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) ~ 'scope\\.')""",
    "no policy is open to PUBLIC": "select polrelid::regclass::text || ':' || polname as name from pg_policy where 0 = any(polroles)",
    "one permissive policy per role and command": """
        select p.polrelid::regclass::text || ':' || r::regrole::text as name from pg_policy p, unnest(p.polroles) r
        where p.polpermissive group by p.polrelid, r, p.polcmd having count(*) > 1""",
    "policies ask for the scope once a statement": """
        select polrelid::regclass::text || ':' || polname as name from pg_policy,
               lateral (select coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck, polrelid), '') as body) b
        where regexp_count(b.body, 'scope\\.[a-z_]+\\(\\)') <> regexp_count(b.body, 'SELECT scope\\.[a-z_]+\\(\\)')""",
    "a practice table's keys begin with the practice": _TABLES
    + """select t.name || ':' || i.indexrelid::regclass::text as name from tenant t join pg_index i on i.indrelid = t.oid
         join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
         where t.by_practice and i.indisunique and a.attname not in ('practice_id', 'company_id')
           and not (i.indexrelid::regclass::text = any(cast(:allowed_keys as text[])))""",
    "a foreign key from a practice table names the practice": _TABLES
    + """select t.name || ':' || k.conname as name from tenant t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
         where t.by_practice and not exists (
             select from unnest(k.conkey) n join pg_attribute a on a.attrelid = t.oid and a.attnum = n
             where a.attname in ('practice_id', 'company_id'))""",
    "no login role holds TRUNCATE, REFERENCES, TRIGGER or MAINTAIN": """
        select c.oid::regclass::text || ':' || g.privilege_type as name
        from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) g
        where n.nspname in ('app', 'scope', 'identity', 'dramatiq') and g.grantee <> c.relowner
          and g.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')""",
    "nothing is granted to PUBLIC": """
        select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) g
        where n.nspname in ('app', 'scope', 'identity', 'dramatiq') and g.grantee = 0
        union all
        select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
               aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
        where n.nspname in ('app', 'scope', 'identity') and g.grantee = 0 and g.privilege_type = 'EXECUTE'
          and p.prorettype <> 'trigger'::regtype""",
    "no update is granted on a tenant column": """
        select c.oid::regclass::text || '.' || a.attname as name
        from pg_attribute a join pg_class c on c.oid = a.attrelid, aclexplode(a.attacl) g
        where a.attname in ('practice_id', 'company_id') and g.privilege_type = 'UPDATE' and g.grantee <> c.relowner
          and not (c.oid::regclass::text = any(cast(:claimable as text[])))
        union all
        select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) g
        where n.nspname = 'app' and g.privilege_type = 'UPDATE' and g.grantee <> c.relowner""",
    "a function that runs as its owner pins its search path": """
        select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')
          and not exists (select from unnest(coalesce(p.proconfig, '{}')) s where s like 'search_path=pg_catalog%')""",
    "a function that runs as its owner is not the tables' owner's": """
        select p.oid::regprocedure::text as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')
          and exists (select from pg_class c where c.relowner = p.proowner and c.relnamespace = 'app'::regnamespace)""",
    "no key reaches past row security on delete or update": """
        select conrelid::regclass::text || ':' || conname as name from pg_constraint
        where contype = 'f' and (confdeltype not in ('a', 'r') or confupdtype not in ('a', 'r'))""",
    "no sequence tells a web role how much others do": """
        select c.oid::regclass::text || ':' || g.grantee::regrole::text as name from pg_class c, aclexplode(c.relacl) g
        where c.relkind = 'S' and g.grantee <> c.relowner and g.privilege_type in ('SELECT', 'USAGE')
          and c.relnamespace::regnamespace::text not in ('pg_catalog', 'dramatiq')""",
    "a view runs as whoever asks": """
        select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'app' and (c.relkind = 'm' or c.relkind = 'v'
          and not coalesce(array_to_string(c.reloptions, ',') like '%security_invoker=true%', false))""",
}


async def find_faults(
    connection: AsyncConnection | Tx, *, allowed: list[str], allowed_keys: list[str], claimable: list[str]
) -> list[Fault]:
    """Everything in the schema that breaks a rule.

    `allowed` are tables outside the classes, `allowed_keys` unique indexes that are unique across tenants on purpose (random hashes
    and sign-in addresses), `claimable` tables whose rows learn their practice after they arrive.
    """
    faults = []
    parameters = {"allowed": allowed, "allowed_keys": allowed_keys, "claimable": claimable}
    for rule, query in RULES.items():
        statement = sa.text(query)
        used = {
            name: value
            for name, value in parameters.items()
            if f":{name} " in query or f":{name})" in query or f":{name} as" in query
        }
        faults += [Fault(rule, row.name) for row in await connection.execute(statement, used)]
    return faults
