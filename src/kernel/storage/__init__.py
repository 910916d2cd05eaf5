"""Object storage behind one small protocol."""
