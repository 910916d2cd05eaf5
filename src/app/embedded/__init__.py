"""The default that needs no server installed."""
