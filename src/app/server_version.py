"""Which servers keep what row security promises: a fixed leak is a reason to refuse the version before it."""

from collections.abc import Mapping

from kernel.errors import Conflict

OLDEST_MINOR: Mapping[int, int] = {16: 10, 17: 6}
"""By major version the first release without the known leaks past row security.

CVE-2024-10976 (policies of another role in a reused plan) and CVE-2025-8713 (statistics that show protected values). Majors after
these were born without them.
"""


class ServerTooOld(Conflict):
    """The server has a known leak past row security."""

    slug = "server-too-old"


def refuse_leaking_server(version: int) -> None:
    """Refuse a server by its `server_version_num` (160004 is 16.4). Raises ServerTooOld, naming the release to use."""
    major, minor = divmod(version, 10_000)
    oldest = min(OLDEST_MINOR)
    if major < oldest:
        raise ServerTooOld(f"the server is PostgreSQL {major}.{minor}; use {oldest}.{OLDEST_MINOR[oldest]} or newer")
    if minor < OLDEST_MINOR.get(major, 0):
        raise ServerTooOld(
            f"the server is PostgreSQL {major}.{minor}, which has known leaks past row security (CVE-2024-10976, CVE-2025-8713);"
            f" use {major}.{OLDEST_MINOR[major]} or newer"
        )
