"""Imports: what came in, what was refused, and never the same file twice."""
