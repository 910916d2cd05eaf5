"""Wires every package together; does nothing else."""
