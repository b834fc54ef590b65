"""Dataset: a made-up field's seed or the public originals in, the corpora, cases and models out."""
