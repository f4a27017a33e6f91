"""Automated tests of the model."""
