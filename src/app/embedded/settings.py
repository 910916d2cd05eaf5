"""How the embedded server runs. Settings travel on its command line, so that no cluster carries old ones along."""

_ALWAYS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "shared_preload_libraries=",
    "timezone=UTC",
    "log_timezone=UTC",
    "logging_collector=off",
    "log_destination=stderr",
    # Statements, their parameters and the details of their errors hold personal data and tokens. The application hears
    # of each error itself; the server's log keeps to the server's own life.
    "log_min_messages=log",
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
    "log_statement=none",
)
# A crash of the machine may then lose or break the cluster: for tests, which throw it away.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")


def server_settings(port: int, *, fast: bool) -> list[str]:
    """Arguments of `postgres`."""
    chosen = (f"port={port}", *_ALWAYS, *(_FAST if fast else _DURABLE))
    return [argument for setting in chosen for argument in ("-c", setting)]


def is_fast(command: str) -> bool:
    """Whether a server was started with the settings for tests."""
    return " fsync=off" in command
