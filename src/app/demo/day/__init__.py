"""The demonstration's billing day, step by step; every step may be run again."""
