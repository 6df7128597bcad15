"""From what main says to what the registry should do about it."""
