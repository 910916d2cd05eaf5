"""House rules that can be read off the source. Every rule is first shown a line that breaks it."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator

import pytest
from tests.architecture.source import PROJECT, Module, parse, product

from kernel.logging import ALLOWED

Rule = Callable[[Module], Iterator[str]]

MOST_LINES = 400
MONEY = {"ledger", "claims", "payments", "reports", "interop", "tabular", "edi", "patient_portal", "ui", "patients"}
"""Packages in which an amount may appear; kernel.money besides."""

NOT_AMOUNTS = {
    "payments.patient.stripe_gateway",  # seconds to wait for an answer
    "tabular.header",  # how alike two column names are
    "tabular.inspection",  # the share of NUL bytes that tells UTF-16
}
"""Modules of those packages with a float that is no amount."""

EDGES = {
    "kernel.db.transaction",  # opens them
    "kernel.http.scoping",  # one a request
    "kernel.jobs.run",
    "kernel.jobs.relay",  # one a job, one a batch
    "kernel.jobs.lost",
    "kernel.storage.uploads_expiry",  # before and after the store is asked to delete
    "app.audit_spool",  # a refusal, after its own transaction rolled back
    "app.cli_key",  # one a command
    "app.scheduler",
    "app.sealer",  # one a round
    "app.audit_commands",
    "app.audit_export",  # one a page
    "app.audit_strangers",
    "app.cli_audit",  # one a command
    "app.cli_jobs",
    "app.doctor",  # the operator's
    "app.doctor_tenants",
    "app.doctor_work",
    "tenancy.identity.bill_access",
    "tenancy.identity.edge",  # a person's own account, as the login role that sees nothing else
    "tenancy.identity.password_change",  # a refusal is kept although it refuses
    "tenancy.identity.sessions",
    "tenancy.identity.sign_in",  # who somebody is, is asked before there is a scope
    "tenancy.api",  # a new practice's own scope, which its creator's request cannot have had
    "tenancy.company_api",  # a practice's scope for somebody who keeps the company and has no role in it
    "app.operator",  # one a command
    "tenancy.invitations",  # whose invitation it is, is asked before there is a scope
    "interop.api",  # when the upload has arrived, so that a slow one holds no connection
    "payments.patient.webhooks",
    "payments.patient.payments",
    "patient_portal.routes",  # commits the intent before the processor is asked
}
"""Where a transaction may be opened."""

UNSCOPED = {
    "kernel.db.database",  # makes the pools
    "kernel.db.pool",  # keeps them; kernel.db.transaction pins a scope before anybody else has one
    "app.wait_for_database",  # sees whether a login role is let in, and asks for no row
    "app.scheduler",  # holds the lock of the one scheduler, and asks for no row
    "app.migrate",
    "app.embedded.address",  # administrators'
    "app.demo.day.isolation",  # shows that it is refused
}
"""Where a connection may be had that no scope is pinned on."""

UNSCOPED_QUESTIONS = {
    "tenancy.identity.api_keys",  # whose key or session this is, of a function that answers about one
    "tenancy.identity.attempts",
    "tenancy.identity.bill_access",
    "tenancy.identity.password_change",
    "tenancy.identity.sessions",
    "tenancy.identity.sign_in",
    "tenancy.identity.tried",
    "kernel.http.health",  # whether the database answers, and for no row
}
"""Who may ask one question in no scope."""

RAW_DRIVER = {
    "kernel.db.pool",  # begins with the scope pinned, commits, runs what is compiled beforehand
    "kernel.db.transaction",  # hands it on
    "ledger.bulk",  # COPY
    "audit.reading",  # COPY of one constant statement
}
"""Where the driver itself is spoken to; its simple protocol would run stacked statements."""

ASSEMBLED_SQL = {
    "kernel.db.at_commit",  # a function's checked name, and hexadecimal digits
    "kernel.db.catalog",  # catalogue queries from constants
    "ledger.bulk",  # statements from one table of column names
    "ledger.invariants",  # one proof from constants
    "app.audit_owner",  # names of partitions, made from numbers
    "app.migrate",  # role names, which cannot be parameters
}
"""Modules whose SQL is put together, each reviewed: from constants and quoted identifiers only."""

OWN_CLOCK = {"kernel.clock", "kernel.ids"}

SQL = re.compile(
    r"\s*(select|insert into|update|delete from|with|create|alter|drop|grant|revoke|set local|truncate)\s",
    re.IGNORECASE,
)
PURE = next(
    contract["source_modules"]
    for contract in tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    if contract["id"] == "pure"
)


def called(call: ast.Call) -> str:
    """The last name of what is called."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def at(node: ast.expr | ast.stmt, what: str) -> str:
    return f"line {node.lineno}: {what}"


