"""Cases and a corpus go in; the overlap of each case with the corpus comes out."""
