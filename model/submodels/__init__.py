"""One file for each submodel of the model's description: pure scalar functions, the equation in the docstring."""
