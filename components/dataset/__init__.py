"""A seed or public sources go in; a field's corpora, cases, answers and models come out."""
