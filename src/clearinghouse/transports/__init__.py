"""Ways to reach a trading partner."""
