"""Moves EDI files in and out; it does not know what they mean."""
