"""Field encryption by envelope: values under a company's data key, data keys under a key that the database never holds."""
