"""Reading across packages: figures that agree with the books."""
