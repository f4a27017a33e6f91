"""Evidence against the model: fitting, validation, and what cannot be told apart."""
