"""The files that go with an export: a verifier that stands alone, and how to use it."""
