"""One file per verb; each reads as gather, decide, act."""
