"""A compiled pipeline goes in, a picture of its tasks comes out."""
