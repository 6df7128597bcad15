"""Arrays in, numbers out: metrics, how they changed, and how sure that is."""
