"""Scores, terms, tokenizers and participants go in; figures and a report come out."""