def no_commit(module: Module) -> Iterator[str]:
    for call in module.calls():
        if called(call) == "commit" and module.package != "sandbox" and module.name != "kernel.db.transaction":
            yield at(call, "services never commit")
        if called(call) == "open_transaction" and module.name not in EDGES and "demo" not in module.name:
            yield at(call, "transactions are opened at the edges")


def signed_scope_everywhere(module: Module) -> Iterator[str]:
    """Whatever reaches the database went through open_transaction, which signs and pins a scope."""
    if module.package == "sandbox":
        return
    for call in module.calls():
        name = called(call)
        if name in {"connect", "create_engine", "create_async_engine"} and module.name not in UNSCOPED:
            yield at(call, f"{name}: a connection without a scope")
        if name == "ask" and module.name not in UNSCOPED_QUESTIONS:
            yield at(call, "a question outside every scope")
        if name == "Tx" and module.name != "kernel.db.transaction":
            yield at(call, "a transaction is made by open_transaction alone")
        if name in {"get_raw_connection", "exec_driver_sql"} and module.name not in RAW_DRIVER:
            yield at(call, f"{name}: past the driver's protection against stacked statements")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == "driver" and module.name not in RAW_DRIVER:
            yield at(node, "driver: past its protection against stacked statements")


def no_setting_outlives_its_transaction(module: Module) -> Iterator[str]:
    """A session's setting would wait on the pooled connection for the next request."""
    if module.package == "sandbox":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if re.match(r"\s*(set\s+(session\s+)?(?!local\b)\S+\s*(=|\bto\b)|listen\s+\S+;?$)", text, re.IGNORECASE):
                yield at(node, "set local, or not at all")
            if re.search(r"set_config\((?!.*, true\))", text):
                yield at(node, "set_config(..., true), or not at all")


def no_float_near_money(module: Module) -> Iterator[str]:
    if (module.package not in MONEY and module.name != "kernel.money") or module.name in NOT_AMOUNTS:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and node.id == "float":
            yield at(node, "float")
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield at(node, f"the float {node.value}")


def no_assembled_sql(module: Module) -> Iterator[str]:
    if module.name in ASSEMBLED_SQL or module.package == "sandbox":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.JoinedStr | ast.BinOp) and SQL.match(_first_text(node)):
            if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Mod):
                continue
            yield at(node, "SQL put together from pieces")
        if isinstance(node, ast.Call) and called(node) in {"text", "exec_driver_sql"} and _sqlalchemy(node):
            argument = node.args[0]
            constant = isinstance(argument, ast.Constant) or (isinstance(argument, ast.Name) and argument.id.isupper())
            if not constant:
                yield at(node, "SQL that is no constant")


def _sqlalchemy(call: ast.Call) -> bool:
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr == "text":
        return isinstance(function.value, ast.Name) and function.value.id in {"sa", "sqlalchemy"}
    return bool(call.args)


def _first_text(node: ast.expr) -> str:
    """The text a put-together string begins with."""
    while isinstance(node, ast.BinOp):
        node = node.left
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def harmless_logs(module: Module) -> Iterator[str]:
    if "structlog.get_logger" not in module.text:
        return
    for call in module.calls():
        function = call.func
        if not (
            isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "log"
        ):
            continue
        constant = len(call.args) == 1 and isinstance(call.args[0], ast.Constant)
        if not constant:
            yield at(call, "the event is no constant")
        yield from (at(call, f"key {word.arg}") for word in call.keywords if word.arg not in ALLOWED)


def fits_a_file(module: Module) -> Iterator[str]:
    if (lines := module.text.count("\n")) > MOST_LINES:
        yield f"{lines} lines"


def says_what_it_is_for(module: Module) -> Iterator[str]:
    if not ast.get_docstring(module.tree):
        yield "the module has no docstring"
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            named = not node.name.startswith("_")
            if named and not ast.get_docstring(node):
                yield at(node, f"{node.name} has no docstring")


def caption_only(module: Module) -> Iterator[str]:
    if module.name.endswith("__init__") and len(module.tree.body) != 1:
        yield "a package's __init__ holds its caption and nothing else"


def named_for_its_work(module: Module) -> Iterator[str]:
    if set(module.name.split(".")) & {"utils", "util", "helpers", "helper", "manager", "common", "misc"}:
        yield "the name does not say what is inside"


