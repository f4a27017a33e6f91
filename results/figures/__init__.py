"""Figures: each takes a table and returns a `Figure`."""
