"""Cases go in; how many can be solved without knowledge of the field comes out."""
