"""The tables of a study, for the report."""
