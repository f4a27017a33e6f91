"""Questions: what is asked of the world, and the runs that answer it."""
