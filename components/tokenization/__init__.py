"""A corpus and a tokenizer go in, rows of packed tokens come out."""
