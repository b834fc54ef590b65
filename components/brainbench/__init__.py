"""A model and BrainBench cases go in, both versions' perplexities and the accuracy come out."""
