"""The typed report and the one way it becomes text."""
