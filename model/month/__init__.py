"""The parts of a month in the order of the model's description: each reads the world and writes the state."""
