"""A corpus goes in, a byte-level BPE tokenizer comes out (or a ready tokenizer is taken over)."""
