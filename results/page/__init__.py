"""The policy page: one file that answers at once, made from a library of runs."""
