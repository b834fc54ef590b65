"""A corpus goes in; a byte-level BPE tokenizer comes out, or a copy of an existing one."""
