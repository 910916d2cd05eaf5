"""Counterparts to try and train against: separate processes, never imported by the product."""
