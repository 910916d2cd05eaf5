"""Connections by login role, scoped transactions, and the table vocabulary that row security builds on."""
