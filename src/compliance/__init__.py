"""What compliance officers ask: who did what, who has seen whom, what was disclosed to others, what looks unusual."""
