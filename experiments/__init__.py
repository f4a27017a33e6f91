"""Questions: what is asked of the model, and the runs that answer it."""
