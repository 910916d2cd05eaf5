"""Encounters and what was charged for them."""
