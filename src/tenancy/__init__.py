"""Who exists: billing companies, their client practices, and the people who may act."""