def time_from_the_clock(module: Module) -> Iterator[str]:
    if module.name in OWN_CLOCK or module.package == "sandbox" or module.name.startswith("app.embedded"):
        return
    for call in module.calls():
        whole = ast.unparse(call.func)
        if re.search(r"(datetime\.(now|utcnow|today)|date\.today|time\.time(_ns)?|uuid[1345])$", whole):
            yield at(call, f"{whole}: times come from kernel.clock, ids from kernel.ids")


def pure_is_checked(module: Module) -> Iterator[str]:
    """A module that calls itself pure is held to it by the contract."""
    caption = ast.get_docstring(module.tree) or ""
    if re.search(r"\bpure\b", caption, re.IGNORECASE) and module.package != "sandbox" and not _is_pure(module):
        yield "calls itself pure and is not in the contract"


def _is_pure(module: Module) -> bool:
    return any(module.name == name or module.name.startswith(f"{name}.") for name in PURE)


def pure_does_not_wait(module: Module) -> Iterator[str]:
    """A pure module may take values through a door; awaiting is how it would reach what lies behind."""
    if _is_pure(module):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.AsyncFunctionDef) and not _is_protocol_method(module, node):
                yield at(node, f"{node.name} is asynchronous")


def _is_protocol_method(module: Module, function: ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(node, ast.ClassDef) and function in node.body and "Protocol" in map(ast.unparse, node.bases)
        for node in module.tree.body
    )


PLANTED: dict[Rule, tuple[tuple[str, str], ...]] = {
    no_commit: (
        ("claims.planted", "async def f(tx):\n    await tx.line.commit()"),
        ("claims.planted", "async def f(d, s):\n    async with open_transaction(d, s): pass"),
    ),
    signed_scope_everywhere: (
        ("claims.planted", "async def f(d):\n    await d.connect('staff')"),
        ("claims.planted", "engine = create_async_engine(url)"),
        ("claims.planted", "tx = Tx(connection, scope)"),
        ("claims.planted", "async def f(d):\n    await d.ask('identity', statement, {})"),
        ("claims.planted", "async def f(tx):\n    await tx.connection.get_raw_connection()"),
        ("claims.planted", "async def f(tx):\n    await tx.driver.execute('select 1')"),
    ),
    no_setting_outlives_its_transaction: (
        ("claims.planted", "x = 'set row_security = off'"),
        ("claims.planted", "x = 'set session search_path to app'"),
        ("claims.planted", "x = 'select set_config(:setting, :token, false)'"),
    ),
    no_float_near_money: (
        ("claims.planted", "x = float('1')"),
        ("kernel.money", "x = 0.5"),
        ("ledger.planted", "x: float"),
    ),
    no_assembled_sql: (
        ("claims.planted", "x = f'select * from {table}'"),
        ("claims.planted", "x = 'delete from app.claim where ' + where"),
        ("claims.planted", "x = 'update %s' % table"),
        ("claims.planted", "x = sa.text(query)"),
        ("claims.planted", "x = text(query)"),
    ),
    harmless_logs: (
        ("claims.planted", "log = structlog.get_logger()\nlog.info(f'claim {number}')"),
        ("claims.planted", "log = structlog.get_logger()\nlog.info('claim held', patient_name=name)"),
        ("claims.planted", "log = structlog.get_logger()\nlog.info('claim held', **facts)"),
        ("claims.planted", "log = structlog.get_logger()\nlog.info('claim %s', number)"),
    ),
    fits_a_file: (("claims.planted", "x = 1\n" * (MOST_LINES + 1)),),
    says_what_it_is_for: (
        ("claims.planted", "x = 1"),
        ("claims.planted", "'''Caption.'''\ndef decide(): pass"),
        ("claims.planted", "'''Caption.'''\nclass Claim: pass"),
    ),
    caption_only: (("claims.__init__", "'''Claims.'''\nfrom claims.public import *"),),
    named_for_its_work: (("claims.utils", "'''Caption.'''"),),
    time_from_the_clock: (("claims.planted", "x = dt.datetime.now(dt.UTC)"), ("claims.planted", "x = uuid.uuid4()")),
    pure_is_checked: (("claims.planted", "'''Decides, pure.'''"),),
    pure_does_not_wait: (
        ("claims.states", "async def f(): pass"),
        ("claims.scrubbing.rules.dates", "async def f(): pass"),
    ),
}


@pytest.mark.parametrize("rule", PLANTED, ids=lambda rule: rule.__name__)
def test_a_broken_rule_is_noticed(rule: Rule) -> None:
    for name, text in PLANTED[rule]:
        assert list(rule(parse(name, text))), text


@pytest.mark.parametrize("rule", PLANTED, ids=lambda rule: rule.__name__)
def test_the_product_keeps_the_rule(rule: Rule) -> None:
    assert {module.name: found for module in product() if (found := list(rule(module)))} == {}
