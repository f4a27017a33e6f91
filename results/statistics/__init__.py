"""What is computed from runs."""
