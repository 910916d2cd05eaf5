"""Other people's formats coming in: CSV now."""
