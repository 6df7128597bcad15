"""What a team asks of a candidate, and whether it holds."""
