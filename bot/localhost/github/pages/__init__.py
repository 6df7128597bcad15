"""Pages for people: what a reviewer sees, rendered from the same state the API answers from."""
