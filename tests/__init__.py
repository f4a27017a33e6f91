"""Claims about the model that can fail."""
