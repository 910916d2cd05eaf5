"""The schema's history; the only place where DDL is written."""
