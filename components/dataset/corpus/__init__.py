"""Articles, texts and data sets go in; a corpus without copies, with its card, comes out."""

from components.dataset.corpus.stage import corpus

__all__ = ["corpus"]
