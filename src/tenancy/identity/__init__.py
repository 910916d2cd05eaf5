"""Proving who someone is."""
