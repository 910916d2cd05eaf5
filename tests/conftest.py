"""Every test runs against real components on loopback; the outside network is blocked (see pyproject.toml)."""

import os

from hypothesis import settings

# Whether a change lands must not hang on luck: there the same examples are tried every time, elsewhere new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

pytest_plugins = [
    "tests.plugins.aws",
    "tests.plugins.browser",
    "tests.plugins.database",
    "tests.plugins.distribution",
    "tests.plugins.passwords",
    "tests.plugins.tenants",
    "tests.plugins.web",
]
