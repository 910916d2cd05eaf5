"""From a visit to an answered claim."""
