"""The reference shelves: payers of the company, providers of a practice."""
