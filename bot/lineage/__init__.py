"""The pipeline as values, read from the bytes of a tree."""
