"""Every test runs against real components on loopback; the outside network is blocked (see pyproject.toml)."""

pytest_plugins = ["tests.plugins.browser", "tests.plugins.database", "tests.plugins.tenants", "tests.plugins.web"]
