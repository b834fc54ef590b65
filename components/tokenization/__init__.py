"""A corpus and a tokenizer go in, sequences of packed tokens come out."""
