"""Packed tokens and a model go in, the model trained on them comes out, with its history."""
