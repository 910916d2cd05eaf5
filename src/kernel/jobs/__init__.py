"""The outbox and everything that runs after a transaction has committed."""
