"""Scenes that show how the whole model behaves, one function each."""
