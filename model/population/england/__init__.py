"""England: what is published of its providers, and the synthetic population that agrees with it."""
