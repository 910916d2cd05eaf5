"""Searching the audit log: of a practice, and of the company itself."""
