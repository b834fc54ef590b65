"""Cases and scores go in, what each word of each case says to each variant comes out."""
