"""What init writes into a user's repository."""
