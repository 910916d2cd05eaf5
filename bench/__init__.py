"""Speeds beside their floors: the product's own paths against the least that the machine could need. `docs/bench.md` explains."""
